// A form that writes: errors stand at their fields, and a write whose outcome is not known can be tried again as it is.
import { announce, h, say } from './dom.js';
import { Intent } from './intent.js';

/** A labelled field with a place for what is wrong with it. `name` is the field's in the input. */
export function field(name, text, control, hint) {
  const id = `field-${name}`;
  const wrong = h('p', { class: 'wrong', id: `${id}-wrong`, hidden: true });
  control.id = id;
  control.name = name;
  const described = [hint && `${id}-hint`, `${id}-wrong`].filter(Boolean).join(' ');
  control.setAttribute('aria-describedby', described);
  return h('div', { class: 'field' }, h('label', { for: id }, text), hint ? h('p', { class: 'hint', id: `${id}-hint` }, hint) : null, control, wrong);
}

/**
 * The form. `input` gives what to send (or null where there is nothing to send yet), `done` gets the payload.
 *
 * @param {{graph: object, query: string, mutation: string, submit: string, busy: string, fields: Element[],
 *   input: () => object|null, file?: () => File, done: (payload: object) => void, lost?: (error: Error) => void}} given
 */
export function form(given) {
  const intent = new Intent();
  const button = h('button', { type: 'submit', class: 'primary' }, given.submit);
  const notice = h('p', { class: 'notice bad', role: 'alert', hidden: true });
  const element = h('form', { novalidate: true, on: { submit: send } }, given.fields, notice, h('div', { class: 'row' }, button));
  let sending = false;

  async function send(event) {
    event.preventDefault();
    if (sending) return;
    clear();
    const input = given.input(wrong);
    if (!input) return;
    sending = true;
    lock(true);
    button.textContent = given.busy;
    const came = await intent.send({ graph: given.graph, query: given.query, field: given.mutation, input, file: given.file?.() });
    sending = false;
    button.textContent = given.submit;
    // As long as it is not known whether it was done, it stays as it is: only the same may be sent again.
    lock(Boolean(came.uncertain));
    if (came.payload) return given.done(came.payload);
    if (came.uncertain) {
      button.textContent = 'Try again';
      say(notice, `${came.uncertain} Try again: it will not be done twice.`);
      button.focus();
      if (came.error) given.lost?.(came.error);
    } else if (came.refused) refused(came.refused);
    else {
      say(notice, came.failed);
      button.focus();
    }
  }

  function lock(locked) {
    for (const control of controls()) {
      if (control.type === 'file') control.disabled = locked;
      else control.readOnly = locked;
    }
    button.setAttribute('aria-disabled', String(sending));
  }

  const controls = () => element.querySelectorAll('input, textarea, select');

  function clear() {
    say(notice, null);
    for (const control of controls()) {
      control.removeAttribute('aria-invalid');
      say(element.querySelector(`#${control.id}-wrong`), null);
    }
  }

  /** Says what is wrong with a field, at the field; false where there is no such field. */
  function wrong(name, text) {
    const control = element.querySelector(`[name="${CSS.escape(name)}"]`);
    if (!control) return false;
    control.setAttribute('aria-invalid', 'true');
    say(element.querySelector(`#${control.id}-wrong`), text);
    return true;
  }

  function refused(errors) {
    const general = errors.filter(({ path, message }) => !wrong(path?.[1] ?? '', message));
    say(notice, general.map(({ message }) => message).join(' '));
    (element.querySelector('[aria-invalid]') ?? button).focus();
    announce('It was not sent: something has to be put right');
  }

  return element;
}
