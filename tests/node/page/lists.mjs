// Somebody signs in, and sees what is there, with where it is from and how fresh.
import assert from 'node:assert/strict';
import { ready, signIn, until, visit } from './browser.mjs';

await visit(async (page) => {
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Sign in to the customer portal');
  await signIn(page);
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Kestrel Marine BV');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'account-name', 'the focus goes where the page begins');
  for (const [list, from] of [['orders', 'the ERP'], ['tickets', 'the support desk'], ['invoices', 'billing']]) {
    const text = await page.locator(`#${list} .as-of`).innerText();
    assert.match(text, new RegExp(`as of \\d\\d:\\d\\d from ${from}`), list);
    assert.doesNotMatch(text, /not current/);
  }
  const first = await page.locator('#orders tbody tr').count();
  await page.getByRole('button', { name: 'More orders' }).click();
  await until('more orders are there', async () => (await page.locator('#orders tbody tr').count()) > first);

  // Who was signed in is so after a reload; another one is after signing out, with a choice of accounts where there are several.
  await page.reload();
  await ready(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: /Jonas Weber/ }).click();
  await ready(page);
  const name = await page.getByRole('heading', { level: 1 }).innerText();
  await page.getByLabel('Account').selectOption({ label: 'Nordsöhne Logistik KG' });
  await until('the other account is shown', async () => (await page.getByRole('heading', { level: 1 }).innerText()) !== name);
  await ready(page, ['orders']);
  await page.getByText('No tickets yet.').waitFor();
});
