// Ten thousand runs stay fluid, and the first view is small.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { open, settle, startBrowser, startProbe } from './harness.mjs';

const limit = { interaction: 200, first: 350_000, shift: 0.05 };
let browser, probe, page;

before(async () => {
  [browser, probe] = await Promise.all([startBrowser(), startProbe('--runs', '10000')]);
  page = await open(browser, probe);
});
after(async () => {
  await browser?.close();
  await probe?.stop();
});

it('loads its first view in at most 350 kB, compressed', async () => {
  await page.goto('/');
  await page.getByLabel('Token', { exact: true }).fill(probe.token);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  await settle(page);
  const sizes = await page.evaluate(() => performance.getEntries().filter((e) => ['navigation', 'resource'].includes(e.entryType)).map((e) => [e.name, e.encodedBodySize, e.decodedBodySize]));
  const code = sizes.filter(([name]) => !name.includes('/api/'));
  const sum = code.reduce((n, [, size]) => n + size, 0);
  console.log(`| first view: ${code.length} files, ${Math.round(sum / 1000)} kB compressed, ${Math.round(code.reduce((n, [, , size]) => n + size, 0) / 1000)} kB unpacked`);
  assert.ok(sum <= limit.first, `${sum} bytes`);
  for (const [name, packed, size] of code) assert.ok(size < 2000 || packed < size, `${name} is not compressed`);
});

it('answers every interaction with 10,000 runs within 200 ms', async () => {
  await page.goto('/runs');
  await page.locator('tbody tr').nth(49).waitFor();
  await page.evaluate(() => (window.slowest = 0));
  const next = page.getByRole('button', { name: 'Next', exact: true });
  const firstRow = () => page.locator('tbody tr a').first().getAttribute('href');
  const seen = new Set([await firstRow()]);
  for (let n = 0; n < 6; n++) {
    const before = await firstRow();
    await next.click();
    await page.waitForFunction((b) => document.querySelector('tbody tr a')?.getAttribute('href') !== b, before);
    seen.add(await firstRow());
  }
  assert.equal(seen.size, 7, 'a page came twice');
  const back = await firstRow();
  await page.getByRole('button', { name: 'Previous', exact: true }).click();
  await page.waitForFunction((b) => document.querySelector('tbody tr a')?.getAttribute('href') !== b, back);
  await page.getByLabel('Search runs').pressSequentially('pier 3', { delay: 40 });
  await page.waitForFunction(() => [...document.querySelectorAll('tbody tr')].length === 50 && [...document.querySelectorAll('tbody tr')].every((r) => r.textContent.includes('pier 3')));
  await page.getByRole('combobox', { name: 'Outcome' }).click();
  await page.getByRole('option', { name: 'Failed', exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 50 && [...document.querySelectorAll('tbody tr')].every((r) => r.textContent.includes('Failed')));
  await page.locator('tbody tr a').first().click();
  await page.getByRole('heading', { name: 'Write Manifests' }).waitFor();
  await page.goBack();
  await page.locator('tbody tr').nth(49).waitFor();
  await page.waitForTimeout(300);
  const { slowest, shifts } = await page.evaluate(() => ({ slowest: window.slowest, shifts: window.shifts }));
  console.log(`| runs page with 10,000 runs: slowest interaction to next paint ${Math.round(slowest)} ms, layout shift ${shifts.toFixed(3)}`);
  assert.ok(slowest > 0, 'nothing was measured');
  assert.ok(slowest < limit.interaction, `${slowest} ms`);
  assert.ok(shifts <= limit.shift, `layout shift ${shifts}`);
  assert.deepEqual(page.faults, []);
});
