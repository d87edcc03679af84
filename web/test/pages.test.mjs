// Every page and state, in both schemes: no axe violations, no console errors, no
// reports of the content policy, little layout shift; screenshots on demand.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { api, clusterOf, connectPier, open, root, settle, signIn, startBrowser, startDemo, startProbe, tell } from './harness.mjs';

const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const shots = process.env.SCREENSHOTS === '1' ? join(root, 'docs', 'screenshots') : '';

let browser, demo, empty, busy, ids;

before(async () => {
  [browser, demo, empty, busy] = await Promise.all([startBrowser(), startDemo(), startProbe(), startProbe('--cluster')]);
  await Promise.all([demoToured(), jobsDone()]);
});
after(async () => {
  await browser?.close();
  await Promise.all([demo?.stop(), empty?.stop(), busy?.stop()]);
});

/** The demo's tour makes runs and files; pages are looked at when it is over. */
async function demoToured() {
  for (let n = 0; n < 200; n++) {
    const { runs } = await api(demo, 'GET', '/api/v1/runs');
    if (runs.length >= 8 && runs.every((r) => r.endedAt)) break;
    await new Promise((r) => setTimeout(r, 100));
  }
  const run = async (command, input, dryRun) => (await api(demo, 'POST', `/api/v1/integrations/aws-s3/commands/${command}/runs`, { connection: 'sandbox', input, dryRun })).runId;
  for (const name of ['SMTP_PASSWORD', 'payments/api-key', 'ÜBER']) await api(demo, 'PUT', `/api/v1/secrets/${encodeURIComponent(name)}`, { value: 'a value' });
  const good = await run('list-buckets', {});
  const failed = await run('list-bucket-objects', { bucketName: 'there-is-no-such-bucket' });
  const partial = await run('create-buckets', { bucketNames: ['browser-test-one', 'Bad_Name'] });
  const { connections } = await api(demo, 'GET', '/api/v1/connections');
  const { files } = await api(demo, 'GET', '/api/v1/files');
  ids = { ...ids, good, failed, partial, connection: connections.find((c) => c.integration === 'aws-s3').id, file: files[0].id };
}

/** The worker has done some jobs, failed some, and has one in the works. */
async function jobsDone() {
  await connectPier(busy);
  const job = (params, more) => ({ type: 'fairlead:harbour:write-manifests:1', process: 'ship-papers', element: 'Write_Manifests', variables: { connection: 'pier', params }, ...more });
  const gate = { type: 'fairlead:harbour:read-gate-key:1', process: 'night-shift', element: 'Open_Gate', variables: { connection: 'pier' } };
  const s3 = { type: 'io.camunda:aws-s3:1', process: 'archive', element: 'Upload_Report', variables: { authentication: { type: 'credentials', accessKey: 'AKIAEXAMPLE', secretKey: 'a secret' }, configuration: { region: 'eu-central-1' }, actionDiscriminator: 'uploadObject' } };
  await clusterOf(busy).jobs([
    ...Array.from({ length: 24 }, () => job({ ships: ['Aurora', 'Beagle'], pause: 20 })), gate, gate,
    job({ ships: ['Flying Dutchman'], pin: '1234', extra: { papers: ['crew list', 'cargo'] } }), job({ ships: ['Fog'] }, { retries: 2 }), s3,
  ]);
  const { failures } = await tell(busy, (s) => s.completed === 26 && s.failures.length === 4 && s.active === 0);
  await clusterOf(busy).jobs([job({ ships: ['Endurance'], pause: 60_000 })]);
  await tell(busy, (s) => s.active === 1);
  ids ??= {};
  const lost = failures.find((f) => f.outcome === 'throw');
  ids.failure = encodeURIComponent(`${lost.jobKey}@${lost.at}`);
}

/** Name of the view, its address, and what to do there before looking. */
const views = [
  ['home', () => '/'],
  ['integrations', () => '/integrations'],
  ['integration', () => '/integrations/aws-s3'],
  ['integration-overview', () => '/integrations/aws-s3?tab=overview'],
  ['integration-setup', () => '/integrations/aws-s3?tab=setup'],
  ['integration-permissions', () => '/integrations/aws-s3?tab=permissions&for=list-buckets,upload-files&of-bucket=evidence'],
  ['integration-connections', () => '/integrations/aws-s3?tab=connections'],
  ['integration-permissions-azure', () => '/integrations/azure-key-vault?tab=permissions&for=list-secrets'],
  ['command-test', () => '/integrations/aws-s3/commands/upload-files'],
  ['command-json', () => '/integrations/aws-s3/commands/upload-files', async (p) => p.getByText('JSON', { exact: true }).click()],
  ['command-errors', () => '/integrations/aws-s3/commands/list-bucket-objects', async (p) => p.getByRole('button', { name: 'Run', exact: true }).click()],
  ['command-result', () => '/integrations/aws-s3/commands/list-buckets', async (p) => {
    await p.getByRole('button', { name: 'Run', exact: true }).click();
    await p.getByRole('tab', { name: 'Raw Data' }).click();
    await p.getByRole('button', { name: 'Name', exact: true }).first().click();
  }],
  ['command-docs', () => '/integrations/aws-s3/commands/upload-files?tab=docs'],
  ['connections', () => '/connections', async (p) => p.getByLabel('Select sandbox', { exact: true }).check()],
  ['connection', () => `/connections/${ids.connection}`],
  ['connection-tested', () => `/connections/${ids.connection}`, async (p) => {
    await p.getByRole('button', { name: 'Test Connection' }).click();
    await p.getByText('Passed', { exact: true }).last().waitFor();
    for (const group of ['Authentication', 'Endpoint', 'Network']) {
      const control = p.getByRole('button', { name: group, exact: true });
      if ((await control.getAttribute('aria-expanded')) === 'false') await control.click();
    }
  }],
  ['connection-delete', () => `/connections/${ids.connection}`, async (p) => p.getByRole('button', { name: 'Delete', exact: true }).click()],
  ['connection-choose', () => '/connections/new'],
  ['connection-new', () => '/connections/new?integration=aws-s3', async (p) => p.getByRole('button', { name: 'Test Connection' }).click()],
  ['runs', () => '/runs'],
  ['runs-nothing', () => '/runs?text=nothing-is-called-this'],
  ['run', () => `/runs/${ids.good}`],
  ['run-failed', () => `/runs/${ids.failed}`],
  ['run-partial', () => `/runs/${ids.partial}`, async (p) => p.getByRole('tab', { name: /^Items/ }).click()],
  ['run-missing', () => '/runs/none', undefined, /status of 404/],
  ['files', () => '/files'],
  ['file', () => `/files/${ids.file}`],
  ['secrets', () => '/secrets'],
  ['secret-new', () => '/secrets', async (p) => {
    await p.getByRole('button', { name: 'Set secret' }).click();
    await p.getByRole('dialog').getByLabel(/^Name/).fill('API_KEY');
  }],
  ['secret-again', () => '/secrets', async (p) => p.getByRole('button', { name: 'Set again: payments/api-key' }).click()],
  ['secret-delete', () => '/secrets', async (p) => p.getByRole('button', { name: 'Delete SMTP_PASSWORD' }).click()],
  ['audit', () => '/audit', async (p) => {
    await p.getByRole('button', { name: 'Verify now' }).click();
    await p.getByText(/^Verified:/).waitFor();
    await p.getByRole('button', { name: /^Open entry/ }).first().click();
  }],
  ['tokens', () => '/settings/tokens'],
  ['token-new', () => '/settings/tokens', async (p) => p.getByRole('button', { name: 'Make token' }).first().click()],
  ['keys', () => '/settings/keys'],
  ['about', () => '/settings/about'],
  ['go-to', () => '/', async (p) => {
    await p.keyboard.press('Control+k');
    await p.getByRole('combobox', { name: 'Go to' }).fill('upload');
  }],
  ['not-found', () => '/no/such/page'],
];

const emptyViews = [
  ['empty-home', () => '/'],
  ['empty-connections', () => '/connections'],
  ['empty-runs', () => '/runs'],
  ['empty-files', () => '/files'],
  ['empty-secrets', () => '/secrets'],
  ['empty-worker', () => '/worker'],
  ['made-up-integration', () => '/integrations/harbour'],
  ['made-up-connection', () => '/connections/new?integration=harbour'],
  ['made-up-command', () => '/integrations/harbour/commands/write-manifests'],
];

const busyViews = [
  ['worker', () => '/worker', async (p) => p.getByRole('cell', { name: /Write Manifests/ }).waitFor()],
  ['worker-failure', () => `/worker?failure=${ids.failure}`, async (p) => p.getByRole('link', { name: 'Show in runs' }).waitFor()],
  ['worker-types', () => '/worker?type=harbour'],
  ['worker-away', () => '/worker', async (p) => {
    await clusterOf(busy).down();
    await p.getByRole('alert').getByText('the cluster is down').waitFor();
  }],
];

async function look(page, name, scheme, expected = []) {
  if (shots) await shoot(page, `${name}-${scheme}`);
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] }));
  const found = violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary?.split('\n')[1] ?? ''}`));
  const { reports, shifts } = await page.evaluate(() => ({ reports: window.cspReports, shifts: window.shifts }));
  const faults = page.faults.splice(0).filter((f) => !expected.some((e) => e.test(f)));
  assert.deepEqual({ axe: found, policy: reports, console: faults }, { axe: [], policy: [], console: [] });
  assert.ok(shifts <= 0.05, `layout shift ${shifts}`);
}

async function shoot(page, name) {
  mkdirSync(shots, { recursive: true });
  // Whole pages from their top, where they are not endless.
  const height = await page.evaluate(() => (window.scrollTo(0, 0), document.documentElement.scrollHeight));
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: height < 3400 });
}

/** fits tells what is wider than a narrow screen. */
async function fits(page) {
  const { width, height } = page.viewportSize();
  await page.setViewportSize({ width: 360, height: 740 });
  await page.waitForFunction(() => document.documentElement.scrollWidth <= 360, undefined, { timeout: 2000 }).catch(() => undefined);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  const who = await page.evaluate(() => [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > 361 && !e.closest('.mantine-ScrollArea-viewport, pre, [role=region]')).map((e) => `${e.tagName} ${e.className}`).slice(0, 4));
  await page.setViewportSize({ width, height });
  assert.ok(wide <= 360, `the page is ${wide} wide at 360: ${who.join('; ')}`);
}

const quiet = (page) => page.waitForTimeout(60); // answers that come after what was waited for

async function everyWay(page, name, expected) {
  await settle(page);
  await quiet(page);
  await look(page, name, 'light', expected);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('html[data-mantine-color-scheme=dark]').waitFor();
  try {
    await look(page, name, 'dark', expected);
    await fits(page);
  } finally {
    await page.emulateMedia({ colorScheme: 'light' });
  }
}

describe('pages in both schemes and at 360 pixels', () => {
  let page, bare, working;
  before(async () => {
    page = await open(browser, demo);
    bare = await open(browser, empty);
    await signIn(bare, empty);
    working = await open(browser, busy);
    await signIn(working, busy);
  });
  after(() => Promise.all([page, bare, working].map((p) => p?.context().close())));
  it('sign-in', async () => {
    await page.goto('/');
    await everyWay(page, 'sign-in', []);
    await signIn(page, demo);
  });
  for (const [list, which] of [[views, () => page], [emptyViews, () => bare], [busyViews, () => working]])
    for (const [name, address, act, expected] of list)
      it(name, async () => {
        const p = which();
        p.faults.length = 0;
        await p.goto(address());
        await settle(p);
        await act?.(p);
        await everyWay(p, name, expected ? [expected] : []);
      });
});
