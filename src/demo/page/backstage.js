// The operator's side of the demo: breaks systems and their webhooks, mends them, and lets the business's people act.
import { at, fill, h } from './dom.js';
import { Mails } from './mails.js';
import { Source, label } from './words.js';

const BASE = '/demo/business';
const MODES = {
  down: 'is down (503)',
  hang: 'never answers',
  slow: 'takes 2 seconds',
  garbage: 'answers nonsense',
  html: 'answers a login page',
  truncated: 'breaks off in its answers',
  'rate-limited': 'refuses: too many requests',
  hostile: 'answers other customers’ records',
};
const HANDLING = {
  usual: ['arrive as usual', {}],
  delay: ['arrive 5 seconds late', { delay_ms: 5000 }],
  repeat: ['arrive three times', { repeat: 2 }],
  reorder: ['arrive in the wrong order', { reorder: 3, delay_ms: 3000 }],
  drop: ['are lost, every second one', { drop: 2 }],
  cut: ['break off, every second one', { cut: 2 }],
  pause: ['are held back', { pause: true }],
};
const EVERY = 20_000;
const DONE = { ship: 'Order %s has left', answer: 'Ticket %s was answered', note: 'A note was left on ticket %s: no customer may hear of it', pay: 'Invoice %s was paid' };

export class Backstage {
  #systems = [];
  #every = EVERY;
  #mails = new Mails(() => this.#call('GET', '/mails'));

  /** @param {{changed: () => void, person: () => string}} given */
  constructor(given) {
    this.given = given;
    for (const button of document.querySelectorAll('[data-act]')) {
      button.addEventListener('click', () => this.#act(button.dataset.act));
    }
    at('agent-switch').addEventListener('click', () => this.#switch());
    at('mend-all').addEventListener('click', () => this.#mendAll());
  }

  /** Shows itself, with the systems as they are. */
  async open() {
    at('backstage').hidden = false;
    this.#mails.open();
    await this.#do('', async () => {
      this.#systems = await this.#call('GET', '/demo/systems', undefined, '');
    });
  }

  close() {
    at('backstage').hidden = true;
    this.#mails.close();
  }

  async #call(method, path, body, base = BASE) {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${base}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error ?? `It was refused (${answer.status}).`);
    return told;
  }

  /** Does something, and says what came of it. */
  async #do(said, act) {
    try {
      const came = await act();
      at('backstage-said').textContent = typeof said === 'function' ? said(came) : said;
      await this.#show();
    } catch (error) {
      at('backstage-said').textContent = `That did not work: ${error.message}`;
    }
  }

  #act(act) {
    const body = { act, near: this.given.person() };
    return this.#do(({ act: done, key }) => `${DONE[done].replace('%s', key)}.`, () => this.#call('POST', '/agent/step', body));
  }

  #switch() {
    const on = at('agent-switch').dataset.on === 'true';
    const said = on ? 'The people pause; the buttons still work.' : 'The people act by themselves again.';
    return this.#do(said, () => (on ? this.#call('DELETE', '/agent') : this.#call('POST', '/agent', { every_ms: this.#every })));
  }

  #mendAll() {
    return this.#do('Everything works again.', async () => {
      await this.#call('DELETE', '/faults');
      await this.#call('DELETE', '/faults/writes');
      for (const { system } of this.#systems) await this.#call('POST', '/webhooks/handling', { system });
      this.given.changed();
    });
  }

  async #show() {
    const [faults, agent, webhooks] = await Promise.all(['/faults', '/agent', '/webhooks'].map((path) => this.#call('GET', path)));
    const on = agent.every_ms !== null;
    if (on) this.#every = agent.every_ms;
    at('agent-state').textContent = on ? `They do something every ${this.#every / 1000} seconds.` : 'They pause.';
    Object.assign(at('agent-switch'), { textContent: on ? 'Pause them' : 'Let them act', hidden: false });
    at('agent-switch').dataset.on = String(on);
    const focused = document.activeElement?.dataset.focus;
    fill(at('systems'), this.#systems.map((system) => this.#card(system, faults[system.system], webhooks.systems[system.system]?.handling)));
    if (focused) at('systems').querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }

  #card({ system, source }, fault, handling) {
    const name = Source(source);
    const mode = select(`${system}-mode`, Object.entries(MODES), fault?.mode ?? 'down');
    const hooks = select(`${system}-hooks`, Object.entries(HANDLING).map(([key, [text]]) => [key, text]), handled(handling));
    hooks.addEventListener('change', () => {
      const [text, set] = HANDLING[hooks.value];
      this.#do(`Webhooks of ${source} ${text}.`, () => this.#call('POST', '/webhooks/handling', { system, ...set }));
    });
    const broken = Boolean(fault);
    const act = broken
      ? () => this.#do(`${name} works again.`, () => this.#mend(system))
      : () => this.#do(`${name} ${MODES[mode.value]}.`, () => this.#break(system, mode.value));
    const state = broken ? h('span', { class: 'status bad' }, MODES[fault.mode]) : h('span', { class: 'status good' }, 'works');
    return h(
      'li',
      { class: broken ? 'broken' : null, 'data-system': system },
      h('h4', {}, name, ' ', h('small', {}, system), ' ', state),
      h('div', { class: 'row' }, h('label', {}, h('span', { class: 'unseen' }, `${name}: how it breaks`), mode),
        h('button', { type: 'button', 'data-focus': `${system}-break`, on: { click: act } }, broken ? 'Mend' : 'Break', h('span', { class: 'unseen' }, ` ${name}`))),
      h('div', { class: 'row' }, h('label', {}, 'Its webhooks ', hooks),
        h('button', { type: 'button', 'data-focus': `${system}-cut`, on: { click: () => this.#cut(system, name) } }, 'Lose the answer to the next write', h('span', { class: 'unseen' }, ` to ${name}`))),
    );
  }

  async #break(system, mode) {
    await this.#call('POST', '/faults', { system, mode, ...(mode === 'slow' && { ms: 2000 }) });
    this.given.changed();
  }

  /** The faults of the others stay: there is one call that ends them all. */
  async #mend(system) {
    const all = await this.#call('GET', '/faults');
    await this.#call('DELETE', '/faults');
    for (const [other, fault] of Object.entries(all)) {
      if (other !== system) await this.#call('POST', '/faults', { system: other, ...fault });
    }
    this.given.changed();
  }

  #cut(system, name) {
    const body = { system, mode: 'cut-after', times: 1 };
    return this.#do(`${name} will do the next write, and its answer will be lost.`, () => this.#call('POST', '/faults/writes', body));
  }
}

function select(id, options, value) {
  const made = h('select', { id, 'data-focus': id }, options.map(([key, text]) => h('option', { value: key }, text ?? label(key))));
  made.value = value;
  return made;
}

/** Which of the ways a handling is. */
function handled(handling) {
  const same = ([, set]) => Object.keys(handling ?? {}).every((key) => (set[key] ?? NONE[key]) === handling[key]);
  return Object.entries(HANDLING).find(([, way]) => same(way))?.[0] ?? 'usual';
}

const NONE = { pause: false, drop: 0, delay_ms: 0, repeat: 0, reorder: 0, cut: 0 };
