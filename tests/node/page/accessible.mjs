// The page as axe looks at it: each state of it, light and dark, wide and narrow.
import assert from 'node:assert/strict';
import { accessible, signIn, visit } from './browser.mjs';

// What is behind the scenes answers late: the page is whole without it.
await visit(async (page) => {
  await signIn(page);
  await accessible(page, 'before the systems have told their state');
}, { before: (page) => page.route('**/demo/business/**', () => {}) });

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1280, 360]) {
    const where = `${colorScheme}, ${width} wide`;
    await visit(async (page) => {
      await page.getByRole('button', { name: /Ana Lund/ }).waitFor();
      await accessible(page, `signing in, ${where}`);
      await signIn(page);
      await accessible(page, `the lists, ${where}`);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wider, 0, `nothing is cut off, ${where}`);
      await page.locator('#tickets button.open').first().click();
      await page.locator('.said').first().waitFor();
      await accessible(page, `a ticket, ${where}`);
      await page.keyboard.press('Escape');
      await page.locator('#orders button.open').first().click();
      await page.getByRole('dialog').locator('tbody tr').first().waitFor();
      await accessible(page, `an order, ${where}`);
      await page.keyboard.press('Escape');
      await page.locator('[data-focus="sap-break"]').click();
      await page.locator('.systems .broken').waitFor();
      await page.getByRole('button', { name: 'Read again now' }).click();
      await page.locator('#orders .notice').filter({ visible: true }).waitFor();
      await accessible(page, `with a broken system, ${where}`);
      await page.getByRole('button', { name: 'Mend everything' }).click();
      await page.locator('.systems .broken').waitFor({ state: 'detached' });
    }, { colorScheme, viewport: { width, height: 900 }, reducedMotion: 'reduce' });
  }
}
