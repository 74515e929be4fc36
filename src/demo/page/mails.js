// The mail that people were sent, as the business's mail server took it, newest first.
import { announce, at, h } from './dom.js';
import { second } from './words.js';

const EVERY = 1_500;
const MOST = 6;

export class Mails {
  #known = 0;
  #open = false;
  #timer = null;

  /** @param {() => Promise<object[]>} read */
  constructor(read) {
    this.read = read;
  }

  /** Shows what came, and looks now and then for more. */
  open() {
    this.#open = true;
    this.#look({ quietly: true });
  }

  close() {
    this.#open = false;
    clearTimeout(this.#timer);
  }

  async #look({ quietly = false } = {}) {
    clearTimeout(this.#timer);
    // Where nothing answers any more, the lists of the page say so.
    const all = await this.read().catch(() => []);
    if (!this.#open) return;
    for (const mail of all.filter(({ number }) => number > this.#known)) this.#add(mail, quietly);
    this.#timer = setTimeout(() => this.#look(), EVERY);
  }

  #add({ number, at: when, to, subject, text }, quietly) {
    this.#known = number;
    at('mails-none').hidden = true;
    const line = `to ${to.join(', ')}: ${subject}`;
    at('mails').prepend(h(
      'li',
      { class: quietly ? null : 'changed' },
      h('details', {}, h('summary', {}, h('time', { datetime: when }, second(when)), ` ${line}`), h('p', { class: 'letter' }, text ?? '')),
    ));
    while (at('mails').children.length > MOST) at('mails').lastElementChild.remove();
    if (!quietly) announce(`Mail ${line}`);
  }
}
