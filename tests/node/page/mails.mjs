// Whoever asked is mailed the desk's answer, and the operator's side of the page shows that mail.
import assert from 'node:assert/strict';
import { ANA, GATEWAY, accessible, control, row, signIn, tabTo, until, visit } from './browser.mjs';

async function asked() {
  const token = await (await fetch(`${GATEWAY}/demo/token?as=${ANA}`)).text();
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const query = `mutation { createTicket(input: { subject: "The seal leaks", body: "Since Monday.", idempotencyKey: "seal-monday-1" }) {
    ticket { number } userErrors { message } } }`;
  const answer = await (await fetch(`${GATEWAY}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })).json();
  return answer.data.createTicket.ticket.number;
}

await visit(async (page) => {
  await signIn(page);
  assert.equal(await page.locator('#mails-none').isVisible(), true);
  const number = await asked();
  await row(page, 'tickets', number).waitFor();
  // A new ticket is told to colleagues, and not to whoever opened it.
  const mails = page.locator('#mails li');
  await mails.filter({ hasText: `New ticket ${number}` }).first().waitFor();

  await page.getByRole('button', { name: 'Answer a ticket' }).click();
  const said = page.locator('#backstage-said').filter({ hasText: 'was answered' });
  await said.waitFor();
  // It is a ticket of hers that is answered: this one, or an older one.
  const [own] = /\d+/.exec(await said.innerText());
  const answered = mails.filter({ hasText: `(ticket ${own})` });
  await answered.waitFor();
  assert.match(await answered.innerText(), new RegExp(`^\\d\\d:\\d\\d:\\d\\d to ${ANA.replaceAll('.', '\\.')}`));
  await until('a screen reader is told', async () => (await page.locator('#announcer').textContent()).includes(`Mail to ${ANA}`));
  assert.equal(await mails.filter({ hasText: ANA }).count(), 1, 'nobody is mailed what they did themselves');
  assert.equal(await page.locator('#mails-none').isVisible(), false);

  // It opens without a mouse.
  const letter = answered.locator('.letter');
  assert.equal(await letter.isVisible(), false);
  await tabTo(page, new RegExp(`\\(ticket ${own}\\)`));
  await page.keyboard.press('Enter');
  await until('the letter is open', () => letter.isVisible());
  assert.match(await letter.innerText(), /^Hello Ana Lund,\s+.+ has answered your ticket/);
  await accessible(page, 'with a mail that is open');

  // The control port has it too.
  const { told } = await control('/mails');
  assert.ok(told.some(({ to, subject, language }) => to[0] === ANA && subject.endsWith(`(ticket ${own})`) && language === 'en'), JSON.stringify(told));
}, { reducedMotion: 'reduce' });
