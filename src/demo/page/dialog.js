// The one dialog of the page. The browser keeps the focus in it and gives it back; Escape closes it.
import { at, fill, h } from './dom.js';

let closed = null;

/** Shows a dialog with a title; gives the element that its content goes into. `onClose` is told once. */
export function show(title, onClose) {
  const dialog = at('detail');
  if (dialog.open) dialog.close();
  closed = onClose ?? null;
  const content = h('div', { class: 'dialog-content' });
  const heading = h('h2', { id: 'detail-title', tabindex: '-1' }, title);
  const close = h('button', { type: 'button', class: 'close', on: { click: () => dialog.close() } }, 'Close');
  fill(dialog, h('div', { class: 'dialog-head' }, heading, close), content);
  dialog.onclose = () => {
    const told = closed;
    closed = null;
    fill(dialog);
    told?.();
  };
  dialog.showModal();
  heading.focus();
  return content;
}

/** Closes it, where it is open. */
export function hide() {
  if (at('detail').open) at('detail').close();
}
