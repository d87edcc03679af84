// The page of the worker, over a server that takes jobs from a cluster in its process.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { api, clusterOf, connectPier, open, settle, signIn, startBrowser, startDemo, startProbe, tell } from './harness.mjs';

const manifests = 'fairlead:harbour:write-manifests:1';
const canaries = { pin: 'canary-Zq7-pin-wvut', accessKey: 'canary-Zq7-access-wvut', secretKey: 'canary-Zq7-secret-wvut' };

let browser, demo, server, cluster, page;

before(async () => {
  [browser, demo, server] = await Promise.all([startBrowser(), startDemo(), startProbe('--cluster')]);
  cluster = clusterOf(server);
  page = await open(browser, server);
  await Promise.all([signIn(page, server), connectPier(server)]);
});
after(async () => {
  await browser?.close();
  await Promise.all([demo?.stop(), server?.stop()]);
});

const job = (params, more) => ({ type: manifests, process: 'ship-papers', element: 'Write_Manifests', variables: { connection: 'pier', params }, ...more });
const button = (p, name) => p.getByRole('button', { name, exact: true });
const row = (name) => page.getByRole('row', { name });
/** cell is the cell of a row under a heading. */
async function cell(line, heading) {
  const heads = await page.getByRole('region', { name: 'Job types' }).locator('thead th').allInnerTexts();
  return (await line.getByRole('cell').nth(heads.findIndex((h) => h.trim() === heading)).innerText()).trim().replace(/\n+/g, '\n');
}
const tile = (name) => page.locator('#main').getByText(name, { exact: true }).first().locator('xpath=following-sibling::*[1]');
const calm = (p, ...expected) => assert.deepEqual(p.faults.splice(0).filter((f) => !expected.some((e) => e.test(f))), [], 'console');

describe('without a cluster', () => {
  it('says what to set', async () => {
    const p = await open(browser, demo);
    await signIn(p, demo);
    await p.getByRole('link', { name: 'Worker', exact: true }).click();
    await p.getByText('No worker runs in this server').waitFor();
    await button(p, 'Copy Set, then start').click();
    assert.match(await p.evaluate(() => navigator.clipboard.readText()), /CAMUNDA_CLIENT_GRPCADDRESS=.+\n.*CAMUNDA_CLIENT_RESTADDRESS=.+\nfairlead serve$/);
    calm(p);
    await p.context().close();
  });
});

describe('with a cluster', () => {
  it('shows how it is reached, and that no job has come', async () => {
    await tell(server, (s) => s.cluster.connected);
    await page.goto('/worker');
    await page.getByRole('status').getByText('Connected', { exact: true }).waitFor();
    const { cluster: c, maxJobs, types } = await api(server, 'GET', '/api/v1/worker');
    for (const [name, value] of [['gRPC address', c.grpc], ['REST address', c.rest], ['Version', '8.10.0'], ['Size', '1 broker, 1 partition'], ['Credentials', 'None']])
      assert.equal(await row(new RegExp(`^${name}`)).getByRole('cell').innerText(), value);
    await page.getByText(`of ${maxJobs} at most`).waitFor();
    await page.getByText('No job has come since the worker began.').waitFor();
    await page.getByText('No job has failed.').waitFor();
    await button(page, 'Show them too').click();
    await page.waitForURL(/all=1/);
    await row(/Read Gate Key/).waitFor();
    assert.equal(await page.getByRole('region', { name: 'Job types' }).locator('tbody tr').count(), types.length);
    await button(page, 'Show only those with jobs').click();
    await page.getByText('No job has come since the worker began.').waitFor();
    calm(page);
  });

  it('shows jobs as they come, without being asked', async () => {
    await cluster.jobs([job({ ships: ['Aurora'], pause: 50 }), job({ ships: ['Beagle'], pause: 50 })]);
    const line = row(/Harbour Write Manifests/);
    await line.waitFor();
    await tell(server, (s) => s.completed === 2);
    await page.waitForFunction(() => [...document.querySelectorAll('tr')].some((r) => /Write Manifests/.test(r.textContent) && r.cells[3]?.textContent.startsWith('2')));
    const [shown] = (await api(server, 'GET', '/api/v1/worker')).types.filter((t) => t.type === manifests);
    assert.deepEqual(await Promise.all(['Comes by', 'Active', 'Begun', 'Failed (last)', 'BPMN errors'].map((h) => cell(line, h))), ['Stream', '0', '2', '0\n–', '0']);
    assert.match(await cell(line, 'Rate'), /^\d+\/min$/);
    assert.match(await cell(line, 'Average (last)'), /^\d+ ms\n\d+ ms$/);
    assert.match(await cell(line, 'Completed (last)'), /^2\n\d/);
    const time = line.locator('time').first();
    assert.equal(await time.getAttribute('title'), `${new Date(shown.lastCompleted).toISOString().replace('T', ' ').slice(0, 23)} UTC`);
    assert.ok((await time.innerText()).includes(new Date(shown.lastCompleted).toLocaleTimeString('en-GB', { timeZone: 'Europe/Berlin' })));
    assert.equal(await tile('Completed').innerText(), '2');
    calm(page);
  });

  it('shows a job that is in the works, and what is taken of the capacity', async () => {
    await cluster.jobs([job({ ships: ['Endurance'], pause: 8_000 })]);
    await page.getByRole('progressbar', { name: /^1 of \d+ places are taken$/ }).waitFor();
    assert.equal(await tile('Active').innerText(), '1');
  });

  it('shows failures with their input, but no secret of it', async () => {
    const s3 = { type: 'io.camunda:aws-s3:1', process: 'archive', element: 'Upload_Report', variables: { authentication: { type: 'credentials', accessKey: canaries.accessKey, secretKey: canaries.secretKey }, configuration: { region: 'eu-central-1' }, actionDiscriminator: 'uploadObject' } };
    const [lost, , , fog] = await cluster.jobs([job({ ships: ['Flying Dutchman'], pin: canaries.pin, notes: 'no secret' }), s3, job({}), job({ ships: ['Fog'] }, { retries: 2 })]);
    const { failures } = await tell(server, (s) => s.failures.length === 5);
    await page.waitForFunction(() => document.querySelectorAll('.failure').length === 5);
    const text = (await page.locator('.failure-head').allInnerTexts()).join('\n');
    for (const words of ['BPMN error NotFound', 'BPMN error Invalid', 'Failed, 1 retry left', 'Failed, no retries left', 'There is no ship called "Flying Dutchman"', 'Missing property', 'Upload_Report in archive']) assert.ok(text.includes(words), `${words} in ${text}`);
    assert.equal(failures.filter((f) => f.jobKey === fog).length, 2);
    const inputs = [];
    for (let n = 0; n < failures.length; n++) {
      await page.locator('.failure-head').nth(n).click(); // which closes the one before
      await page.locator('.failure').nth(n).getByText('Input', { exact: true }).waitFor();
      inputs.push(await page.getByLabel('input as JSON', { exact: true }).innerText());
      const dom = await page.evaluate(() => document.documentElement.outerHTML + JSON.stringify({ ...localStorage, ...sessionStorage }) + location.href);
      for (const c of Object.values(canaries)) assert.ok(!dom.includes(c), 'the page holds a secret');
    }
    const shown = JSON.parse(inputs[failures.findIndex((f) => f.jobKey === lost)]);
    assert.deepEqual(shown.params, { notes: 'no secret', pin: '***', ships: ['Flying Dutchman'] });
    for (const a of page.answers) if (a.url().endsWith('/api/v1/worker')) for (const c of Object.values(canaries)) assert.ok(!(await a.text().catch(() => '')).includes(c), 'an answer holds a secret');
    const log = server.log();
    for (const c of Object.values(canaries)) assert.ok(!log.includes(c), 'the log holds a secret');
    assert.equal(JSON.stringify(failures).split('***').length - 1, 3); // the canaries were there
    calm(page);
  });

  it('copies a failure, has an address for it, and leads to its run', async () => {
    const failure = (await api(server, 'GET', '/api/v1/worker')).failures.find((f) => f.errorCode === 'NotFound');
    await page.locator('.failure-head').filter({ hasText: failure.jobKey }).click();
    await button(page, 'Copy failure as JSON').click();
    assert.deepEqual(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())), failure);
    await button(page, 'Copy input as JSON').click();
    assert.deepEqual(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())), failure.input);
    await page.reload(); // the address keeps what is open
    await settle(page);
    const open = page.locator('.failure').filter({ hasText: 'Flying Dutchman' });
    await open.getByRole('link', { name: 'Show in runs' }).click();
    await page.waitForURL(new RegExp(`/runs\\?text=camunda%3A${failure.jobKey}$`));
    await page.getByRole('row', { name: /Write Manifests/ }).getByText('Failed').waitFor();
    assert.equal(await page.getByRole('row').count(), 2); // its heading, and the one run
    await page.goBack();
    await open.getByRole('link', { name: 'Write Manifests', exact: true }).click();
    await page.waitForURL(/\/runs\/[^?]+$/);
    await page.goBack();
    await page.locator('.failure-head').filter({ hasText: 'Upload_Report' }).click();
    await page.getByText('The job failed before it came to a run.').waitFor();
    await page.goto('/worker?failure=1@2026-01-01T00:00:00Z');
    await page.getByText('is no longer kept').waitFor();
    calm(page);
  });

  it('finds job types', async () => {
    await page.getByRole('textbox', { name: 'Search job types' }).fill('GATE-key');
    await row(/Harbour Read Gate Key/).waitFor();
    assert.equal(await row(/Write Manifests/).count(), 0);
    await page.getByRole('textbox', { name: 'Search job types' }).fill('nothing is called this');
    await page.getByText('No job type fits.').waitFor();
    calm(page);
  });

  it('says that the cluster is away, and what to do, until it is back', async () => {
    await page.goto('/worker');
    await settle(page);
    await cluster.down();
    const alert = page.getByRole('alert');
    await alert.getByText('the cluster is down').waitFor();
    await alert.getByText(/Check that it runs, and the addresses CAMUNDA_CLIENT_GRPCADDRESS/).waitFor();
    await alert.getByText('Not connected').waitFor();
    await cluster.up();
    await page.getByRole('status').getByText('Connected', { exact: true }).waitFor();
    await alert.waitFor({ state: 'detached' });
    calm(page);
  });

  it('says when the server does not answer, and keeps what is known', async () => {
    await page.route('**/api/v1/worker', (r) => r.abort());
    await page.getByRole('alert').getByText('The server cannot be reached.').waitFor({ timeout: 30_000 });
    await page.getByText('when the server last answered').waitFor();
    await row(/Harbour Write Manifests/).waitFor();
    await page.unroute('**/api/v1/worker');
    await button(page, 'Try again').click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    calm(page, /net::ERR_FAILED/);
  });

  it('asks again and again, but not while nobody looks', async () => {
    const asked = () => page.answers.filter((a) => a.url().endsWith('/api/v1/worker')).length;
    const turn = (to) => page.evaluate((v) => {
      Object.defineProperty(document, 'visibilityState', { value: v, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, to);
    await page.waitForResponse('**/api/v1/worker');
    await page.waitForResponse('**/api/v1/worker');
    await turn('hidden');
    await page.waitForTimeout(500); // an answer that is on its way
    const before = asked();
    await page.waitForTimeout(5_000);
    assert.equal(asked(), before);
    const next = page.waitForResponse('**/api/v1/worker');
    await turn('visible');
    await next;
    calm(page);
  });

  it('is used with the keyboard alone', async () => {
    const at = () => page.evaluate(() => ({ name: (document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim(), seen: getComputedStyle(document.activeElement).outlineStyle !== 'none' }));
    const to = async (name) => {
      for (let n = 0; n < 80; n++) {
        const now = await at();
        if (name.test(now.name)) return assert.ok(now.seen, `the focus on ${name} cannot be seen`);
        await page.keyboard.press('Tab');
      }
      assert.fail(`${name} is not reached`);
    };
    await page.goto('/');
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    await to(/^Worker$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Worker', exact: true }).waitFor();
    await page.locator('.failure').first().waitFor();
    await to(/^Show them too$/);
    await page.keyboard.press('Space');
    await row(/Read Gate Key/).waitFor();
    await to(/^Job types$/); // the table scrolls
    await to(/Flying Dutchman/);
    await page.keyboard.press('Enter');
    await page.getByLabel('input as JSON', { exact: true }).waitFor();
    await to(/^Copy input as JSON$/);
    await page.keyboard.press('Enter');
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /Flying Dutchman/);
    await to(/^Show in runs$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor();
    calm(page);
  });
});
