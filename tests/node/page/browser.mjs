// One visit of the demo's page in headless Chromium, driven over its DevTools protocol. What the console complains of, breaches
// of the page's own content security policy among it, fails the visit; `expected` is what a scenario itself brings about.
import assert from 'node:assert/strict';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

export const { GATEWAY, CONTROL } = process.env;
export const ANA = 'ana.lund@kestrel-marine.example';
const PATIENCE = 30_000;
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function browser() {
  if (process.env.CHROME) return process.env.CHROME;
  const places = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  assert.ok(found, 'the page is checked in Chromium, and there is none: install it (apt-get install chromium), or name one in CHROME');
  return found;
}

/** Visits the page, lets `scenario` do something there, and holds the console to silence. */
export async function visit(scenario, { expected = /^$/, before, ...options } = {}) {
  const launched = await chromium.launch({ executablePath: browser(), args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  const context = await launched.newContext({ locale: 'en-GB', timezoneId: 'Europe/Amsterdam', ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && !expected.test(message.text()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  const foreign = [];
  page.on('request', (request) => new URL(request.url()).origin === new URL(GATEWAY).origin || foreign.push(request.url()));
  try {
    await before?.(page);
    await page.goto(GATEWAY);
    await scenario(page);
    assert.deepEqual(complaints, [], 'the console is silent');
    assert.deepEqual(foreign, [], 'nothing is asked of anybody else');
  } catch (error) {
    if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${Date.now()}.png`), fullPage: true });
    const shown = await page.locator('body').innerText().catch(() => '');
    throw new Error(`${error.message}\n--- the page ---\n${shown}\n--- the console ---\n${complaints.join('\n')}`, { cause: error });
  } finally {
    await launched.close();
  }
}

/** Signs in with the mouse, and waits until every list is there and changes are heard. */
export async function signIn(page, name = 'Ana Lund') {
  await page.getByRole('button', { name: new RegExp(name) }).click();
  await ready(page);
}

export async function ready(page, lists = ['orders', 'invoices', 'tickets']) {
  await page.locator('.line[data-state="live"]').waitFor();
  for (const list of lists) await page.locator(`#${list} tbody tr`).first().waitFor();
}

/** Waits until something holds, and says what it waited for. */
export async function until(what, holds, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const now = await holds();
    if (now) return now;
    if (Date.now() > end) assert.fail(`in ${patience / 1000} seconds it was never so that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A call of the control port. */
export async function control(path, body, method = body ? 'POST' : 'GET') {
  const answer = await fetch(`${CONTROL}${path}`, { method, body: body && JSON.stringify(body) });
  return { ok: answer.ok, told: await answer.json() };
}

/** What the systems have booked of one operation. */
export async function booked(system, operation) {
  const { told } = await control('/ledger');
  return told.filter((entry) => entry.system === system && entry.operation === operation);
}

/** A row by what is in it. */
export const row = (page, list, text) => page.locator(`#${list} tbody tr`).filter({ hasText: text });

/** The texts of a list's first column, without what is for ears alone. */
export const numbers = (page, list) => page.locator(`#${list} tbody tr`).evaluateAll((rows) => rows.map((one) => /\d{3,}[\w-]*|\w+-\d+/.exec(one.cells[0].textContent)?.[0]));

/** Presses Tab until the focus is on what is called so. */
export async function tabTo(page, name) {
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const active = document.activeElement;
      return `${active?.labels?.[0]?.textContent ?? ''} ${active?.textContent ?? ''}`;
    });
    if (name.test(focused)) return;
  }
  assert.fail(`Tab never came to ${name}`);
}

const AXE = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** Looks for what keeps people out; what is moderate or worse fails. */
export async function accessible(page, where) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary}`) }));
  });
  assert.deepEqual(found.filter(({ impact }) => impact !== 'minor'), [], where);
}
