// Starts real servers and a real browser for the tests.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = process.env.FAIRLEAD_BIN ?? join(root, '.cache', 'web-test', 'fairlead');
const probe = process.env.FAIRLEAD_CONSOLE_SERVER ?? join(root, '.cache', 'web-test', 'console-server');

/** start runs a server until stop; its log is kept. */
async function start(program, args) {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-web-'));
  const readyFile = join(dir, 'ready.json');
  const env = { PATH: process.env.PATH, HOME: dir, FAIRLEAD_LOG_LEVEL: 'debug' };
  const child = spawn(program, [...args, '--listen', '127.0.0.1:0', '--data', join(dir, 'data'), '--ready-file', readyFile], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  child.stdout.on('data', (d) => output.push(d));
  child.stderr.on('data', (d) => output.push(d));
  const ended = new Promise((resolve) => child.on('close', resolve));
  const log = () => Buffer.concat(output).toString();
  for (let n = 0; !existsSync(readyFile); n++) {
    if (child.exitCode !== null || n > 600) {
      child.kill('SIGKILL');
      throw new Error(`the server did not start:\n${log()}`);
    }
    await sleep(50);
  }
  const ready = JSON.parse(readFileSync(readyFile, 'utf8'));
  return {
    ...ready,
    dir,
    log,
    stop: async () => {
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(15_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export const startDemo = () => start(bin, ['demo']);

/** startProbe is a server with a made-up integration and many runs. */
export const startProbe = (...args) => start(probe, args);

/** clusterOf controls the cluster of a probe that was started with --cluster. */
export function clusterOf(server) {
  const url = /control of the cluster: (\S+)/.exec(server.log())[1];
  const post = async (path, body) => {
    const answer = await fetch(url + path, { method: 'POST', body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  /** The keys of new jobs, as text. */
  return { jobs: (list) => post('/jobs', list), down: () => post('/down'), up: () => post('/up') };
}

/** tell waits until the worker says of itself what is wanted. */
export async function tell(server, wanted) {
  for (let n = 0; n < 300; n++) {
    const state = await api(server, 'GET', '/api/v1/worker');
    if (wanted(state)) return state;
    await sleep(100);
  }
  throw new Error(`the worker did not come that far: ${JSON.stringify(await api(server, 'GET', '/api/v1/worker')).slice(0, 3000)}`);
}

/** pier is the connection of the jobs. */
export const connectPier = (server) => api(server, 'POST', '/api/v1/connections', { name: 'pier', integration: 'harbour', settings: { login: 'Password', password: 'open-sesame' } });

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--force-prefers-reduced-motion'];

export const startBrowser = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: flags });

/** open gives a page that remembers everything that went wrong on it. */
export async function open(browser, server, options = {}) {
  const context = await browser.newContext({
    baseURL: server.url, viewport: { width: 1280, height: 860 }, colorScheme: 'light', reducedMotion: 'reduce', timezoneId: 'Europe/Berlin', locale: 'en-GB', ...options,
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url });
  const page = await context.newPage();
  page.setDefaultTimeout(Number(process.env.PATIENCE ?? 10_000));
  const faults = [];
  const answers = [];
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && faults.push(`${m.type()}: ${m.text()} (${m.location().url})`));
  page.on('pageerror', (e) => faults.push(`page error: ${e.stack ?? e}`));
  page.on('response', (r) => answers.push(r));
  await page.addInitScript(() => {
    window.cspReports = [];
    document.addEventListener('securitypolicyviolation', (e) => window.cspReports.push(`${e.violatedDirective} ${e.blockedURI}`));
    // Cumulative layout shift as it is defined: the worst window of at most 5 s with no gap of 1 s.
    window.shifts = 0;
    let sum = 0, from = 0, last = 0;
    const shifted = (e) => {
      if (e.hadRecentInput) return;
      if (e.startTime - last > 1000 || e.startTime - from > 5000) [sum, from] = [0, e.startTime];
      [sum, last] = [sum + e.value, e.startTime];
      window.shifts = Math.max(window.shifts, sum);
    };
    new PerformanceObserver((l) => l.getEntries().forEach(shifted)).observe({ type: 'layout-shift', buffered: true });
    window.slowest = 0;
    new PerformanceObserver((l) => l.getEntries().forEach((e) => e.interactionId && (window.slowest = Math.max(window.slowest, e.duration)))).observe({ type: 'event', durationThreshold: 16, buffered: true });
  });
  return Object.assign(page, { faults, answers });
}

export async function signIn(page, server, path = '/') {
  await page.goto(path);
  await page.getByLabel('Token', { exact: true }).fill(server.token);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor({ state: 'attached' });
}

/** api asks the server directly, as a program would. */
export async function api(server, method, path, body) {
  const answer = await fetch(server.url + path, { method, headers: { Authorization: `Bearer ${server.token}`, 'Content-Type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** settle waits until nothing is being loaded. */
export async function settle(page) {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForFunction(() => !document.querySelector('[aria-label="Loading"]'));
}
