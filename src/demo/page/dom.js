// Making and replacing elements. Texts become text nodes, never markup.

/** The element of an id. */
export const at = (id) => document.getElementById(id);

/** An element: `h('p', { class: 'x', on: { click } }, 'text', child)`. What is null or false is left out. */
export function h(name, props = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === 'on') for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    else if (key === 'value') element.value = value;
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

/** Puts these in place of what is in the element. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Puts one element in another's place; where the focus was in it, it stays on the control of the same `data-focus`. */
export function replace(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  old.replaceWith(fresh);
  if (focused) fresh.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}

/** A box for what may be wider than the page: a stop of the keyboard only where there is something to scroll. */
export function wide(named, ...children) {
  const box = h('div', { class: 'scroll', role: 'region', 'aria-label': named }, children);
  const watch = new ResizeObserver(() => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute('tabindex');
  });
  for (const one of [box, ...box.children]) watch.observe(one);
  return box;
}

/** Shows a text, or hides the element where there is none. */
export function say(element, text) {
  element.textContent = text ?? '';
  element.hidden = !text;
}

const waiting = [];
let telling = null;

/** Has a screen reader say something, one thing after the other. */
export function announce(text) {
  waiting.push(text);
  telling ??= setInterval(tell, 700);
  if (waiting.length === 1) tell();
}

function tell() {
  const next = waiting.splice(0, 3).join('. ');
  if (next) at('announcer').textContent = next;
  else telling = clearInterval(telling) ?? null;
}
