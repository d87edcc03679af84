// What the tests share: exported templates, and a Modeler in a real browser.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const work = join(root, '.cache', 'modeler-test');
const program = process.env.FAIRLEAD_BIN || join(work, 'fairlead');

const made = new Set();

/** exported gives the folder that the program writes templates for an engine into. */
export function exported(engine) {
  const dir = join(work, 'templates', `${process.pid}`, engine);
  if (!made.has(engine)) {
    made.add(engine);
    mkdirSync(dir, { recursive: true });
    execFileSync(program, ['templates', 'export', '--hybrid', '--engine', engine, dir], { env: { PATH: process.env.PATH, HOME: work } });
  }
  return dir;
}
