// The page: signing in, the lists of the account in use, and what arrives while it is open.
import { Backstage } from './backstage.js';
import { hide } from './dialog.js';
import { announce, at, fill, h, say } from './dom.js';
import { openFile, uploadForm } from './files.js';
import { Graph, SignedOut } from './graph.js';
import { Happened } from './happened.js';
import { LISTS, changesQuery } from './lists.js';
import { Live } from './live.js';
import { order } from './order.js';
import { Section } from './section.js';
import { ticket } from './ticket.js';
import { trouble } from './words.js';

const REMEMBERED = 'vestibule-demo-person';
const DETAILS = { orders: order, tickets: ticket };
const LINE = { live: 'Live: changes appear by themselves.', connecting: 'Connecting…', waiting: 'Not live: connecting again…' };
const HUB = `{ viewer { name account { id name } memberships { accountId current account { name } } } }`;
/** What the gateway serves decides what the page has. */
const SERVED = `{ ${['Account', 'Invoice', 'Document', 'TicketMessage', 'File', 'Mutation'].map((name) => `${name}: __type(name: "${name}") { fields { name } }`).join(' ')} }`;

let here = null;
/** How long an answer counts as fresh in the demo, and a little more: what is broken shows then at the latest. */
const FRESH = 11_000;
const backstage = new Backstage({ changed: () => { here?.readAll(); here?.later(); }, person: () => here?.person.email ?? '' });

/** One person, signed in, with one account in use. */
class Visit {
  constructor(person, token) {
    this.person = person;
    this.session = { token, account: null };
    this.graph = new Graph(this.session);
    this.sections = new Map();
    /** The last message of each ticket, as far as one was told of. */
    this.spoken = new Map();
    this.detail = null;
    this.failed = (error) => error instanceof SignedOut && signOut('Your sign-in is over. Sign in again.');
  }

  async begin() {
    say(at('who'), this.person.name);
    const { data } = await this.graph.ask(SERVED);
    const has = (type, field) => data?.[type]?.fields.some(({ name }) => name === field) ?? false;
    this.lists = LISTS.filter(({ id }) => has('Account', id));
    const links = has('File', 'url');
    this.files = new Set(this.lists.filter(({ one, file }) => links && file && has(one, file)).map(({ id }) => id));
    this.attachments = links && has('TicketMessage', 'attachments');
    this.uploads = has('Mutation', 'uploadDocument');
    await this.use(null);
  }

  /** Puts an account in use, or the first. */
  async use(account) {
    this.#stop();
    this.session.account = account;
    const { data, errors } = await this.graph.ask(HUB);
    const viewer = data?.viewer;
    say(at('account-trouble'), errors.length ? [...new Set(errors.map(trouble))].join(' ') : null);
    at('account-name').textContent = viewer?.account?.name ?? 'Your account';
    const places = viewer?.memberships ?? [];
    fill(at('accounts'), places.map((place) => h('option', { value: place.accountId, selected: place.current }, place.account?.name ?? 'Account')));
    at('accounts-label').hidden = places.length < 2;
    this.sections = new Map(this.lists.map((list) => [list.id, this.#section(list)]));
    this.happened = new Happened();
    fill(at('sections'), [...this.sections.values(), this.happened].map(({ element }) => element));
    this.readAll();
    this.live = new Live({
      query: changesQuery(this.lists),
      who: this.graph.who,
      heard: (change) => this.#heard(change),
      state: (name) => { at('line').textContent = LINE[name]; at('line').dataset.state = name; },
      signedOut: () => this.failed(new SignedOut()),
    });
  }

  #section(list) {
    const file = this.files.has(list.id) ? (_, record) => openFile({ graph: this.graph, list, record, lost: this.failed }) : null;
    const section = new Section({ list, graph: this.graph, open: (of, record) => this.#open(of, record), file, failed: this.failed });
    if (list.uploads && this.uploads) {
      section.element.append(uploadForm({ graph: this.graph, uploaded: () => section.read({ live: true }), lost: this.failed }));
    }
    return section;
  }

  #open(list, record) {
    const section = this.sections.get(list.id);
    this.detail = DETAILS[list.id]({
      graph: this.graph,
      record,
      attachments: this.attachments,
      took: (written, how) => {
        section.take(written, how);
        this.happened.add(`You: ${list.told(written)}`, { said: true });
      },
      // A row that was replaced meanwhile is found by its id.
      closed: () => { this.detail = null; section.rows.querySelector(`[data-focus="${CSS.escape(record.id)}"]`)?.focus(); },
      lost: this.failed,
    });
  }

  readAll(how) {
    return Promise.all([...this.sections.values()].map((section) => section.read(how)));
  }

  /** Reads everything once more, when caches have had their time. */
  later() {
    clearTimeout(this.again);
    this.again = setTimeout(() => this.readAll(), FRESH);
  }

  /** Takes in a change, wherever it was made. */
  #heard({ kind, id, type, record }) {
    if (kind === 'RESET') return void this.readAll();
    if (record?.ticket?.id === this.detail?.id || record?.order?.id === this.detail?.id || id === this.detail?.id) this.detail?.again();
    if (type === 'SHIPMENT' && record) this.happened.add(`Shipment ${record.number}: ${record.statusLabel}`);
    const list = this.lists.find((own) => own.type === type);
    if (!list) return;
    const section = this.sections.get(list.id);
    if (kind === 'DELETED') return void section.drop(id);
    if (!record) return void section.read();
    const created = kind === 'CREATED';
    const written = this.#written(record);
    // What looks as it did is no news: something may have moved that a customer does not see.
    const quietly = written === null && section.says(id) === list.told(record);
    if (!quietly) this.happened.add(`${created ? 'New: ' : ''}${list.told(record)}${written ? `, ${written}` : ''}`);
    if (!section.take(record, { created, quietly })) section.read();
  }

  /** Who has written on a ticket since it was last told of; null where nobody has, or that is not known. */
  #written({ id, messages }) {
    const message = messages?.nodes?.at(-1);
    const known = this.spoken.get(id);
    if (!message || message.id === known) return null;
    this.spoken.set(id, message.id);
    return known ? `new message of ${message.author?.name ?? 'somebody'}` : null;
  }

  #stop() {
    clearTimeout(this.again);
    this.live?.end();
    for (const section of this.sections.values()) section.end();
  }

  end() {
    this.#stop();
    this.session.token = '';
  }
}

async function signIn(person) {
  say(at('sign-in-trouble'), null);
  try {
    const answer = await fetch(`/demo/token?factor=second&as=${encodeURIComponent(person.email)}`);
    if (!answer.ok) throw new Error('Nobody of that name can sign in.');
    here = new Visit(person, await answer.text());
    await here.begin().catch(() => say(at('sign-in-trouble'), 'The portal cannot be reached. Is the demo still running?'));
    sessionStorage.setItem(REMEMBERED, person.email);
    portal(true);
    at('account-name').focus();
  } catch (error) {
    return signOut(`Signing in did not work: ${error.message}`);
  }
  await backstage.open();
}

function signOut(why) {
  here?.end();
  here = null;
  sessionStorage.removeItem(REMEMBERED);
  hide();
  backstage.close();
  portal(false);
  say(at('sign-in-trouble'), why ?? null);
  at('people').querySelector('button')?.focus();
}

function portal(open) {
  at('portal').hidden = !open;
  at('session').hidden = !open;
  at('sign-in').hidden = open;
  document.body.classList.toggle('signed-in', open);
}

async function begin() {
  const people = await (await fetch('/demo/people')).json();
  fill(at('people'), people.map((person) => h(
    'li',
    {},
    h('button', { type: 'button', on: { click: () => signIn(person) } }, h('strong', {}, person.name), h('span', {}, person.account)),
  )));
  at('sign-out').addEventListener('click', () => signOut());
  at('refresh').addEventListener('click', async () => {
    await here?.readAll({ live: true });
    announce('Everything was read again');
  });
  at('accounts').addEventListener('change', ({ target }) => here?.use(target.value));
  const known = people.find(({ email }) => email === sessionStorage.getItem(REMEMBERED));
  if (known) await signIn(known);
}

begin().catch(() => say(at('sign-in-trouble'), 'The portal cannot be reached. Is the demo still running?'));
