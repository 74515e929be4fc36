// Somebody without a mouse signs in, reads a ticket, and answers it.
import assert from 'node:assert/strict';
import { booked, numbers, ready, row, tabTo, until, visit } from './browser.mjs';

await visit(async (page) => {
  const press = (key) => page.keyboard.press(key);
  await page.getByRole('button', { name: /Ana Lund/ }).waitFor();
  await tabTo(page, /Ana Lund/);
  await press('Enter');
  await ready(page);
  const [, number] = await numbers(page, 'tickets');
  await tabTo(page, new RegExp(`Ticket ${number}`));
  await press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.locator('.said').first().waitFor();
  const before = await page.locator('.said').count();

  // An empty reply is refused at the field, without being sent.
  await tabTo(page, /Send reply/);
  await press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-invalid')), 'true');
  assert.match(await page.locator('#field-body-wrong').innerText(), /Write something first/);

  await page.keyboard.type('It leaks again, since this morning.');
  await press('Tab');
  await press('Enter');
  const said = page.locator('.said').filter({ hasText: 'It leaks again, since this morning.' });
  await said.waitFor();
  assert.equal(await said.count(), 1);
  await until('one more is said', async () => (await page.locator('.said').count()) === before + 1);
  await press('Escape');
  await until('the focus is where it was', () => page.evaluate((own) => document.activeElement.textContent.includes(own), number));
  assert.equal((await booked('zendesk', 'update')).length + (await booked('zendesk', 'reply')).length, 1, 'the desk has it once');
  assert.equal(await row(page, 'tickets', number).count(), 1);
});
