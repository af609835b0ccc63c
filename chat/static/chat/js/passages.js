// @ts-check
// Puts the text events of an answer together: parts that follow each other are one text, what stands between two others is
// a paragraph of its own, and marks for sources stand behind the passage that has them. The server does the same with what
// it has stored (chat/models/conversation.py, chat/services/shown.py).

const [OPEN, CLOSE] = ["\ue200", "\ue201"]; // around the number of a source; Markdown makes a mark of it
const MARKS = /\ue200(\d+)\ue201/g;

export class Passages {
  /** @param {(text: string) => void} write @param {{hasText: boolean, endsInText: boolean}} before what was there already */
  constructor(write, { hasText, endsInText }) {
    this.write = write;
    this.hasText = hasText;
    this.interrupted = hasText && !endsInText;
    this.index = -1;
    /** @type {Set<number>} sources of the passage that is being written */ this.numbers = new Set();
  }

  /** @param {number} index @param {string} text */
  text(index, text) {
    this.begin(index);
    this.hasText = true;
    this.write(text);
  }

  /** @param {number} index @param {number} number of the source */
  cite(index, number) {
    this.begin(index); // a source may come before the text that it is for
    this.numbers.add(number);
  }

  /** @param {number} index */
  begin(index) {
    if (index === this.index && !this.interrupted) return;
    this.mark();
    if (this.interrupted && this.hasText) this.write("\n\n");
    this.interrupted = false;
    this.index = index;
  }

  /** Something that is no text. */
  interrupt() {
    this.mark();
    this.interrupted = true;
  }

  /** The passage is over. */
  mark() {
    if (this.numbers.size) this.write([...this.numbers].map((number) => OPEN + number + CLOSE).join(""));
    this.numbers.clear();
  }
}

/** The text without marks, or with others. @param {string} source @param {(number: string) => string} [mark] */
export function withMarks(source, mark = () => "") {
  return source.replace(MARKS, (_, number) => mark(number));
}
