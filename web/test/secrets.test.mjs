// A canary in every secret field is found nowhere afterwards: not in the page, the
// browser's storage, addresses, answers or logs.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { api, open, settle, signIn, startBrowser, startDemo, startProbe } from './harness.mjs';
import { selfSigned } from './pem.mjs';

let browser, probe, demo, page;
const canaries = [];

before(async () => {
  [browser, probe, demo] = await Promise.all([startBrowser(), startProbe(), startDemo()]);
  page = await open(browser, probe);
  await signIn(page, probe);
});
after(async () => {
  await browser?.close();
  await Promise.all([probe?.stop(), demo?.stop()]);
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

async function everywhere(page, server) {
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
  seen.log = server.log();
  seen.data = readdirSync(server.dir, { recursive: true }).map((n) => join(server.dir, n)).filter((p) => statSync(p).isFile()).map((p) => readFileSync(p, 'latin1')).join('\n');
  return seen;
}

const around = (text, form) => text.slice(Math.max(0, text.indexOf(form) - 80), text.indexOf(form) + form.length + 40);

async function assertNowhere(list, what, at = page, server = probe) {
  const places = await everywhere(at, server);
  for (const secret of list) for (const [place, text] of Object.entries(places)) for (const form of forms(secret)) assert.ok(!text.includes(form), `${what}: ${place} holds a secret: ${around(text, form)}`);
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
  const places = await everywhere(page, probe);
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

it('keeps the secrets for jobs', async () => {
  await page.goto('/secrets');
  await settle(page);
  const typed = 'canary-Zq7%job-typed-wvut', pasted = `canary-Zq7%job-pasted-wvut\nsecond-line-of-it`, filed = 'canary-Zq7%job-file-wvut';
  const all = [typed, pasted.split('\n')[0], filed];
  const dialog = page.getByRole('dialog');
  const within = async (name, give) => {
    await page.getByRole('button', { name, exact: true }).click();
    if (name === 'Set secret') await dialog.getByLabel(/^Name/).fill('API_KEY');
    await give();
    const during = await page.evaluate(() => document.documentElement.outerHTML + JSON.stringify({ ...sessionStorage, ...localStorage }));
    for (const c of all) assert.ok(!during.includes(c), 'markup or storage holds a secret while it is typed');
    await dialog.getByRole('button', { name: /^Set/ }).last().click();
    await dialog.waitFor({ state: 'detached' });
  };
  await within('Set secret', () => dialog.locator('input[type=password]').fill(typed));
  await within('Set again: API_KEY', async () => {
    await page.evaluate((t) => navigator.clipboard.writeText(t), pasted);
    await dialog.locator('input[type=password]').press('Control+v');
    await dialog.getByText('Pasted text of 2 lines').waitFor();
  });
  await within('Set again: API_KEY', () => dialog.locator('input[type=file]').setInputFiles({ name: 'key.txt', mimeType: 'text/plain', buffer: Buffer.from(filed) }));
  await page.evaluate(() => navigator.clipboard.writeText(''));
  // What is refused is not said back either.
  const refused = await fetch(`${probe.url}/api/v1/secrets/A%20B`, { method: 'PUT', headers: { Authorization: `Bearer ${probe.token}` }, body: JSON.stringify({ value: typed }) });
  assert.equal(refused.status, 400);
  assert.ok(!(await refused.text()).includes(typed));
  for (const path of ['/secrets', '/audit', '/']) {
    await page.goto(path);
    await settle(page);
  }
  await assertNowhere(all, 'secrets for jobs');
});

describe('every secret field of every connection form', () => {
  // A cloud, and a proxy, that says back the secrets that it is given now. Nobody could know others for secrets.
  const told = [];
  let given = [];
  const refusal = () => given.flatMap((c) => [c, Buffer.from(c).toString('base64'), encodeURIComponent(c)]).join(' ');
  const cloud = createServer((req, res) => res.writeHead(403, { 'Content-Type': 'application/xml' }).end(`<Error><Code>Refused</Code><Message>${refusal()}</Message></Error>`));
  cloud.on('connect', (_, socket) => socket.on('error', () => undefined).end(`HTTP/1.1 403 Refused\r\nContent-Type: text/plain\r\n\r\n${refusal()}`));
  let p, address, filled;
  before(async () => {
    await new Promise((done) => cloud.listen(0, '127.0.0.1', done));
    address = `http://127.0.0.1:${cloud.address().port}`;
    p = await open(browser, demo);
    await signIn(p, demo);
  });
  after(async () => {
    cloud.closeAllConnections();
    await new Promise((done) => cloud.close(done));
    await p?.context().close();
  });

  const secretsOf = (schema) => Object.entries(schema.properties).filter(([, f]) => f['x-secret']);
  const applies = (f, data) => !f['x-when'] || f['x-when'].values.includes(String(data[f['x-when'].field] ?? ''));

  /** ways are the choices under which every secret applies at least once. */
  function ways(schema) {
    const defaults = Object.fromEntries(Object.entries(schema.properties).filter(([, f]) => f.default !== undefined).map(([id, f]) => [id, f.default]));
    const others = secretsOf(schema).filter(([, f]) => !applies(f, defaults)).map(([, f]) => ({ [f['x-when'].field]: f['x-when'].values[0] }));
    return [{}, ...others.filter((o, i) => others.findIndex((x) => JSON.stringify(x) === JSON.stringify(o)) === i)].map((choice) => ({ choice, data: { ...defaults, ...choice } }));
  }

  async function openGroups() {
    const closed = p.locator('#main button[aria-expanded=false]:not([aria-haspopup])');
    while ((await closed.count()) > 0) await closed.first().click();
  }

  /** plantIn types a canary of the kind that the field takes, and gives what to look for. */
  async function plantIn(integration, id) {
    const field = p.locator(`input[type=password]#settings_${id}`);
    filled.add(id);
    if (id === 'clientCertificate') {
      const { certificate, key } = selfSigned();
      await p.evaluate((t) => navigator.clipboard.writeText(t), certificate + key);
      await field.press('Control+v');
      await p.getByText(/^Pasted text of \d+ lines$/).waitFor();
      await p.evaluate(() => navigator.clipboard.writeText(''));
      return key.split('\n').slice(4, 9);
    }
    const canary = `canary-Zq7%${integration}-${id}-${told.length}-wvut`;
    given.push(canary); // a private key is never sent
    await field.fill(id === 'proxyCredentials' ? `user:${canary}` : canary);
    return [canary];
  }

  async function plantAll(integration, schema, data, press) {
    given = [];
    for (const [id, f] of secretsOf(schema)) {
      if (!applies(f, data)) continue;
      if (press) await p.getByRole('button', { name: `Replace ${f.title}`, exact: true }).click();
      told.push(...(await plantIn(integration, id)));
    }
    const typed = await p.evaluate(() => document.documentElement.outerHTML + JSON.stringify({ ...sessionStorage, ...localStorage }));
    for (const c of told) assert.ok(!typed.includes(c), `${integration}: markup or storage holds a secret while it is typed`);
  }

  async function fillRest(schema, data) {
    for (const [id, f] of Object.entries(schema.properties)) {
      const wanted = schema.required?.includes(id) || ['endpointUrl', 'proxy'].includes(id) || f['x-when']?.field in data;
      const value = f.format === 'uri' ? address : f.examples?.[0];
      if (f['x-secret'] || f.default !== undefined || !applies(f, data) || !wanted || value === undefined) continue;
      if (f['x-when']?.field === 'cloud') continue;
      await p.locator(`#settings_${id}`).fill(String(value));
    }
  }

  async function travel(integration, schema, { choice, data }, n) {
    await p.goto(`/connections/new?integration=${integration}`);
    await settle(p);
    await p.getByLabel('Connection Name').fill(`canary ${integration} ${n}`);
    await openGroups();
    for (const [id, value] of Object.entries(choice)) {
      await p.getByRole('combobox', { name: schema.properties[id].title }).click();
      await p.getByRole('option', { name: value, exact: true }).click();
    }
    await fillRest(schema, data);
    await plantAll(integration, schema, data, false);
    await p.getByRole('button', { name: 'Test Connection' }).click();
    await p.getByRole('alert').filter({ hasText: 'Test Connection failed' }).waitFor({ timeout: 60_000 });
    await p.getByRole('button', { name: 'Add', exact: true }).click();
    await p.getByRole('heading', { name: `canary ${integration} ${n}`, exact: true }).waitFor();
    await settle(p);
    await openGroups();
    await plantAll(integration, schema, data, true);
    await p.getByRole('button', { name: 'Save', exact: true }).click();
    await p.getByText(`The connection canary ${integration} ${n} was saved.`).waitFor();
    await p.getByRole('button', { name: 'Test Connection' }).click();
    await p.getByRole('alert').filter({ hasText: 'Test Connection failed' }).waitFor({ timeout: 60_000 });
    await p.reload();
    await settle(p);
  }

  it('finds no canary of theirs anywhere', async () => {
    const { integrations } = await api(demo, 'GET', '/api/v1/integrations');
    const connected = integrations.filter((i) => i.hasConnection);
    for (const must of ['aws-s3', 'azure-key-vault']) assert.ok(connected.some((i) => i.id === must), `${must} is not there`);
    let fields = 0;
    for (const { id } of connected) {
      const { connection } = await api(demo, 'GET', `/api/v1/integrations/${id}`);
      filled = new Set();
      for (const [n, way] of ways(connection.schema).entries()) await travel(id, connection.schema, way, n);
      assert.deepEqual([...filled].sort(), secretsOf(connection.schema).map(([f]) => f).sort(), `${id}: secret fields that were filled`);
      fields += filled.size;
    }
    const { runs } = await api(demo, 'GET', '/api/v1/runs?command=test-connection');
    assert.ok(runs.some((r) => r.returnData === 'Failed'));
    for (const path of [`/runs/${runs[0].runId}`, '/runs', '/audit', '/connections', '/']) {
      await p.goto(path);
      await settle(p);
    }
    await assertNowhere(told, 'connection form', p, demo);
    assert.ok(JSON.stringify(runs).length > 0 && told.length >= 2 * fields, 'too few canaries');
    console.log(`FIGURE: browser: ${told.length} canaries in ${fields} secret fields of ${connected.length} connection forms, 0 found`);
  });

  it('would find one', async () => {
    await p.evaluate((c) => document.body.setAttribute('data-planted', c), told[0]);
    await assert.rejects(assertNowhere(told, 'planted', p, demo));
  });
});
