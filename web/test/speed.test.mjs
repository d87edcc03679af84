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

/** use goes through the pages as somebody would, and gives the slowest interaction. */
async function use() {
  await page.goto('/runs');
  await page.locator('tbody tr').nth(49).waitFor();
  const next = page.getByRole('button', { name: 'Next', exact: true });
  const firstRow = () => page.locator('tbody tr a').first().getAttribute('href');
  const other = (was) => page.waitForFunction((b) => document.querySelector('tbody tr a')?.getAttribute('href') !== b, was);
  const every = (text) => page.waitForFunction((t) => document.querySelectorAll('tbody tr').length === 50 && [...document.querySelectorAll('tbody tr')].every((r) => r.textContent.includes(t)), text);
  const seen = new Set([await firstRow()]);
  for (let n = 0; n < 6; n++) {
    const was = await firstRow();
    await next.click();
    await other(was);
    seen.add(await firstRow());
  }
  assert.equal(seen.size, 7, 'a page came twice');
  const was = await firstRow();
  await page.getByRole('button', { name: 'Previous', exact: true }).click();
  await other(was);
  await page.getByLabel('Search runs').pressSequentially('pier 3', { delay: 40 });
  await every('pier 3');
  await page.getByRole('combobox', { name: 'Outcome' }).click();
  await page.getByRole('option', { name: 'Failed', exact: true }).click();
  await every('Failed');
  await page.locator('tbody tr a').first().click();
  await page.getByRole('heading', { name: 'Write Manifests' }).waitFor();
  await page.goBack();
  await page.locator('tbody tr').nth(49).waitFor();
  await page.waitForTimeout(300); // the last entries of the observer
  return page.evaluate(() => ({ slowest: window.slowest, shifts: window.shifts }));
}

it('answers every interaction with 10,000 runs within 200 ms', async () => {
  // Other work on the machine counts as ours; the best of three rounds is the console's.
  let best = { slowest: Infinity, shifts: Infinity };
  for (let round = 0; round < 3 && (best.slowest >= limit.interaction || best.shifts > limit.shift); round++) {
    const found = await use();
    assert.ok(found.slowest > 0, 'nothing was measured');
    best = found.slowest < best.slowest ? found : best;
  }
  console.log(`| runs page with 10,000 runs: slowest interaction to next paint ${Math.round(best.slowest)} ms, layout shift ${best.shifts.toFixed(3)}`);
  assert.ok(best.slowest < limit.interaction, `${best.slowest} ms`);
  assert.ok(best.shifts <= limit.shift, `layout shift ${best.shifts}`);
  assert.deepEqual(page.faults, []);
});
