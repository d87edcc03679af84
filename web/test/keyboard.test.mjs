// From signing in to a result with the keyboard alone: Tab, arrows, Enter, Space, text.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { open, startBrowser, startDemo } from './harness.mjs';

let browser, demo, page;

before(async () => {
  [browser, demo] = await Promise.all([startBrowser(), startDemo()]);
  page = await open(browser, demo);
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** now tells what has the focus, by its accessible name, and whether that can be seen. */
const now = () =>
  page.evaluate(() => {
    const e = document.activeElement;
    const name = e.getAttribute('aria-label') ?? (e.getAttribute('aria-labelledby') ? document.getElementById(e.getAttribute('aria-labelledby'))?.textContent : undefined) ?? e.labels?.[0]?.textContent ?? e.textContent ?? '';
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = 'var(--mantine-primary-color-filled)';
    const focusColour = getComputedStyle(probe).color;
    probe.remove();
    // An outline, or the border of the field around, in the colour that says so.
    const field = e.parentElement?.closest('[class*="Input-input"]') ?? e;
    const seen = getComputedStyle(e).outlineStyle !== 'none' || [e, field].some((x) => getComputedStyle(x).borderTopColor === focusColour);
    return { name: name.replace(/ \*$/, '').trim(), seen };
  });

/** to presses Tab until a control has the focus. */
async function to(name, key = 'Tab') {
  for (let n = 0; n < 120; n++) {
    const at = await now();
    if (at.name === name) {
      assert.ok(at.seen, `the focus on ${name} cannot be seen`);
      return;
    }
    await page.keyboard.press(key);
  }
  assert.fail(`${name} is not reached with ${key}`);
}

const press = async (name, key = 'Enter') => {
  await to(name);
  await page.keyboard.press(key);
};

const fill = async (name, text) => {
  await to(name);
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
};

/** choose goes to an option of the open list, a step at a time, and takes it. */
async function choose(name) {
  const at = () => page.evaluate(() => document.querySelector('[role=option][data-combobox-selected]')?.textContent ?? '');
  for (let n = 0; n < 10; n++) {
    const here = await at();
    if (here === name) break;
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction((was) => (document.querySelector('[role=option][data-combobox-selected]')?.textContent ?? '') !== was, here, { timeout: 2000 }).catch(() => {});
  }
  await page.keyboard.press('Enter');
  await page.waitForFunction((want) => document.activeElement?.value === want, name);
}

it('connects, tests, runs a command and reads its result', async () => {
  await page.goto('/');
  await page.getByLabel('Token', { exact: true }).waitFor();
  await fill('Token', demo.token);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Home' }).waitFor();

  await press('Connections');
  await page.getByRole('heading', { name: 'Connections' }).waitFor();
  await press('Add connection');
  await page.getByRole('heading', { name: 'Add connection' }).waitFor();
  await press('AWS S3');
  await page.getByRole('heading', { name: 'Connect AWS S3' }).waitFor();
  await page.locator('#settings_accessKey').waitFor();
  await fill('Connection Name', 'by keyboard');
  await fill('Access Key', demo.s3.accessKey);
  await fill('Secret Key', demo.s3.secretKey);
  await press('Endpoint');
  await fill('Endpoint URL', demo.s3.endpoint);
  await press('Test Connection');
  await page.getByRole('status').getByText('Passed', { exact: true }).waitFor();
  await to('Add', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'by keyboard', exact: true }).waitFor();

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Go to' }).waitFor();
  await page.keyboard.type('create buckets');
  await page.getByRole('option', { name: /Create Buckets/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Create Buckets' }).waitFor();
  await page.locator('#input_bucketNames').waitFor();
  await to('Connection');
  await page.keyboard.press('ArrowDown');
  await page.getByRole('option', { name: 'by keyboard' }).waitFor();
  await choose('by keyboard');
  await fill('Bucket Names', 'keys-only');
  await page.keyboard.press('Enter');
  await press('Run');
  await page.getByRole('heading', { name: 'Result', exact: true }).waitFor();
  await to('Result');
  await page.keyboard.press('ArrowRight');
  await page.getByRole('tabpanel', { name: 'Raw Data' }).waitFor();
  assert.ok((await page.getByRole('tabpanel', { name: 'Raw Data' }).innerText()).includes('keys-only'));
  assert.deepEqual(page.faults, []);
});

it('sets a secret, sets it again and deletes it', async () => {
  await press('Secrets');
  await page.getByRole('heading', { name: 'Secrets', exact: true }).waitFor();
  await press('Set secret');
  await page.getByRole('dialog').waitFor();
  await page.waitForFunction(() => document.activeElement?.closest('[role=dialog]'));
  await fill('Name', 'BY_KEYBOARD');
  await fill('Value', 'first');
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('BY_KEYBOARD was set').waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await press('Set again: BY_KEYBOARD', 'Space');
  await page.waitForFunction(() => document.activeElement?.closest('[role=dialog]') && document.activeElement.type === 'password');
  await page.keyboard.type('second');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await press('Delete BY_KEYBOARD');
  await page.waitForFunction(() => document.activeElement?.closest('[role=dialog]'));
  await fill('Type BY_KEYBOARD to confirm', 'BY_KEYBOARD');
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('BY_KEYBOARD was deleted').waitFor();
  await page.getByText('There is no secret yet').waitFor();
  assert.deepEqual(page.faults, []);
});

it('skips to the content', async () => {
  await page.goto('/runs');
  await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal((await now()).name, 'Skip to content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.equal((await now()).name, 'Search runs');
});
