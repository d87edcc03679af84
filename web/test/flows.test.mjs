// The main flow of each page, in a real browser against real servers.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { api, open, settle, signIn, startBrowser, startDemo, startProbe } from './harness.mjs';

let browser, demo, probe, page, harbour;

before(async () => {
  [browser, demo, probe] = await Promise.all([startBrowser(), startDemo(), startProbe()]);
  page = await open(browser, demo);
  harbour = await open(browser, probe);
  await signIn(page, demo);
  await signIn(harbour, probe);
});
after(async () => {
  await browser?.close();
  await Promise.all([demo?.stop(), probe?.stop()]);
});

const button = (p, name) => p.getByRole('button', { name, exact: true });
/** field is the control of a label, whose star is part of its text. */
const field = (p, label) => p.getByLabel(new RegExp(`^${label}( \\*)?$`)).and(p.locator('input, textarea, [contenteditable]'));
const clip = (p) => p.evaluate(() => navigator.clipboard.readText());
const calm = (p, ...expected) => {
  assert.deepEqual(p.faults.splice(0).filter((f) => !expected.some((e) => e.test(f))), [], 'console');
};

describe('sign-in', () => {
  it('refuses a wrong token and says what to do', async () => {
    const p = await open(browser, demo);
    await p.goto('/runs');
    await field(p, 'Token').fill(`flt_${'x'.repeat(43)}`);
    await button(p, 'Sign in').click();
    await p.getByRole('alert').getByText('This token is not valid').waitFor();
    assert.equal(await p.evaluate(() => document.cookie), '', 'pages can read a cookie');
    await field(p, 'Token').fill(demo.token);
    await button(p, 'Sign in').click();
    await p.getByRole('heading', { name: 'Runs', exact: true }).waitFor(); // where the link led
    const [cookie] = await p.context().cookies();
    assert.ok(cookie.httpOnly && cookie.sameSite === 'Strict' && !cookie.value.includes(demo.token));
    await p.getByRole('button', { name: /^Signed in as/ }).click();
    await p.getByRole('menuitem', { name: 'Sign out' }).click();
    await button(p, 'Sign in').waitFor();
    await p.goto('/connections');
    await button(p, 'Sign in').waitFor();
    calm(p, /status of 401/);
    await p.context().close();
  });
  it('goes back to the sign-in page when the token is revoked', async () => {
    const { token, id } = await api(demo, 'POST', '/api/v1/tokens', { name: 'short-lived', scopes: ['read'] });
    const p = await open(browser, demo);
    await signIn(p, { ...demo, token });
    assert.equal(await p.getByRole('link', { name: 'Add connection' }).count(), 0, 'a control that the token may not use');
    await api(demo, 'DELETE', `/api/v1/tokens/${id}`);
    // A page that looks again by itself may notice first, and takes the link away.
    await p.getByRole('link', { name: 'Runs', exact: true }).click({ timeout: 3000 }).catch(() => {});
    await button(p, 'Sign in').waitFor();
    await p.context().close();
  });
});

describe('catalogue', () => {
  it('finds an integration and makes the policy of ticked commands', async () => {
    await page.goto('/integrations');
    await field(page, 'Search integrations').fill('bucket');
    await page.getByRole('link', { name: 'AWS S3' }).click();
    await page.getByRole('tab', { name: 'Permissions' }).click();
    await page.getByLabel('All commands').uncheck();
    await page.getByLabel('Include List Bucket Objects', { exact: true }).check();
    await page.getByLabel('Include Upload Files', { exact: true }).check();
    await field(page, 'Names: bucket').fill('evidence');
    await page.keyboard.press('Enter');
    const documents = () => page.locator('pre.code').first().innerText();
    await page.waitForFunction(() => document.querySelector('pre.code')?.textContent.includes('arn:aws:s3:::evidence/*'));
    const made = JSON.parse(await documents());
    const of = new Map();
    for (const st of made.Statement) for (const r of [st.Resource].flat()) of.set(r, [...(of.get(r) ?? []), ...[st.Action].flat()]);
    assert.deepEqual(of.get('arn:aws:s3:::evidence'), ['s3:ListBucket']);
    assert.ok(of.get('arn:aws:s3:::evidence/*').includes('s3:PutObject'));
    assert.ok(!(await documents()).includes('s3:DeleteBucket'));
    await page.reload(); // the link keeps what was ticked
    await field(page, 'Include Upload Files').waitFor();
    assert.equal(await page.getByLabel('Include List Buckets', { exact: true }).isChecked(), false);
    await page.goBack();
    calm(page);
  });
});

describe('connections', () => {
  const settings = async (p) => {
    await field(p, 'Access Key').fill(demo.s3.accessKey);
    await field(p, 'Secret Key').fill(demo.s3.secretKey);
    const group = p.getByRole('button', { name: 'Endpoint', exact: true });
    if ((await group.getAttribute('aria-expanded')) === 'false') await group.click();
    await field(p, 'Endpoint URL').fill(demo.s3.endpoint);
  };
  it('says at each field what is missing', async () => {
    await page.goto('/connections/new?integration=aws-s3');
    await field(page, 'Connection Name').fill('second');
    await button(page, 'Test Connection').click();
    await page.getByText('Access Key is required.').waitFor();
    await page.getByText('Secret Key is required.').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'settings_accessKey');
  });
  it('keeps the form over a reload, without the secrets', async () => {
    await settings(page);
    await page.reload();
    await settle(page);
    assert.equal(await field(page, 'Connection Name').inputValue(), 'second');
    assert.equal(await field(page, 'Endpoint URL').inputValue(), demo.s3.endpoint);
    assert.equal(await field(page, 'Secret Key').inputValue(), '');
  });
  it('tests what is not saved, shows the fault with its fix, then the tick', async () => {
    await settings(page);
    await field(page, 'Secret Key').fill('not-the-secret-key-at-all');
    await button(page, 'Test Connection').click();
    const fault = page.getByRole('alert').filter({ hasText: 'Test Connection failed' });
    await fault.getByText('403').first().waitFor();
    await fault.getByText('What to do').first().waitFor();
    await field(page, 'Secret Key').fill(demo.s3.secretKey);
    await button(page, 'Test Connection').click();
    await page.getByRole('status').getByText('Passed', { exact: true }).waitFor();
  });
  it('adds it with guardrails, which hold', async () => {
    await page.getByLabel('Deletes').uncheck();
    await field(page, 'Allowed names: bucket').fill('harbour-*');
    await page.keyboard.press('Enter');
    await button(page, 'Add').click();
    await page.getByRole('heading', { name: 'second', exact: true }).waitFor();
    const stored = await api(demo, 'GET', '/api/v1/connections/second');
    assert.deepEqual(stored.guardrails, { effects: ['read', 'write'], resources: { bucket: ['harbour-*'] } });
    await page.goto('/integrations/aws-s3/commands/list-bucket-objects?connection=second');
    await field(page, 'Bucket Name').fill('elsewhere');
    await button(page, 'Run').click();
    await page.getByText(/guardrails of connection "second"/).first().waitFor();
  });
  it('keeps the secrets that are not replaced', async () => {
    const { id } = await api(demo, 'GET', '/api/v1/connections/second');
    await page.goto(`/connections/${id}`);
    await page.getByText('A value is stored.').first().waitFor();
    await field(page, 'Description').fill('for tests');
    await button(page, 'Test Connection').click();
    await page.getByRole('status').getByText('Passed', { exact: true }).waitFor();
    await button(page, 'Save').click();
    await page.getByText('The connection second was saved.').waitFor();
    await button(page, 'Replace Secret Key').click();
    await field(page, 'Secret Key').fill('a-wrong-key-this-time');
    await button(page, 'Test Connection').click();
    await page.getByRole('alert').filter({ hasText: 'Test Connection failed' }).waitFor();
    await button(page, 'Keep current').click();
    await button(page, 'Test Connection').click();
    await page.getByRole('status').getByText('Passed', { exact: true }).waitFor();
    const after = await api(demo, 'GET', '/api/v1/connections/second');
    assert.equal(after.description, 'for tests');
    assert.deepEqual(after.secretsSet, ['accessKey', 'secretKey']);
  });
  it('duplicates it with its secrets', async () => {
    await button(page, 'Duplicate').click();
    await page.getByRole('dialog').getByLabel(/^Connection Name/).fill('third');
    await page.getByRole('dialog').getByRole('button', { name: 'Duplicate' }).click();
    await page.getByRole('heading', { name: 'third', exact: true }).waitFor();
    await button(page, 'Test Connection').click();
    await page.getByRole('status').getByText('Passed', { exact: true }).waitFor();
  });
  it('disables and enables several at once', async () => {
    await page.goto('/connections');
    await page.getByLabel('Select second', { exact: true }).check();
    await page.getByLabel('Select third', { exact: true }).check();
    await button(page, 'Disable').click();
    await page.getByText('2 connections are disabled.').waitFor();
    assert.deepEqual((await api(demo, 'GET', '/api/v1/connections')).connections.filter((c) => !c.active).map((c) => c.name).sort(), ['second', 'third']);
    await page.getByLabel('Select second', { exact: true }).check();
    await button(page, 'Enable').click();
    await page.getByText('One connection is enabled.').waitFor();
  });
  it('deletes one only when its name is typed, and says what used it', async () => {
    await page.getByRole('link', { name: 'second', exact: true }).click();
    await settle(page);
    await button(page, 'Delete').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/used it/).waitFor();
    assert.ok(await dialog.getByRole('button', { name: 'Delete' }).isDisabled());
    await dialog.getByLabel('Type second to confirm').fill('second');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('The connection second was deleted.').waitFor();
    assert.ok(!(await api(demo, 'GET', '/api/v1/connections')).connections.some((c) => c.name === 'second'));
    calm(page);
  });
});

describe('commands', () => {
  const s3 = (command, query = '') => `/integrations/aws-s3/commands/${command}?connection=sandbox${query}`;
  it('says what a dry run would do, then does it, and undoes nothing by itself', async () => {
    await page.goto(s3('create-buckets'));
    await field(page, 'Bucket Names').fill('console-one');
    await page.keyboard.press('Enter');
    await page.keyboard.type('console-two');
    await button(page, 'Dry run').click();
    await page.getByRole('heading', { name: 'Result of the dry run' }).waitFor();
    await page.getByRole('cell', { name: 'console-two' }).waitFor();
    assert.equal(await page.getByRole('cell', { name: 'Create', exact: true }).count(), 2);
    await button(page, 'Now run it').click();
    await page.getByRole('heading', { name: 'Result', exact: true }).waitFor();
    await page.getByRole('tab', { name: /^Items \(2\)/ }).waitFor();
    for (const tab of ['Return Data', 'Result', 'Raw Data', 'Key Fields', 'Output Data']) await page.getByRole('tab', { name: tab, exact: true }).click();
    assert.equal(await page.getByRole('tab', { name: 'Error' }).count(), 0);
  });
  it('gives the JSONPath of raw data', async () => {
    await page.goto(s3('list-buckets'));
    await button(page, 'Run').click();
    await page.getByRole('tab', { name: 'Raw Data' }).click();
    await page.getByTitle('$.Buckets[0].Name', { exact: true }).click();
    assert.equal(await page.getByRole('status').filter({ hasText: '$.Buckets[0].Name' }).count() > 0, true);
    assert.equal(await clip(page), '$.Buckets[0].Name');
  });
  it('copies the call for other tools, and they agree', async () => {
    await page.goto(s3('list-bucket-objects'));
    await field(page, 'Bucket Name').fill('console-one');
    const copy = async (as) => {
      await button(page, 'Copy as').click();
      await page.getByRole('menuitem', { name: as }).click();
      await page.getByText(`Copied as ${as}.`).first().waitFor();
      return clip(page);
    };
    assert.match(await copy('CLI'), /^fairlead run aws-s3 list-bucket-objects --connection sandbox --bucket-name console-one .*-o json$/);
    assert.match(await copy('curl'), /-d '\{"connection":"sandbox","input":\{.*"bucketName":"console-one"/);
    assert.equal(JSON.parse(await copy('JSON')).bucketName, 'console-one');
  });
  it('shows failures with indicator, code, message and items, and resumes what is left', async () => {
    await page.goto(s3('delete-buckets'));
    await field(page, 'Bucket Names').fill('console-two');
    await page.keyboard.press('Enter');
    await page.keyboard.type('not-there-yet');
    await page.keyboard.press('Enter');
    await button(page, 'Run').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete Buckets' }).click();
    await page.getByRole('tab', { name: 'Error' }).waitFor();
    const error = page.getByRole('tabpanel', { name: 'Error' });
    for (const text of ['Delete Buckets failed.', 'Failure Indicator', 'Status Code', '404', 'Message', 'not-there-yet']) await error.getByText(text).first().waitFor();
    await page.getByRole('link', { name: 'Open this run' }).click();
    await page.getByText('Partially Successful').first().waitFor();
    await api(demo, 'POST', '/api/v1/integrations/aws-s3/commands/create-buckets/runs', { connection: 'sandbox', input: { bucketNames: ['not-there-yet'] } });
    const first = page.url();
    await button(page, 'Resume failed items').click();
    await page.getByText('The items that were left have been run again.').waitFor();
    await page.waitForFunction((u) => location.href !== u, first);
    await page.getByText('Successful', { exact: true }).first().waitFor();
    await page.getByRole('link', { name: first.split('/').pop() }).waitFor(); // the parent
    await page.goBack();
    await page.getByText('Partially Successful').first().waitFor();
  });
  it('runs again with the inputs of a run', async () => {
    await page.getByRole('link', { name: /^Run again with these inputs/ }).click();
    await page.locator('#input').getByText('console-two').waitFor();
    await page.locator('#input').getByText('not-there-yet').waitFor();
  });
  it('undoes a run after saying what that does', async () => {
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:root' }, Action: 's3:GetObject', Resource: 'arn:aws:s3:::console-one/*' }] };
    const { properties } = (await api(demo, 'GET', '/api/v1/integrations/aws-s3/commands/put-bucket-policy')).input;
    const field = Object.keys(properties).find((k) => /polic/i.test(k) && !properties[k].enum);
    const run = await api(demo, 'POST', '/api/v1/integrations/aws-s3/commands/put-bucket-policy/runs', { connection: 'sandbox', input: { bucketName: 'console-one', [field]: properties[field].type === 'string' ? JSON.stringify(policy) : policy } });
    assert.equal(run.returnData, 'Successful', JSON.stringify(run.error));
    await page.goto(`/runs/${run.runId}`);
    await button(page, 'Undo').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('table').or(dialog.getByText('console-one')).first().waitFor();
    await dialog.getByRole('button', { name: 'Undo' }).click();
    await page.waitForFunction((id) => !location.href.endsWith(id), run.runId);
    await page.getByText('Successful', { exact: true }).first().waitFor();
    const now = await api(demo, 'POST', '/api/v1/integrations/aws-s3/commands/get-bucket-policy/runs', { connection: 'sandbox', input: { bucketName: 'console-one' } });
    assert.equal(now.returnData, 'Failed', 'the policy is still there');
  });
  it('takes inputs as JSON, a list for one value included', async () => {
    await page.goto(s3('list-bucket-objects'));
    await page.getByText('JSON', { exact: true }).click();
    const editor = page.getByRole('textbox', { name: 'Inputs as JSON' });
    await editor.fill('{"bucketName": ["console-one", "harbour-inbox"]');
    await button(page, 'Run').click();
    await page.getByText('This is not valid JSON yet.').waitFor();
    await editor.fill('{"bucketName": ["console-one", "harbour-inbox"]}');
    await button(page, 'Run').click();
    await page.getByRole('tab', { name: /^Items \(2\)/ }).waitFor();
    await page.getByText('Form', { exact: true }).click();
    calm(page);
  });
});

describe('a made-up integration, without a line for it', () => {
  it('shows its page, its connection form and the conditions in it', async () => {
    await harbour.goto('/integrations');
    await harbour.getByRole('link', { name: 'Harbour' }).click();
    for (const tab of ['Overview', 'Set-up guide', 'Permissions', 'Connections']) await harbour.getByRole('tab', { name: tab }).click();
    await harbour.getByRole('link', { name: 'Add a connection to Harbour' }).click();
    await field(harbour, 'Connection Name').fill('pier');
    await field(harbour, 'Password').waitFor();
    await harbour.getByRole('combobox', { name: 'Login' }).click();
    await harbour.getByRole('option', { name: 'Badge' }).click();
    assert.equal(await field(harbour, 'Password').count(), 0);
    await field(harbour, 'Badge Code').waitFor();
    await harbour.getByRole('combobox', { name: 'Login' }).click();
    await harbour.getByRole('option', { name: 'Password' }).click();
    await field(harbour, 'Password').fill('wrong');
    await button(harbour, 'Test Connection').click();
    await harbour.getByText('Ask the harbour master for a new one.').first().waitFor();
    await field(harbour, 'Password').fill('right');
    await button(harbour, 'Test Connection').click();
    await harbour.getByRole('status').getByText('Passed', { exact: true }).waitFor();
    await button(harbour, 'Add').click();
    await harbour.getByRole('heading', { name: 'pier', exact: true }).waitFor();
  });
  it('asks for every kind of parameter and sends what was given', async () => {
    await harbour.getByRole('link', { name: 'Run a command' }).click();
    await harbour.getByRole('link', { name: 'Write Manifests', exact: true }).click();
    await field(harbour, 'Ships').fill('Aurora');
    await harbour.keyboard.press('Enter');
    await button(harbour, 'Add to Marks').click();
    await field(harbour, 'Marks, name 1').fill('flag');
    await field(harbour, 'Marks, value 1').fill('blue');
    await harbour.getByRole('textbox', { name: 'Extra' }).fill('{"deep": [1, {"er": true}]}');
    await harbour.getByRole('combobox', { name: 'Urgent' }).click();
    await harbour.getByRole('option', { name: 'Yes' }).click();
    await harbour.getByLabel('Quiet').check();
    await harbour.getByRole('combobox', { name: 'Kind' }).click();
    await harbour.getByRole('option', { name: 'Crew' }).click();
    await button(harbour, 'Run').click();
    await harbour.getByText('Captain is required.').waitFor();
    await field(harbour, 'Captain').fill('Ahab');
    await field(harbour, 'Draught').fill('4.5');
    await field(harbour, 'Notes').fill('two\nlines');
    await harbour.getByLabel('Upload files for File IDs').setInputFiles({ name: 'papers.txt', mimeType: 'text/plain', buffer: Buffer.from('papers') });
    await harbour.getByText(/papers\.txt ·/).first().waitFor();
    await button(harbour, 'Run').click();
    await harbour.getByRole('heading', { name: 'Result', exact: true }).waitFor();
    const { runs } = await api(probe, 'GET', '/api/v1/runs?command=write-manifests');
    const { input } = await api(probe, 'GET', `/api/v1/runs/${runs[0].runId}`);
    assert.deepEqual(input, { ships: ['Aurora'], marks: { flag: 'blue' }, extra: { deep: [1, { er: true }] }, fileIds: ['1'], urgent: true, quiet: true, kind: 'Crew', captain: 'Ahab', draught: 4.5, notes: 'two\nlines', pause: 0 });
  });
  it('shows a run live, also on its own page, and cancels it', async () => {
    await button(harbour, 'Reset').click();
    await field(harbour, 'Ships').fill('One');
    await harbour.keyboard.press('Enter');
    for (const ship of ['Two', 'Three', 'Four', 'Five', 'Six']) {
      await harbour.keyboard.type(ship);
      await harbour.keyboard.press('Enter');
    }
    await button(harbour, 'Timing').click();
    await field(harbour, 'Pause').fill('1500');
    await button(harbour, 'Run').click();
    await harbour.getByText('1 of 6 items').waitFor();
    const { runs } = await api(probe, 'GET', '/api/v1/runs?state=running');
    const watcher = await harbour.context().newPage();
    await watcher.goto(`/runs/${runs[0].runId}`);
    await watcher.getByText(/of 6 items/).waitFor();
    await button(harbour, 'Cancel run').click();
    await harbour.getByText('Canceled').first().waitFor();
    await watcher.getByText('Canceled').first().waitFor(); // without being loaded again
    await watcher.close();
  });
  it('shows a secret output only on request', async () => {
    await harbour.goto('/integrations/harbour/commands/read-gate-key');
    await button(harbour, 'Run').click();
    await harbour.getByRole('tab', { name: 'Raw Data' }).click();
    await button(harbour, 'Reveal').waitFor();
    assert.ok(!(await harbour.content()).includes('gate-key-of-the-harbour'));
    await button(harbour, 'Reveal').click();
    await harbour.getByText('gate-key-of-the-harbour').waitFor();
    await button(harbour, 'Hide').click();
    assert.ok(!(await harbour.content()).includes('gate-key-of-the-harbour'));
    const { entries } = await api(probe, 'GET', '/api/v1/audit?kind=secret.revealed');
    assert.equal(entries.length, 1);
    calm(harbour);
  });
});

describe('runs', () => {
  it('filters by outcome, integration, text and day, and the link keeps it', async () => {
    await page.goto('/runs');
    await page.getByRole('combobox', { name: 'Outcome' }).click();
    await page.getByRole('option', { name: 'Failed', exact: true }).click();
    await page.waitForURL(/returnData=Failed/);
    await page.waitForFunction(() => [...document.querySelectorAll('tbody tr')].every((r) => r.textContent.includes('Failed')));
    await page.reload();
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length > 0 && [...document.querySelectorAll('tbody tr')].every((r) => r.textContent.includes('Failed')));
    await field(page, 'Search runs').fill('test-connection');
    await page.waitForURL(/text=test-connection/);
    await field(page, 'From this day').fill('2199-01-01');
    await page.getByText('No run fits these filters.').waitFor();
    calm(page);
  });
});

describe('files', () => {
  it('takes files by drag and drop, shows them, and gives them back', async () => {
    await page.goto('/files');
    const data = await page.evaluateHandle(() => {
      const t = new DataTransfer();
      t.items.add(new File(['{"a": [1, 2]}'], 'dropped.json', { type: 'application/json' }));
      t.items.add(new File([new Uint8Array([0, 255, 1, 254])], 'bytes.bin'));
      return t;
    });
    await page.locator('.drop').dispatchEvent('drop', { dataTransfer: data });
    await page.getByText('Stored', { exact: true }).nth(1).waitFor();
    await page.getByRole('table').getByRole('link', { name: 'dropped.json' }).click();
    await page.getByTitle('$.a[1]', { exact: true }).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()]);
    assert.equal(download.suggestedFilename(), 'dropped.json');
    await page.goto('/files');
    await page.getByRole('link', { name: 'bytes.bin' }).first().click();
    await page.getByText('00 ff 01 fe').waitFor();
  });
  it('uses a file in a command', async () => {
    await button(page, 'Use in a command').click();
    await page.getByRole('menuitem', { name: 'AWS S3: Upload Files' }).click();
    await page.getByText(/bytes\.bin ·/).first().waitFor();
    await field(page, 'Bucket Name').fill('console-one');
    await button(page, 'Run').click();
    await page.getByRole('heading', { name: 'Result', exact: true }).waitFor();
    await page.getByRole('cell', { name: 'bytes.bin' }).first().waitFor();
  });
  it('deletes a file only when its ID is typed', async () => {
    const { files } = await api(demo, 'GET', '/api/v1/files?name=bytes.bin');
    await page.goto(`/files/${files[0].id}`);
    await button(page, 'Delete').click();
    await page.getByLabel(`Type ${files[0].id} to confirm`).fill(String(files[0].id));
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('The file bytes.bin was deleted.').waitFor();
    assert.equal((await api(demo, 'GET', '/api/v1/files?name=bytes.bin')).files.length, 0);
    calm(page);
  });
});

describe('secrets', () => {
  const dialog = () => page.getByRole('dialog');
  const names = async () => (await api(demo, 'GET', '/api/v1/secrets')).secrets.map((s) => s.name);
  it('says what to do when there is none, and sets the first', async () => {
    await page.goto('/secrets');
    await page.getByText('There is no secret yet').waitFor();
    await button(page, 'Set secret').click();
    const save = dialog().getByRole('button', { name: 'Set secret' });
    await field(page, 'Name').fill('API KEY');
    await dialog().getByText('A name has no spaces and braces').waitFor();
    assert.ok(await save.isDisabled());
    await field(page, 'Name').fill('payments/api-key');
    assert.ok(await save.isDisabled(), 'a secret without a value');
    await dialog().getByLabel(/^Value/).and(page.locator('input')).fill('first value');
    await save.click();
    await page.getByRole('status').getByText('payments/api-key was set. Jobs refer to it as {{secrets.payments/api-key}}.').waitFor();
    await button(page, 'Copy the reference to payments/api-key').click();
    assert.equal(await clip(page), '{{secrets.payments/api-key}}');
    assert.deepEqual(await names(), ['payments/api-key']);
    calm(page);
  });
  it('sets one again without showing it, with its lines', async () => {
    const before = (await api(demo, 'GET', '/api/v1/secrets')).secrets[0];
    await button(page, 'Set again: payments/api-key').click();
    assert.equal(await dialog().locator('input[type=password]').inputValue(), '');
    await page.evaluate(() => navigator.clipboard.writeText('line one\nline two\n'));
    await dialog().locator('input[type=password]').press('Control+v');
    await dialog().getByText('Pasted text of 2 lines').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Take another');
    await dialog().getByRole('button', { name: 'Set again' }).click();
    await dialog().waitFor({ state: 'detached' });
    const after = (await api(demo, 'GET', '/api/v1/secrets')).secrets[0];
    assert.ok(after.updatedAt > before.updatedAt && after.createdAt === before.createdAt);
    await button(page, 'Set secret').click();
    await field(page, 'Name').fill('payments/api-key');
    await dialog().getByText('It will get the new value').waitFor();
    await field(page, 'Name').fill('CERT');
    const file = dialog().locator('input[type=file]');
    await file.setInputFiles({ name: 'x.bin', mimeType: 'application/octet-stream', buffer: Buffer.from([0xff, 0xfe, 0x00]) });
    await dialog().getByText('The file is not UTF-8 text').waitFor();
    await file.setInputFiles({ name: 'big.txt', mimeType: 'text/plain', buffer: Buffer.alloc(70_000, 'x') });
    await dialog().getByText('The file is larger than 64 KiB').waitFor();
    await file.setInputFiles({ name: 'cert.pem', mimeType: 'text/plain', buffer: Buffer.from('a\nb\n') });
    await dialog().getByText(/^Content of cert.pem/).waitFor();
    await dialog().getByRole('button', { name: 'Set secret' }).click();
    await dialog().waitFor({ state: 'detached' });
    assert.deepEqual(await names(), ['CERT', 'payments/api-key']);
    calm(page);
  });
  it('shows what the server refuses, and keeps the dialog', async () => {
    await button(page, 'Set secret').click();
    await field(page, 'Name').fill('x'.repeat(300));
    await dialog().locator('input[type=password]').fill('some value');
    await dialog().getByRole('button', { name: 'Set secret' }).click();
    await dialog().getByRole('alert').getByText(/longer than 255 bytes/).first().waitFor();
    await button(dialog(), 'Cancel').click();
    calm(page, /status of 400/);
  });
  it('deletes one only when its name is typed', async () => {
    await button(page, 'Delete payments/api-key').click();
    const action = dialog().getByRole('button', { name: 'Delete', exact: true });
    assert.ok(await action.isDisabled());
    await field(page, 'Type payments/api-key to confirm').fill('payments');
    assert.ok(await action.isDisabled());
    await field(page, 'Type payments/api-key to confirm').fill('payments/api-key');
    await action.click();
    await page.getByRole('status').getByText('payments/api-key was deleted.').waitFor();
    assert.deepEqual(await names(), ['CERT']);
    await page.goto('/audit?kind=secret.deleted');
    await page.getByRole('row', { name: /Secret deleted.*payments\/api-key/ }).waitFor();
    calm(page);
  });
  it('is closed to those who may not manage', async () => {
    const { token, id } = await api(demo, 'POST', '/api/v1/tokens', { name: 'no manager', scopes: ['read', 'run'] });
    const p = await open(browser, demo);
    await signIn(p, { ...demo, token });
    assert.equal(await p.getByRole('link', { name: 'Secrets', exact: true }).count(), 0);
    await p.goto('/secrets');
    await p.getByText('Your token lacks the scope manage').waitFor();
    assert.equal(await button(p, 'Set secret').count(), 0);
    calm(p);
    await api(demo, 'DELETE', `/api/v1/tokens/${id}`);
    await p.context().close();
  });
});

describe('audit and settings', () => {
  it('finds entries, leads to their run, and verifies the chain', async () => {
    await page.goto('/audit');
    await field(page, 'Search entries').fill('console-one');
    await page.waitForURL(/text=console-one/);
    await button(page, 'Verify now').click();
    await page.getByText(/^Verified: [\d,]+ entries/).waitFor();
    await page.getByRole('button', { name: /^Open entry/ }).first().click();
    await page.getByLabel('Body', { exact: true }).getByText(/console-one/).waitFor();
    await page.getByRole('table').getByRole('link').first().click();
    await page.waitForURL(/\/runs\//);
  });
  it('makes a token, shows it once, and revokes it', async () => {
    await page.goto('/settings/tokens');
    await button(page, 'Make token').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/^Name/).fill('robot');
    await dialog.getByRole('button', { name: 'Make token' }).click();
    const token = (await dialog.getByLabel('token', { exact: true }).innerText()).trim();
    const who = await fetch(`${demo.url}/api/v1/me`, { headers: { Authorization: `Bearer ${token}` } }).then((r) => r.json());
    assert.deepEqual([who.name, who.scopes], ['robot', ['read', 'run']]);
    await dialog.getByRole('button', { name: 'I have copied it' }).click();
    assert.ok(!(await page.content()).includes(token));
    await button(page, 'Revoke robot').click();
    await field(page, 'Type robot to confirm').fill('robot');
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('row', { name: /robot/ }).getByText('Revoked').waitFor();
    assert.equal((await fetch(`${demo.url}/api/v1/me`, { headers: { Authorization: `Bearer ${token}` } })).status, 401);
    calm(page);
  });
  it('gives keysets new keys, and secrets still open', async () => {
    await page.goto('/settings/keys');
    await page.getByRole('row').nth(1).waitFor();
    await button(page, 'Give every keyset a new key').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Give every keyset a new key' }).click();
    await page.getByText('Every keyset has a new key').waitFor();
    const test = await api(demo, 'POST', '/api/v1/connections/sandbox/test', {});
    assert.equal(test.returnData, 'Successful');
    calm(page);
  });
  it('shows times in the reader\'s zone with UTC, and sizes with the exact number', async () => {
    const { files } = await api(demo, 'GET', '/api/v1/files?limit=1');
    await page.goto(`/files/${files[0].id}`);
    await page.getByTitle(`${files[0].size.toLocaleString('en')} bytes`).waitFor();
    const shown = page.locator('time').first();
    assert.equal(await shown.getAttribute('title'), `${new Date(files[0].createdAt).toISOString().replace('T', ' ').slice(0, 23)} UTC`);
    const hour = new Date(files[0].createdAt).toLocaleTimeString('en-GB', { timeZone: 'Europe/Berlin' });
    assert.ok((await shown.innerText()).includes(hour));
  });
});
