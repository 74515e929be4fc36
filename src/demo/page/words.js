// How the page puts things: dates, amounts, names of systems, what went wrong.

const locale = navigator.language || 'en';
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const clockExact = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
const dayOnly = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
const short = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const thisYear = new Intl.DateTimeFormat(locale, short);
const otherYear = new Intl.DateTimeFormat(locale, { year: 'numeric', ...short });

const SOURCES = { crm: 'the CRM', erp: 'the ERP', billing: 'billing', support: 'the support desk', documents: 'the document store' };

/** How a source of the configuration is called in a sentence. */
export const source = (name) => SOURCES[name] ?? name ?? 'a system';

/** The same at the beginning of a sentence. */
export const Source = (name) => source(name).replace(/^./, (letter) => letter.toUpperCase());

/** 10:42 */
export const time = (instant) => clock.format(new Date(instant));
/** 10:42:07 */
export const second = (instant) => clockExact.format(new Date(instant));
export const exactly = (instant) => exact.format(new Date(instant));
/** A calendar day has no time zone. */
export const day = (date) => (date ? dayOnly.format(new Date(`${date}T00:00:00Z`)) : '');
export function moment(instant) {
  if (!instant) return '';
  const at = new Date(instant);
  return (at.getFullYear() === new Date().getFullYear() ? thisYear : otherYear).format(at);
}

/** Amounts come as exact decimals in a string, which is how they are formatted, too. */
export function money(of) {
  if (!of) return '';
  return new Intl.NumberFormat(locale, { style: 'currency', currency: of.currency }).format(of.amount);
}

export const quantity = (amount, unit) => [amount && new Intl.NumberFormat(locale).format(amount), unit].filter(Boolean).join(' ');

/** PARTIALLY_PAID → Partially paid. */
export function label(value) {
  const text = (value ?? '').replaceAll('_', ' ').toLowerCase();
  return text.replace(/^./, (letter) => letter.toUpperCase());
}

const TROUBLE = {
  UPSTREAM_UNAVAILABLE: (from) => `${Source(from)} does not answer at the moment.`,
  UPSTREAM_TIMEOUT: (from) => `${Source(from)} takes too long at the moment.`,
  UPSTREAM_REJECTED: (from) => `${Source(from)} could not do this.`,
  RATE_LIMITED: (from) => (from ? `${Source(from)} is very busy at the moment.` : 'That was a little too often.'),
  FORBIDDEN: () => 'You may not see or do this.',
  STEP_UP_REQUIRED: () => 'Sign in again with a second factor to do this.',
  NOT_FOUND: () => 'This is not there any more.',
  WRITE_UNCERTAIN: (from) => `${Source(from)} lost the thread: we do not know yet whether this was done.`,
};

/** What a customer is told of an error of the graph: by its code, never by an upstream's words. */
export function trouble(error) {
  const { code, source: from } = error.extensions ?? {};
  return TROUBLE[code]?.(from) ?? error.message ?? 'Something went wrong.';
}

/** The part of the answer that an error is about: `viewer.account.orders.nodes.0.total` → `total`. */
export function part(error) {
  const names = (error.path ?? []).filter((step) => typeof step === 'string');
  return names.at(-1) ?? '';
}
