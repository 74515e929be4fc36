// The operator breaks a system: the page says so where it matters, the rest goes on, and it heals by itself.
import assert from 'node:assert/strict';
import { control, signIn, until, visit } from './browser.mjs';

await visit(async (page) => {
  await signIn(page);
  const notice = (list) => page.locator(`#${list} .notice`);
  const asOf = (list) => page.locator(`#${list} .as-of`);
  const own = page.locator('[data-system="sap"]');
  const rows = await page.locator('#orders tbody tr').count();

  await own.getByRole('button', { name: 'Break The ERP' }).click();
  await own.locator('.status.bad').filter({ hasText: 'is down (503)' }).waitFor();
  assert.equal((await control('/faults')).told.sap.mode, 'down');
  // What was read before is shown as long as that is allowed, and is said to be old.
  await until('orders are said to be old', async () => /not current/.test(await asOf('orders').innerText()));
  assert.match(await notice('orders').innerText(), /^The ERP does not answer at the moment: this is what it said at \d\d:\d\d/);
  assert.equal(await page.locator('#orders tbody tr').count(), rows);
  assert.equal(await notice('tickets').isVisible(), false, 'the desk goes on');

  // Whoever insists is told that there is nothing newer.
  await page.getByRole('button', { name: 'Read again now' }).click();
  await until('orders cannot be read', async () => /What is shown is what was read before/.test(await notice('orders').innerText()));
  await until('invoices are said to be part', async () => /The ERP does not answer: what it knows of is missing here/.test(await notice('invoices').innerText()));
  assert.match(await asOf('invoices').innerText(), /from billing/);
  assert.equal(await notice('tickets').isVisible(), false);
  assert.match(await page.locator('#tickets .as-of').innerText(), /from the support desk$/);

  // What is asked for the first time has nothing to fall back on; the dialog says so, and the page stays usable.
  await page.locator('#orders button.open').last().click();
  await page.getByRole('dialog').locator('.notice').first().filter({ hasText: 'The ERP does not answer' }).waitFor();
  await page.keyboard.press('Escape');

  await own.getByRole('button', { name: 'Mend The ERP' }).click();
  await until('orders are whole', async () => !(await notice('orders').isVisible()) && !/not current/.test(await asOf('orders').innerText()));
  await until('invoices are whole', async () => !(await notice('invoices').isVisible()));
  assert.match(await asOf('invoices').innerText(), /from the ERP/);
});
