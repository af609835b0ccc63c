// @ts-check
// The thread follows the newest text only for a reader who is at the bottom; others get a way back. Without messages there is
// nothing to follow: what a page says then begins at its top.
import { byId } from "./dom.js";

const NEAR = 48; // CSS pixels from the end that count as being there for someone who scrolls down
const AT_END = 2; // for everybody; fractions of a pixel remain on some screens

export class Follower {
  constructor() {
    this.box = byId("thread", HTMLElement);
    this.messages = byId("messages", HTMLElement);
    this.button = byId("latest", HTMLButtonElement);
    this.following = true;
    this.top = 0;
    this.height = 0;
    this.box.addEventListener("scroll", () => this.look(), { passive: true });
    // A wheel or finger upwards ends the following before the next delta could pull the text away.
    this.box.addEventListener("wheel", (event) => event.deltaY < 0 && this.release(), { passive: true });
    this.box.addEventListener("stay", () => this.release()); // something that was clicked must not move
    this.button.addEventListener("click", () => this.goBack());
    // After layout and before anything is painted: growing text costs no layout of its own, and never shows in between.
    const sizes = new ResizeObserver(() => this.follow());
    for (const element of [this.box, this.messages]) sizes.observe(element);
  }

  get distance() {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight;
  }

  get empty() {
    return this.messages.childElementCount === 0;
  }

  look() {
    const { distance } = this;
    const up = this.box.scrollTop < this.top;
    this.top = this.box.scrollTop;
    if (distance <= AT_END || (!up && distance <= NEAR)) this.following = true;
    else if (up) this.following = false;
    this.show(distance);
  }

  release() {
    if (this.box.scrollHeight > this.box.clientHeight) this.following = false;
  }

  /** Something grew or shrank. */
  follow() {
    const { scrollHeight } = this.box;
    if (this.following && !this.empty) this.box.scrollTop = scrollHeight;
    else if (scrollHeight > this.height) this.button.classList.add("news");
    this.height = scrollHeight;
    this.show(this.distance);
  }

  /** The button tells who reads above that there is more below. @param {number} distance */
  show(distance) {
    const hidden = distance <= NEAR || this.empty;
    if (hidden) this.button.classList.remove("news");
    if (hidden && document.activeElement === this.button) this.box.focus({ preventScroll: true });
    this.button.hidden = hidden;
  }

  jump() {
    this.following = true;
    this.follow();
  }

  /** The button was used. */
  goBack() {
    this.jump();
    this.box.focus({ preventScroll: true }); // the button is gone; End, arrows and Page Up go on from here
  }
}
