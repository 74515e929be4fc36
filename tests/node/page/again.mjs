// An order is placed again, and arrives once; also where its answer was lost on the way.
import assert from 'node:assert/strict';
import { booked, numbers, row, signIn, until, visit } from './browser.mjs';

const placed = () => booked('sap', 'create').then((all) => all.filter(({ entity }) => entity === 'A_SalesOrder'));

await visit(async (page) => {
  await signIn(page);
  const known = await numbers(page, 'orders');
  const arrived = async () => (await numbers(page, 'orders')).filter((number) => !known.includes(number));
  const dialog = page.getByRole('dialog');
  const reference = dialog.getByLabel('Your purchase order number');
  const order = async (text) => {
    await row(page, 'orders', known[0]).getByRole('button').click();
    await dialog.locator('tbody tr').first().waitFor();
    await reference.fill(text);
    await dialog.getByRole('button', { name: 'Order again' }).click();
  };

  // What is wrong stands at its place, and nothing is placed.
  await order('x'.repeat(101));
  await until('the reference is refused', () => dialog.locator('#field-customerReference-wrong').isVisible());
  assert.equal(await reference.getAttribute('aria-invalid'), 'true');
  assert.equal((await placed()).length, 0);
  await reference.fill('PO-ONCE');
  await dialog.getByRole('button', { name: 'Order again' }).click();
  await until('it arrives', async () => (await arrived()).length === 1);
  await dialog.waitFor({ state: 'hidden' });
  const [first] = await arrived();
  await row(page, 'orders', first).getByText('just changed').waitFor();

  // The gateway does it, and its answer is lost on the way to the page, which does not know and says so. The same is sent
  // again with the same key.
  const keys = [];
  let losing = true;
  await page.route('**/graphql', async (route) => {
    const request = route.request();
    if (!request.postData()?.includes('mutation Again')) return route.continue();
    keys.push(request.headers()['idempotency-key']);
    if (!losing) return route.continue();
    losing = false;
    await route.fetch();
    return route.abort();
  });
  await order('PO-TWICE');
  const retry = dialog.getByRole('button', { name: 'Try again' });
  await retry.waitFor();
  await dialog.getByText('We do not know whether this was done').waitFor();
  assert.equal(await reference.evaluate((own) => own.readOnly), true, 'only the same can be sent again');
  assert.equal((await placed()).length, 2);
  await retry.click();
  await dialog.waitFor({ state: 'hidden' });
  await until('the second one arrives', async () => (await arrived()).length === 2);
  assert.equal(keys.length, 2);
  assert.ok(keys[0].length >= 16 && keys[0] === keys[1], `one key: ${keys}`);

  // The system does it, and its answer is lost on the way to the gateway: that makes sure by itself, or says that it is not known.
  await page.locator('[data-focus="sap-cut"]').click();
  await page.locator('#backstage-said').filter({ hasText: 'its answer will be lost' }).waitFor();
  await order('PO-THIRD');
  await until('it is known, or not known yet', async () => !(await dialog.isVisible()) || (await retry.isVisible()));
  if (await dialog.isVisible()) await retry.click();
  await until('the third one arrives', async () => (await arrived()).length === 3);
  assert.equal(new Set(keys).size, 2, 'what is meant anew has a key of its own');
  assert.equal((await placed()).length, 3, 'the system has three orders, for three that were meant');

  // The system's own webhook of it comes, too, and makes no row of its own.
  await page.waitForTimeout(1500);
  assert.equal((await arrived()).length, 3);
}, { expected: /net::ERR_FAILED/ });
