// What the business's own people do arrives on the open page; what they say among themselves does not.
import assert from 'node:assert/strict';
import { booked, control, numbers, row, signIn, until, visit } from './browser.mjs';

await visit(async (page) => {
  await signIn(page);
  await page.evaluate(() => { globalThis.sameDocument = true; });
  const shipped = await first(await numbers(page, 'orders'), (key) => control('/agent/step', { act: 'ship', key }));
  await until('the order has left', () => row(page, 'orders', shipped).getByText('Shipped', { exact: true }).isVisible());
  await row(page, 'orders', shipped).getByText('just changed').waitFor();
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
  await page.keyboard.press('Escape');
  await until('the row says whose turn it is', () => row(page, 'tickets', ticket).getByText('Waiting on customer').isVisible());

  // The page's own buttons do the same; deliveries that come three times, or late, change nothing but when.
  await page.locator('#zendesk-hooks').selectOption('repeat');
  await page.locator('#backstage-said').filter({ hasText: 'three times' }).waitFor();
  await page.getByRole('button', { name: 'Answer a ticket' }).click();
  await page.locator('#backstage-said').filter({ hasText: 'was answered' }).waitFor();
  assert.equal((await booked('zendesk', 'reply')).length, 2);

  // A line that was cut comes back by itself, and what happened meanwhile is there.
  await page.context().setOffline(true);
  await page.context().setOffline(false);
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true, 'it was never loaded again');
});

async function first(keys, act) {
  for (const key of keys) if ((await act(key)).ok) return key;
  return assert.fail(`nothing can be done to ${keys}`);
}
