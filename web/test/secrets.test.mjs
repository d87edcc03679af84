// A canary in every secret field is found nowhere afterwards: not in the page, the
// browser's storage, addresses, answers or logs.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { api, open, settle, signIn, startBrowser, startProbe } from './harness.mjs';

let browser, probe, page;
const canaries = [];

before(async () => {
  [browser, probe] = await Promise.all([startBrowser(), startProbe()]);
  page = await open(browser, probe);
  await signIn(page, probe);
});
after(async () => {
  await browser?.close();
  await probe?.stop();
});

const forms = (s) => [s, encodeURIComponent(s), Buffer.from(s).toString('base64').replace(/=+$/, '').slice(2, -2), Buffer.from(s).toString('hex'), [...s].reverse().join('')];

/** plant types a canary into every password field of the page. */
async function plant() {
  const fields = await page.locator('input[type=password]:visible').all();
  for (const f of fields) {
    const canary = `canary-Zq7%${canaries.length}-${'wvut'.repeat(3)}`;
    canaries.push(canary);
    await f.fill(canary);
  }
  return fields.length;
}

async function everywhere() {
  const seen = await page.evaluate(async () => {
    const attributes = [...document.querySelectorAll('*')].map((e) => [...e.attributes].map((a) => a.value).join('\n') + ('value' in e ? `\n${e.value}` : '')).join('\n');
    const databases = (await indexedDB.databases?.()) ?? [];
    return { html: document.documentElement.outerHTML, attributes, local: JSON.stringify({ ...localStorage }), session: JSON.stringify({ ...sessionStorage }), cookies: document.cookie, history: JSON.stringify(history.state) + location.href, databases: JSON.stringify(databases), caches: JSON.stringify(await caches.keys()) };
  });
  const answers = [];
  for (const a of page.answers) {
    answers.push(a.url(), JSON.stringify(await a.allHeaders().catch(() => ({}))));
    answers.push(await a.text().catch(() => ''));
  }
  seen.answers = answers.join('\n');
  seen.log = probe.log();
  seen.data = readdirSync(probe.dir, { recursive: true }).map((n) => join(probe.dir, n)).filter((p) => statSync(p).isFile()).map((p) => readFileSync(p, 'latin1')).join('\n');
  return seen;
}

async function assertNowhere(list, what) {
  const places = await everywhere();
  for (const secret of list) for (const [place, text] of Object.entries(places)) for (const form of forms(secret)) assert.ok(!text.includes(form), `${what}: ${place} holds a secret`);
  return places;
}

const kept = async (label, fill) => {
  if (fill) await page.getByLabel(label).fill(fill);
};

it('finds a canary when there is one', async () => {
  await page.evaluate(() => localStorage.setItem('planted', 'planted-canary-for-the-harness'));
  await assert.rejects(assertNowhere(['planted-canary-for-the-harness'], 'planted'));
  await page.evaluate(() => localStorage.removeItem('planted'));
});

it('keeps the token that signed in', async () => {
  // The ready file holds it, because this test asked for it there.
  const places = await everywhere();
  for (const [place, text] of Object.entries(places)) if (place !== 'data') assert.ok(!text.includes(probe.token), `${place} holds the token`);
});

it('keeps the secrets of connections', async () => {
  await page.goto('/connections/new?integration=harbour');
  await settle(page);
  await kept('Connection Name', 'canary');
  await page.getByRole('button', { name: 'Extra', exact: true }).click();
  assert.equal(await plant(), 2);
  await page.getByRole('combobox', { name: 'Login' }).click();
  await page.getByRole('option', { name: 'Badge' }).click();
  const badge = 'canary-Zq7%badge-wvutwvut';
  canaries.push(badge);
  await page.getByLabel('Badge Code').and(page.locator('input')).fill(badge);
  await page.getByRole('button', { name: 'Test Connection' }).click();
  await page.getByRole('status').getByText('Passed', { exact: true }).waitFor();
  const typed = await page.evaluate(() => document.documentElement.outerHTML + JSON.stringify({ ...sessionStorage }));
  for (const c of canaries) assert.ok(!typed.includes(c), 'markup or storage holds a secret while it is typed');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('heading', { name: 'canary', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Replace Badge Code' }).click();
  await plant();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('The connection canary was saved.').waitFor();
  await page.reload();
  await settle(page);
  await assertNowhere(canaries, 'connection');
});

it('keeps the secrets of commands', async () => {
  await page.goto('/integrations/harbour/commands/write-manifests');
  await settle(page);
  await page.getByLabel('Ships').and(page.locator('input')).fill('Aurora');
  await page.keyboard.press('Enter');
  assert.equal(await plant(), 1);
  await page.getByRole('button', { name: 'Copy as' }).click();
  await page.getByRole('menuitem', { name: 'curl' }).click();
  assert.ok(!canaries.some((c) => page.evaluate(() => navigator.clipboard.readText()).toString().includes(c)));
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(copied.includes('"pin":"SECRET"'));
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByRole('heading', { name: 'Result', exact: true }).waitFor();
  await page.getByRole('link', { name: 'Open this run' }).click();
  await page.getByText('Audit entries').waitFor();
  await page.reload();
  await settle(page);
  const { runs } = await api(probe, 'GET', '/api/v1/runs?command=write-manifests');
  await page.goto(`/integrations/harbour/commands/write-manifests?from=${runs[0].runId}`);
  await settle(page);
  assert.equal(await page.locator('input[type=password]').inputValue(), '');
  for (const path of ['/', '/runs', '/audit', '/connections', '/settings/about']) {
    await page.goto(path);
    await settle(page);
  }
  await assertNowhere(canaries, 'command');
  assert.ok(canaries.length >= 5);
});
