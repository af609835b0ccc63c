// @ts-check
// Markdown that grows, and Markdown that was there before: both are rendered in slices, the newest text first, so that no
// text, however long, holds up the page. What is rendered is not touched again, so the cost is linear.
import { Blocks } from "./blocks.js";

const SLICE_MS = 8; // for all texts together, of the 16 that a frame has
const STEP = 2048; // characters between two looks at the clock
const AT_ONCE = 16_384; // characters at the end of an answer that need no slices

/** @type {MarkdownStream[]} with text to render, the most urgent last */
const queue = [];
let scheduled = false;

export class MarkdownStream {
  /** @param {HTMLElement} root whose content is replaced by what is rendered @param {string} [source] */
  constructor(root, source = "") {
    this.root = root;
    this.source = this.waiting = source; // apart, because a look into a string that just grew copies all of it
    /** @type {Blocks | null} */ this.blocks = null;
    this.broken = false;
    this.ended = false;
    this.closed = false;
    if (source !== "") enlist(this);
  }

  /** @param {string} text */
  write(text) {
    this.source += text;
    this.waiting += text;
    if (document.visibilityState === "hidden") this.flush(); // no frames are drawn for a hidden page
    else enlist(this);
  }

  /** Nothing more comes: closes what is open, at once unless much is waiting. */
  end() {
    this.ended = true;
    if (this.waiting.length > AT_ONCE || this.root.hasAttribute("data-markdown")) enlist(this);
    else this.flush();
  }

  /** Renders all that has come. */
  flush() {
    while (this.step());
    this.paint();
  }

  /** Renders a piece. @returns {boolean} whether more is waiting */
  step() {
    const text = this.waiting.slice(0, STEP);
    this.waiting = this.waiting.slice(STEP);
    if (text !== "") this.guarded(() => this.begun().write(text), text);
    if (this.waiting === "" && this.ended && !this.closed) this.close();
    return this.waiting !== "";
  }

  paint() {
    this.guarded(() => this.blocks?.paint());
  }

  begun() {
    if (this.blocks) return this.blocks;
    this.root.replaceChildren();
    this.root.removeAttribute("data-markdown");
    this.blocks = new Blocks(this.root);
    return this.blocks;
  }

  close() {
    this.closed = true;
    this.guarded(() => this.blocks?.end());
    this.blocks = null;
  }

  /** A text that the parser cannot hold is shown as it came: nothing is lost. @param {() => void} render @param {string} [text] */
  guarded(render, text = "") {
    if (this.broken) return text === "" ? undefined : this.root.append(text);
    try {
      return render();
    } catch (error) {
      this.broken = true;
      console.warn("A text could not be rendered; it is shown as it came.", error);
      return this.root.replaceChildren(this.source.slice(0, this.source.length - this.waiting.length));
    }
  }
}

/** Renders a text that is already in the element as its source. @param {HTMLElement} root */
export function upgrade(root) {
  return new MarkdownStream(root, root.textContent ?? "");
}

/** @param {MarkdownStream} stream */
function enlist(stream) {
  leave(stream);
  queue.push(stream);
  schedule();
}

/** @param {MarkdownStream} stream */
function leave(stream) {
  const index = queue.lastIndexOf(stream);
  if (index >= 0) queue.splice(index, 1);
}

function schedule() {
  if (!scheduled) requestAnimationFrame(work);
  scheduled = true;
}

function work() {
  scheduled = false;
  const end = performance.now() + SLICE_MS;
  do {
    const stream = queue[queue.length - 1];
    let more = true;
    while (more && performance.now() < end) more = stream.step();
    stream.paint();
    if (!more) leave(stream);
  } while (queue.length > 0 && performance.now() < end);
  if (queue.length > 0) schedule();
}
