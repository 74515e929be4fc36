// What a portal's code does with the generated types: tsc must take all of it, and must refuse each line marked.
import { execute } from './execute';
import { OrderPageDocument, OrdersDocument, RecordsDocument, TicketsDocument, DashboardDocument } from './generated/graphql';
import type { OrderRowFragment, OrderStatus } from './generated/graphql';

const row = (order: OrderRowFragment): string => `${order.number} ${order.statusLabel} ${order.total?.amount ?? ''}`;

export async function orders(status: OrderStatus): Promise<string[]> {
  const { viewer } = await execute(OrdersDocument, { first: 3, status: [status] });
  const nodes = viewer.account?.orders?.nodes ?? [];
  return nodes.flatMap((order) => (order ? [row(order)] : []));
}

export async function ids(): Promise<string[]> {
  const { viewer } = await execute(OrdersDocument, { first: 2 });
  return (viewer.account?.orders?.nodes ?? []).flatMap((order) => order?.id ?? []);
}

export async function records(ids: string[]): Promise<string[]> {
  const { nodes } = await execute(RecordsDocument, { ids });
  return nodes.map((node) => {
    switch (node?.__typename) {
      case 'Order': return node.number;
      case 'Ticket': return node.subject;
      default: return node?.id ?? 'none';
    }
  });
}

export async function mistakes(): Promise<void> {
  // @ts-expect-error the id is required
  await execute(OrderPageDocument, {});
  // @ts-expect-error a number is no id
  await execute(OrderPageDocument, { id: 5 });
  // @ts-expect-error no such status
  await execute(TicketsDocument, { filter: { status: ['NONSENSE'] } });
  const page = await execute(OrderPageDocument, { id: 'x' });
  // @ts-expect-error the order may be null
  console.log(page.order.number);
  const { viewer } = await execute(DashboardDocument, {});
  // @ts-expect-error the document does not select it
  console.log(viewer.email);
}
