// One list of the page: reads it, shows it with where it is from and how fresh, and takes in changes.
import { announce, fill, h, replace, say, wide } from './dom.js';
import { listQuery } from './lists.js';
import { Source, exactly, source, time, trouble } from './words.js';

const PAGE = 8;
/** How long after an error, or a stale answer, the list is read again. */
const AGAIN = 4_000;
/** How long a row says that it has just changed. */
const SHOWN = 12_000;
const LIMITED = 'RATE_LIMITED';

export class Section {
  #records = new Map();
  #more = null;
  #incomplete = [];
  #error = null;
  #past = false;
  #timer = null;
  #reading = null;
  #next = null;

  /** @param {{list: object, graph: object, open: Function, file: Function|null, failed: Function}} given */
  constructor(given) {
    this.given = given;
    const { list } = given;
    this.rows = h('tbody');
    this.asOf = h('p', { class: 'as-of' });
    this.notice = h('p', { class: 'notice bad', hidden: true });
    this.empty = h('p', { class: 'empty', hidden: true }, `No ${list.title.toLowerCase()} yet.`);
    this.moreButton = h('button', { type: 'button', hidden: true, on: { click: () => this.#further() } }, `More ${list.title.toLowerCase()}`);
    const extra = given.file ? [h('th', { scope: 'col' }, h('span', { class: 'unseen' }, 'File'))] : [];
    const head = h('tr', {}, list.columns.map((name) => h('th', { scope: 'col' }, name)), extra);
    const heading = h('h2', { id: `${list.id}-title` }, list.title);
    const table = h('table', { 'aria-labelledby': `${list.id}-title` }, h('thead', {}, head), this.rows);
    this.element = h(
      'section',
      { class: 'list', id: list.id, 'aria-labelledby': `${list.id}-title`, 'aria-busy': 'true' },
      h('div', { class: 'list-head' }, heading, this.asOf),
      this.notice,
      wide(`${list.title}, the table`, table),
      this.empty,
      this.moreButton,
    );
  }

  /** Ends everything that it would do by itself. */
  end() {
    clearTimeout(this.#timer);
    this.given = { ...this.given, ended: true };
  }

  /** Reads the list again. What is asked for while it is being read is read once, afterwards. */
  read({ live = false } = {}) {
    if (this.#reading) {
      this.#next = { live: live || (this.#next?.live ?? false) };
      return this.#reading;
    }
    clearTimeout(this.#timer);
    this.element.setAttribute('aria-busy', 'true');
    const read = this.#page({ first: Math.max(PAGE, Math.min(this.#records.size, 50)), after: null }, live);
    // What failed past every cache is tried past them again: an older answer would not mend it.
    this.#reading = read.then((page) => this.#took(page)).finally(() => {
      this.#past = live && this.#troubled();
      this.#done();
    });
    return this.#reading;
  }

  #done() {
    this.#reading = null;
    this.element.setAttribute('aria-busy', 'false');
    if (this.given.ended) return;
    const next = this.#next;
    this.#next = null;
    if (next) this.read(next);
    else if (this.#troubled()) this.#timer = setTimeout(() => this.read({ live: this.#past }), AGAIN);
  }

  #troubled() {
    return this.#error !== null || this.#incomplete.length > 0 || this.#all().some((record) => record.provenance?.stale);
  }

  #all() {
    return [...this.#records.values()];
  }

  async #page(variables, live) {
    const { list, graph, failed } = this.given;
    try {
      const { data, errors } = await graph.ask(listQuery(list, live), variables);
      const tooOften = live && errors.some((error) => error.extensions?.code === LIMITED && !error.path);
      if (tooOften) return await this.#page(variables, false);
      return { found: data?.viewer?.account?.[list.id] ?? null, errors };
    } catch (error) {
      failed(error);
      return { found: null, errors: [{ message: error.message }] };
    }
  }

  /** What was read takes the place of what was there; what could not be read leaves it, with its age. */
  #took({ found, errors }) {
    if (this.given.ended) return;
    const healed = this.#error !== null && found !== null;
    this.#error = found ? null : (errors[0] ?? { message: 'Nothing came back.' });
    if (found) {
      const known = this.#records;
      this.#records = new Map(found.nodes.filter(Boolean).map((record) => [record.id, record]));
      this.#more = found.pageInfo.hasNextPage ? found.pageInfo.endCursor : null;
      this.#incomplete = found.incomplete;
      this.#draw(known);
    }
    this.#explain(errors);
    if (healed) announce(`${this.given.list.title} are up to date again`);
  }

  async #further() {
    const first = this.#records.size;
    const { found, errors } = await this.#page({ first: PAGE, after: this.#more }, false);
    if (!found) return this.#explain(errors);
    for (const record of found.nodes.filter(Boolean)) this.#records.set(record.id, record);
    this.#more = found.pageInfo.hasNextPage ? found.pageInfo.endCursor : null;
    this.#draw(this.#records);
    this.#explain(errors);
    const fresh = this.rows.rows[first];
    fresh?.querySelector('button')?.focus();
    announce(`${this.#records.size - first} more ${this.given.list.title.toLowerCase()}`);
  }

  /** What a row says now, where it is shown. */
  says(id) {
    const record = this.#records.get(id);
    return record && this.given.list.told(record);
  }

  /** Takes in what a subscription or a write tells; true where the record is one of this list now. */
  take(record, { created = false, quietly = false } = {}) {
    const old = this.#records.get(record.id);
    if (!old && !created) return false;
    if (old) this.#records.set(record.id, record);
    else this.#records = new Map([[record.id, record], ...this.#records]);
    const shown = this.rows.querySelector(`[data-id="${CSS.escape(record.id)}"]`);
    const row = this.#row(record, !quietly || (shown?.classList.contains('changed') ?? false));
    if (shown) replace(shown, row);
    else this.rows.prepend(row);
    this.empty.hidden = true;
    this.#date();
    return true;
  }

  /** Takes out what is gone. */
  drop(id) {
    if (!this.#records.delete(id)) return;
    this.rows.querySelector(`[data-id="${CSS.escape(id)}"]`)?.remove();
  }

  #draw(known) {
    const focused = this.rows.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    // What has only moved into view is not news.
    const { told } = this.given.list;
    const changed = (record) => known.has(record.id) && told(record) !== told(known.get(record.id));
    fill(this.rows, this.#all().map((record) => this.#row(record, changed(record))));
    if (focused) this.rows.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
    this.empty.hidden = this.#records.size > 0;
    this.moreButton.hidden = this.#more === null;
  }

  #row(record, changed) {
    const { list, open, file } = this.given;
    const [first, ...rest] = list.cells(record);
    const name = list.opens
      ? h('button', { type: 'button', class: 'open', 'data-focus': record.id, on: { click: () => open(list, record) } }, h('span', { class: 'unseen' }, `${list.one} `), first)
      : first;
    const mark = changed ? h('span', { class: 'chip' }, 'just changed') : null;
    const stale = record.provenance?.stale ? h('span', { class: 'chip old' }, `as of ${time(record.provenance.fetchedAt)}`) : null;
    const opens = file && record[list.file];
    const link = file
      ? h('td', {}, opens && h('button', { type: 'button', 'data-focus': `file-${record.id}`, on: { click: () => file(list, record) } }, 'Open', h('span', { class: 'unseen' }, ` the file of ${list.one.toLowerCase()} ${first}`)))
      : null;
    const cells = rest.map((cell, place) => h('td', { 'data-column': list.columns[place + 1] }, cell));
    const row = h('tr', { 'data-id': record.id, class: changed ? 'changed' : null }, h('th', { scope: 'row' }, name, mark, stale), cells, link);
    if (mark) setTimeout(() => { mark.remove(); row.classList.remove('changed'); }, SHOWN);
    return row;
  }

  /** “as of 10:42 from the ERP”, for every source that the list is from. */
  #date() {
    const oldest = new Map();
    for (const { provenance } of this.#all()) {
      if (!provenance) continue;
      const known = oldest.get(provenance.source);
      const stale = provenance.stale || (known?.stale ?? false);
      const at = !known || provenance.fetchedAt < known.at ? provenance.fetchedAt : known.at;
      oldest.set(provenance.source, { at, stale });
    }
    const old = (stale) => (stale || this.#error ? 'stale' : null);
    const parts = [...oldest].sort(([a], [b]) => a.localeCompare(b)).map(([name, { at, stale }]) =>
      h('span', { class: old(stale) }, 'as of ', h('time', { datetime: at, title: exactly(at) }, time(at)), ` from ${source(name)}`, old(stale) ? ', not current' : ''));
    fill(this.asOf, parts.flatMap((part, place) => (place ? [' · ', part] : [part])));
  }

  /** Says what is missing, in a customer's words. */
  #explain(errors) {
    this.#date();
    const said = new Set(errors.map((error) => this.#worded(error)));
    for (const gap of this.#incomplete) said.add(`${Source(gap.source)} does not answer: what it knows of is missing here.`);
    const stale = this.#all().find((record) => record.provenance?.stale);
    if (stale && !this.#error) said.add(`${Source(stale.provenance.source)} does not answer at the moment: this is what it said at ${time(stale.provenance.fetchedAt)}.`);
    if (this.#error && this.#records.size) said.add('What is shown is what was read before.');
    const text = [...said].join(' ');
    if (text && text !== this.notice.textContent) announce(`${this.given.list.title}: ${text}`);
    say(this.notice, text);
  }

  /** An error of the whole list, or of one field of some rows: the path says which. */
  #worded(error) {
    const deep = (error.path ?? []).indexOf('nodes');
    const field = deep < 0 ? null : error.path.slice(deep + 2).filter((step) => typeof step === 'string').join(' ');
    return field ? `${trouble(error)} (${field} is missing.)` : trouble(error);
  }
}
