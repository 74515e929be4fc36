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
    await page.locator('#orders button.open').last().click();
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

  // The system does it, and its answer is lost. The page asks again with the same key, by itself or by the person.
  await page.locator('[data-focus="sap-cut"]').click();
  await page.locator('#backstage-said').filter({ hasText: 'its answer will be lost' }).waitFor();
  await order('PO-TWICE');
  const retry = dialog.getByRole('button', { name: 'Try again' });
  await until('it is known, or not known yet', async () => (await arrived()).length === 2 || (await retry.isVisible()));
  if (await retry.isVisible()) {
    assert.equal(await reference.evaluate((own) => own.readOnly), true, 'only the same can be sent again');
    await retry.click();
  }
  await until('the second one arrives', async () => (await arrived()).length === 2);
  assert.equal((await placed()).length, 2, 'the system has two orders, for two that were meant');

  // The system's own webhook of it comes, too, and makes no row of its own.
  await page.waitForTimeout(1500);
  assert.equal((await arrived()).length, 2);
});
