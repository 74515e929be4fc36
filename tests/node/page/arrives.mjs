// What the business's own people do arrives on the open page; what they say among themselves does not.
import assert from 'node:assert/strict';
import { booked, control, numbers, row, signIn, until, visit } from './browser.mjs';

// The line of the page goes through here: so that it can be cut, and what it asks is known.
const asked = [];
let cut = null;
let meanwhile = async () => {};

async function watched(page) {
  await page.routeWebSocket(/graphql\/ws$/, async (line) => {
    await meanwhile();
    const server = line.connectToServer();
    line.onMessage((message) => {
      const told = JSON.parse(message);
      if (told.type === 'subscribe') asked.push(told.payload.variables.after);
      server.send(message);
    });
    cut = () => line.close({ code: 1012, reason: 'cut' });
  });
}

await visit(async (page) => {
  await signIn(page);
  await page.evaluate(() => { globalThis.sameDocument = true; });
  const shipped = await first(await numbers(page, 'orders'), (key) => control('/agent/step', { act: 'ship', key }));
  await until('the order has left', () => row(page, 'orders', shipped).getByText('Shipped', { exact: true }).isVisible());
  await row(page, 'orders', shipped).getByText('just changed').waitFor();
  await page.locator('#happened li').filter({ hasText: `Order ${shipped}` }).waitFor();
  await until('a screen reader is told', async () => (await page.locator('#announcer').textContent()).includes(`Order ${shipped}`));

  // A conversation that is open grows.
  const [ticket] = await numbers(page, 'tickets');
  await row(page, 'tickets', ticket).getByRole('button').click();
  await page.locator('.said').first().waitFor();
  const before = await page.locator('.said').count();
  assert.ok((await control('/agent/step', { act: 'note', key: ticket })).ok);
  assert.ok((await control('/agent/step', { act: 'answer', key: ticket })).ok);
  await until('the answer is there', async () => (await page.locator('.said').count()) > before);
  assert.equal(await page.locator('.said').count(), before + 1);
  assert.equal(await page.getByText('INTERNAL').count(), 0);
  assert.equal(await page.locator('#happened li').filter({ hasText: `Ticket ${ticket}` }).count(), 1, 'the note is not even hinted at');
  // Another one changes nothing in the row, and is told all the same.
  assert.ok((await control('/agent/step', { act: 'answer', key: ticket })).ok);
  await page.locator('#happened li').filter({ hasText: `Ticket ${ticket}` }).filter({ hasText: 'new message of' }).waitFor();
  await until('the second answer is there', async () => (await page.locator('.said').count()) === before + 2);
  await page.keyboard.press('Escape');
  await until('the row says whose turn it is', () => row(page, 'tickets', ticket).getByText('Waiting on customer').isVisible());

  // The page's own buttons do the same; deliveries that come three times, or late, change nothing but when.
  await page.locator('#zendesk-hooks').selectOption('repeat');
  await page.locator('#backstage-said').filter({ hasText: 'three times' }).waitFor();
  await page.getByRole('button', { name: 'Answer a ticket' }).click();
  await page.locator('#backstage-said').filter({ hasText: 'was answered' }).waitFor();
  assert.equal((await booked('zendesk', 'reply')).length, 3);

  // A line that is cut comes back by itself, and what happened meanwhile is there.
  let missed = null;
  meanwhile = async () => { missed = await first(await numbers(page, 'orders'), (key) => control('/agent/step', { act: 'ship', key })); };
  cut();
  await until('it is live again', async () => missed && page.locator('.line[data-state="live"]').isVisible());
  await until('what was missed is there', () => row(page, 'orders', missed).getByText('Shipped', { exact: true }).isVisible());
  assert.equal(asked.length, 2);
  assert.deepEqual([asked[0] === null, typeof asked[1]], [true, 'string'], 'it goes on after the last change that it heard of');
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true, 'it was never loaded again');
}, { before: watched });

async function first(keys, act) {
  for (const key of keys) if ((await act(key)).ok) return key;
  return assert.fail(`nothing can be done to ${keys}`);
}
