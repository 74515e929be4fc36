// A ticket: its conversation, and the reply.
import { announce, fill, h, say } from './dom.js';
import { show } from './dialog.js';
import { openAttachment } from './files.js';
import { field, form } from './form.js';
import { LISTS } from './lists.js';
import { rich } from './rich.js';
import { moment, trouble } from './words.js';

const LIST = LISTS.find(({ id }) => id === 'tickets');
const read = (attachments) => `query Ticket($id: ID!) { ticket(id: $id) {
    ...TicketsRow messages(first: 100) { nodes { id sentAt author { name side } body { text html } ${attachments ? 'attachments { name }' : ''} } }
  } } ${LIST.fragment}`;
const REPLY = `mutation Reply($input: ReplyToTicketInput!) { replyToTicket(input: $input) {
    message { id } ticket { ...TicketsRow } userErrors { code message path }
  } } ${LIST.fragment}`;

/** Shows a ticket; `again` is to be called when something of it has changed. */
export function ticket({ graph, record, attachments, took, closed, lost }) {
  const content = show(`Ticket ${record.number}: ${record.subject}`, closed);
  const status = h('p', { class: 'as-of' });
  const notice = h('p', { class: 'notice bad', hidden: true });
  const talk = h('ol', { class: 'talk', 'aria-label': 'Conversation', 'aria-busy': 'true' });
  const text = h('textarea', { rows: '4', required: true, autocomplete: 'off' });
  const reply = form({
    graph,
    query: REPLY,
    mutation: 'replyToTicket',
    submit: 'Send reply',
    busy: 'Sending…',
    fields: [field('body', 'Your reply', text, 'The support desk gets it as if you had written there.')],
    input: (wrong) => {
      if (text.value.trim()) return { ticketId: record.id, body: text.value };
      wrong('body', 'Write something first.');
      text.focus();
      return null;
    },
    done: (payload) => {
      text.value = '';
      if (payload.ticket) took(payload.ticket);
      announce('Your reply was sent');
      text.focus();
      again();
    },
    lost,
  });
  content.append(status, notice, talk, reply);

  let known = null;
  async function again() {
    try {
      const { data, errors } = await graph.ask(read(attachments), { id: record.id });
      const found = data?.ticket;
      say(notice, errors.length || !found ? trouble(errors[0] ?? { extensions: { code: 'NOT_FOUND' } }) : null);
      if (!found) return;
      status.textContent = `${found.statusLabel}, last change ${moment(found.updatedAt)}`;
      const messages = (found.messages?.nodes ?? []).filter(Boolean);
      const fresh = known === null ? [] : messages.filter(({ id }) => !known.has(id));
      fill(talk, messages.map((message) => said(message, { fresh: fresh.includes(message), open: (place) => openAttachment({ graph, ticket: record.id, message: message.id, place, lost }) })));
      for (const message of fresh) announce(`New message of ${message.author?.name ?? 'somebody'}: ${message.body?.text ?? ''}`);
      known = new Set(messages.map(({ id }) => id));
    } catch (error) {
      say(notice, error.message);
      lost(error);
    } finally {
      talk.setAttribute('aria-busy', 'false');
    }
  }
  again();
  return { id: record.id, again };
}

function said({ author, sentAt, body, attachments }, { fresh, open }) {
  const side = author?.side === 'BUSINESS' ? 'theirs' : 'ours';
  return h(
    'li',
    { class: `said ${side}${fresh ? ' changed' : ''}` },
    h('p', { class: 'by' }, h('strong', {}, author?.name ?? 'Somebody'), side === 'theirs' ? ' (support)' : '', ', ', h('time', { datetime: sentAt }, moment(sentAt))),
    h('div', { class: 'words' }, rich(body)),
    (attachments ?? []).map(({ name }, place) => h('button', { type: 'button', on: { click: () => open(place) } }, h('span', { class: 'unseen' }, 'Open '), name)),
  );
}
