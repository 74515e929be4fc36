// Documents are there with where they are kept, and one is added. Where the gateway serves links, files are opened by those that are
// asked for when they are opened; where it does not, the page offers none.
import assert from 'node:assert/strict';
import { ANA, GATEWAY, signIn, visit } from './browser.mjs';

/** Whether files have links in the graph that is served. */
async function linked() {
  const token = await (await fetch(`${GATEWAY}/demo/token?as=${ANA}`)).text();
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const body = JSON.stringify({ query: '{ __type(name: "File") { fields { name } } }' });
  const { data } = await (await fetch(`${GATEWAY}/graphql`, { method: 'POST', headers, body })).json();
  return data.__type?.fields.some(({ name }) => name === 'url') ?? false;
}

await visit(async (page) => {
  await signIn(page);
  const documents = page.locator('#documents tbody tr');
  await documents.first().waitFor();
  assert.match(await page.locator('#documents .as-of').innerText(), /as of \d\d:\d\d from the document store/);

  // Without a file nothing is sent; what is wrong stands at the field.
  await page.getByRole('button', { name: 'Add document' }).click();
  await page.getByText('Choose a file first.').waitFor();
  const file = { name: 'checked-valve.txt', mimeType: 'text/plain', buffer: Buffer.from('The valve was checked.\n') };
  await page.getByLabel('Add a document').setInputFiles(file);
  await page.getByRole('button', { name: 'Add document' }).click();
  const added = documents.filter({ hasText: 'checked-valve.txt' });
  await added.waitFor();
  assert.equal(await added.count(), 1);

  if (!(await linked())) {
    assert.equal(await page.getByRole('button', { name: /^Open the file/ }).count(), 0);
    return;
  }
  const opened = async (row) => {
    const [download] = await Promise.all([page.waitForEvent('download'), row.getByRole('button', { name: /^Open/ }).click()]);
    const parts = [];
    for await (const part of await download.createReadStream()) parts.push(part);
    return { name: download.suggestedFilename(), bytes: Buffer.concat(parts) };
  };
  const { name, bytes } = await opened(added);
  assert.equal(name, 'checked-valve.txt');
  assert.equal(bytes.toString(), 'The valve was checked.\n');

  // Bills of the ERP have a file as those of billing have.
  const invoices = page.locator('#invoices tbody tr');
  const opens = page.getByRole('button', { name: /^Open the file/ });
  assert.equal(await invoices.filter({ has: opens }).count(), await invoices.count());
  for (const number of ['KEST1-', '90000']) {
    const pdf = await opened(invoices.filter({ hasText: number }).first());
    assert.match(pdf.name, /\.pdf$/i);
    assert.equal(pdf.bytes.subarray(0, 5).toString(), '%PDF-');
  }
});
