// The lists of the page: what is asked for, and how a row is shown. The same fragment is read by the list and by the
// subscription, so that a change has everything its row needs.
import { h } from './dom.js';
import { day, label, moment, money } from './words.js';

const PROVENANCE = 'provenance { source fetchedAt stale }';

/** A status with a mark of its own shape, so that it is not told by colour alone. */
function status(text, tone) {
  return h('span', { class: `status ${tone}` }, text);
}

const ORDER_TONES = { COMPLETED: 'good', CANCELLED: 'quiet', ON_HOLD: 'warn', PENDING_APPROVAL: 'warn' };
const TICKET_TONES = { NEW: 'busy', OPEN: 'busy', WAITING_ON_CUSTOMER: 'warn', ON_HOLD: 'quiet', SOLVED: 'good', CLOSED: 'quiet' };

function invoiceTone({ overdue, open }) {
  if (overdue) return 'bad';
  return open ? 'busy' : 'good';
}

/** What a delivery is to a customer, in few words. */
const delivery = (order) => (order.deliveryStatus ? label(order.deliveryStatus) : '');

export const LISTS = [
  {
    id: 'orders',
    title: 'Orders',
    one: 'Order',
    type: 'ORDER',
    fragment: `fragment OrdersRow on Order {
      id ${PROVENANCE} number orderStatus: status statusLabel deliveryStatus placedOn customerReference total { amount currency }
    }`,
    columns: ['Number', 'Placed', 'Status', 'Delivery', 'Total'],
    opens: true,
    told: (order) => `Order ${order.number}: ${order.statusLabel}, ${delivery(order).toLowerCase()}`,
    cells: (order) => [
      order.number,
      day(order.placedOn),
      status(order.statusLabel, ORDER_TONES[order.orderStatus] ?? 'busy'),
      delivery(order),
      money(order.total),
    ],
  },
  {
    id: 'invoices',
    title: 'Invoices',
    one: 'Invoice',
    type: 'INVOICE',
    fragment: `fragment InvoicesRow on Invoice {
      id ${PROVENANCE} number statusLabel open overdue issuedOn dueOn total { amount currency } amountDue { amount currency }
      pdf { name }
    }`,
    columns: ['Number', 'Issued', 'Status', 'Due', 'Total'],
    file: 'pdf',
    told: (invoice) => `Invoice ${invoice.number}: ${invoice.statusLabel}`,
    cells: (invoice) => [
      invoice.number,
      day(invoice.issuedOn),
      status(invoice.overdue ? 'Overdue' : invoice.statusLabel, invoiceTone(invoice)),
      day(invoice.dueOn),
      money(invoice.total),
    ],
  },
  {
    id: 'tickets',
    title: 'Tickets',
    one: 'Ticket',
    type: 'TICKET',
    fragment: `fragment TicketsRow on Ticket { id ${PROVENANCE} number subject ticketStatus: status statusLabel updatedAt }`,
    columns: ['Number', 'Subject', 'Status', 'Last change'],
    opens: true,
    told: (ticket) => `Ticket ${ticket.number}, ${ticket.subject}: ${ticket.statusLabel}`,
    cells: (ticket) => [
      ticket.number,
      ticket.subject,
      status(ticket.statusLabel, TICKET_TONES[ticket.ticketStatus] ?? 'busy'),
      moment(ticket.updatedAt),
    ],
  },
  {
    id: 'documents',
    title: 'Documents',
    one: 'Document',
    type: 'DOCUMENT',
    fragment: `fragment DocumentsRow on Document { id ${PROVENANCE} name category uploadedAt file { name size contentType } }`,
    columns: ['Name', 'Category', 'Added', 'Size'],
    file: 'file',
    uploads: true,
    told: (document) => `Document ${document.name}`,
    cells: (document) => [document.name, document.category ?? '', moment(document.uploadedAt), size(document.file?.size)],
  },
];

function size(bytes) {
  if (bytes === null || bytes === undefined) return '';
  const [amount, unit] = bytes < 1_000_000 ? [Math.max(1, Math.round(bytes / 1000)), 'kilobyte'] : [bytes / 1_000_000, 'megabyte'];
  return new Intl.NumberFormat(navigator.language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(amount);
}

/** One page of a list of the account; `live` reads past every cache. */
export function listQuery(list, live) {
  return `query Read($first: Int!, $after: String)${live ? ' @live' : ''} {
    viewer { account { ${list.id}(first: $first, after: $after) {
      nodes { ...${fragmentName(list)} } pageInfo { hasNextPage endCursor } incomplete { source code }
    } } }
  } ${list.fragment}`;
}

const fragmentName = (list) => `${list.title}Row`;

/** Everything the page shows, as it changes. */
export function changesQuery(lists) {
  // With its messages a ticket is told of when somebody has written, too.
  const last = '... on Ticket { messages(first: 100) { nodes { id author { name } } } }';
  const rows = [...lists.map((list) => `...${fragmentName(list)}`), last].join(' ');
  return `subscription Page($after: String) {
    changed(after: $after) {
      kind cursor id type
      record { __typename id ${rows} ... on TicketMessage { sentAt ticket { id } } ... on Shipment { number statusLabel order { id } } }
    }
  } ${lists.map((list) => list.fragment).join(' ')}`;
}
