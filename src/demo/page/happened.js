// What has changed while the page is open, newest first, for eyes; a screen reader is told at once.
import { announce, h } from './dom.js';
import { second } from './words.js';

const MOST = 7;

export class Happened {
  #items = h('ol', { class: 'happened' });
  #empty = h('p', { class: 'empty' }, 'Nothing has changed since you came. What does, anywhere in the business, appears here and in its list.');

  constructor() {
    this.element = h('section', { class: 'list', id: 'happened', 'aria-labelledby': 'happened-title' }, h('h2', { id: 'happened-title' }, 'Just now'), this.#empty, this.#items);
  }

  /** Adds one thing, and has it said, unless that was done. */
  add(text, { said = false } = {}) {
    const now = new Date();
    this.#empty.hidden = true;
    this.#items.prepend(h('li', { class: 'changed' }, h('time', { datetime: now.toISOString() }, second(now)), ' ', text));
    while (this.#items.children.length > MOST) this.#items.lastElementChild.remove();
    if (!said) announce(text);
  }
}
