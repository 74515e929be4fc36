// An order: its lines, what was sent of it, and placing it again.
import { announce, fill, h, say, wide } from './dom.js';
import { hide, show } from './dialog.js';
import { field, form } from './form.js';
import { LISTS } from './lists.js';
import { day, label, money, quantity, trouble } from './words.js';

const LIST = LISTS.find(({ id }) => id === 'orders');
const READ = `query Order($id: ID!) { order(id: $id) {
    ...OrdersRow requestedOn expectedOn
    lines { position quantity unit description total { amount currency } product { name sku provenance { stale } } }
    shipments(first: 10) { nodes { number statusLabel trackingNumber shippedAt expectedOn } }
  } } ${LIST.fragment}`;
const AGAIN = `mutation Again($input: ReorderInput!) { reorder(input: $input) {
    order { ...OrdersRow } userErrors { code message path }
  } } ${LIST.fragment}`;

/** Shows an order. */
export function order({ graph, record, took, closed, lost }) {
  const content = show(`Order ${record.number}`, closed);
  const facts = h('dl', { class: 'facts', 'aria-busy': 'true' });
  const notice = h('p', { class: 'notice bad', hidden: true });
  const lines = h('tbody');
  const head = ['Article', 'Quantity', 'Amount'].map((name) => h('th', { scope: 'col' }, name));
  const table = h('table', { 'aria-label': 'Lines of the order' }, h('thead', {}, h('tr', {}, head)), lines);
  const sent = h('ul', { class: 'sent', 'aria-label': 'Shipments' });
  const reference = h('input', { type: 'text', autocomplete: 'off' });
  const again = form({
    graph,
    query: AGAIN,
    mutation: 'reorder',
    submit: 'Order again',
    busy: 'Ordering…',
    fields: [field('customerReference', 'Your purchase order number', reference, 'The same lines in the same quantities are ordered anew, at today’s prices.')],
    input: () => ({ orderId: record.id, ...(reference.value.trim() && { customerReference: reference.value.trim() }) }),
    done: (payload) => {
      hide();
      if (payload.order) {
        took(payload.order, { created: true });
        announce(`Order ${payload.order.number} was placed`);
      } else announce('The order was placed');
    },
    lost,
  });
  content.append(notice, facts, wide('Lines of the order, the table', table), sent, h('h3', {}, 'Place it again'), again);

  async function read() {
    try {
      const { data, errors } = await graph.ask(READ, { id: record.id });
      const found = data?.order;
      const told = [...new Set(errors.map(trouble))].join(' ');
      say(notice, found ? told : told || trouble({ extensions: { code: 'NOT_FOUND' } }));
      if (found) draw(found);
    } catch (error) {
      say(notice, error.message);
      lost(error);
    } finally {
      facts.setAttribute('aria-busy', 'false');
    }
  }

  function draw(found) {
    const told = [
      ['Status', found.statusLabel],
      ['Delivery', label(found.deliveryStatus)],
      ['Placed', day(found.placedOn)],
      ['Expected', day(found.expectedOn)],
      ['Your number', found.customerReference],
      ['Total', money(found.total)],
    ];
    fill(facts, told.filter(([, value]) => value).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
    fill(lines, (found.lines ?? []).map((line) => h(
      'tr',
      {},
      h('th', { scope: 'row' }, line.product?.name ?? line.description ?? line.product?.sku ?? '', line.product?.provenance?.stale ? h('span', { class: 'chip old' }, 'not current') : null),
      h('td', {}, quantity(line.quantity, line.unit)),
      h('td', {}, money(line.total)),
    )));
    fill(sent, (found.shipments?.nodes ?? []).filter(Boolean).map((shipment) => h(
      'li',
      {},
      [`Shipment ${shipment.number}`, shipment.statusLabel, shipment.trackingNumber, shipment.expectedOn && `expected ${day(shipment.expectedOn)}`].filter(Boolean).join(', '),
    )));
  }
  read();
  return { id: record.id, again: read };
}
