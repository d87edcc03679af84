// What the tests share: exported templates, and a Modeler in a real browser.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const work = join(root, '.cache', 'modeler-test');
const program = process.env.FAIRLEAD_BIN || join(work, 'fairlead');

/** patience is long: machines that run tests are busy. */
export const patience = Number(process.env.PATIENCE ?? 60_000);

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

/** templatesFor gives the templates of a Modeler for an engine, as it reads them from its folder. */
export const templatesFor = (engine) =>
  readdirSync(exported(engine), { recursive: true })
    .filter((n) => n.endsWith('.json'))
    .map((n) => JSON.parse(readFileSync(join(exported(engine), n), 'utf8')));

const empty = (id, name, engine) => `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="definitions" targetNamespace="http://bpmn.io/schema/bpmn" modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="${engine}.0">
  <bpmn:process id="${id}" name="${name}" isExecutable="true"><bpmn:startEvent id="start" /></bpmn:process>
  <bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="${id}">
    <bpmndi:BPMNShape id="start_di" bpmnElement="start"><dc:Bounds x="160" y="160" width="36" height="36" /></bpmndi:BPMNShape>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>
`;

const flags = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--force-prefers-reduced-motion'];

export const startBrowser = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: flags });

/** Editor is a Modeler that a test uses as a person does: by mouse and keys. */
export class Editor {
  constructor(page, faults) {
    Object.assign(this, { page, faults });
  }

  /** start opens the Modeler with an empty process and the templates for an engine. */
  static async start(browser, { id = 'process', name = '', engine }) {
    const page = await browser.newPage({ viewport: { width: 1500, height: 900 }, reducedMotion: 'reduce', locale: 'en-GB' });
    page.setDefaultTimeout(patience);
    const faults = [];
    page.on('console', (m) => ['error', 'warning'].includes(m.type()) && !/font|sfntVersion|deprecated and will be removed in future library/.test(m.text()) && faults.push(`${m.type()}: ${m.text()}`));
    page.on('pageerror', (e) => faults.push(`page error: ${e.stack ?? e}`));
    await page.goto(pathToFileURL(join(work, 'page', 'index.html')).href);
    faults.push(...(await page.evaluate(([xml, list, e]) => openDiagram(xml, list, e), [empty(id, name, engine), templatesFor(engine), `${engine}.0`])));
    return new Editor(page, faults);
  }

  /** select clicks an element and gives its id. Right after something was drawn, the Modeler ignores clicks. */
  async select(id) {
    for (const end = Date.now() + patience; Date.now() < end; await sleep(500)) {
      if ((await this.page.evaluate(() => selected())) === id) return id; // a click would end that
      const at = await this.page.evaluate((e) => place(e), id);
      await this.page.mouse.click(at.x, at.y);
      if ((await this.page.evaluate(() => selected())) === id) return id;
    }
    throw new Error(`${id} cannot be selected`);
  }

  /** pad clicks an entry of what appears beside the selected element. */
  async pad(action) {
    await this.page.locator(`.djs-context-pad .entry[data-action="${action}"]`).click();
  }

  /** pick looks for words in the open menu and takes the entry of that name. */
  async pick(name) {
    const menu = this.page.locator('.djs-popup');
    await menu.locator('.djs-popup-search input').pressSequentially(name);
    await menu.locator('.entry').filter({ has: this.page.getByText(name, { exact: true }) }).click();
    await menu.waitFor({ state: 'detached' });
  }

  /** now gives the selected element, after another one was. */
  async now(before) {
    await this.page.waitForFunction((b) => selected() !== undefined && selected() !== b, before);
    return this.page.evaluate(() => selected());
  }

  /** append takes a template from the append menu of an element. */
  async append(after, name) {
    await this.select(after);
    await this.pad('append');
    await this.pick(name);
    return this.now(after);
  }

  /** task appends a task without anything. */
  async task(after) {
    await this.select(after);
    await this.pad('append.append-task');
    const id = await this.now(after);
    await this.page.keyboard.press('Escape'); // its name could be typed
    return this.select(id);
  }

  /** change takes a template from the menu Change element. */
  async change(id, name) {
    await this.select(id);
    await this.pad('replace');
    await this.pick(name);
    return this.applied();
  }

  /** choose takes a template by Select in the section Template of the panel. */
  async choose(id, name) {
    await this.select(id);
    await this.page.locator('#panel').getByTitle('Select a template').click();
    await this.pick(name);
    return this.applied();
  }

  /** create takes a template from the palette's Create element and puts it on the canvas. */
  async create(name, x, y) {
    const before = await this.page.evaluate(() => selected());
    await this.page.locator('.djs-palette .entry[data-action="create"]').click();
    await this.pick(name);
    await this.page.mouse.move(x - 20, y - 20);
    await this.page.mouse.move(x, y, { steps: 5 });
    await this.page.mouse.click(x, y);
    return this.now(before);
  }

  /** connect draws a sequence flow. */
  async connect(from, to) {
    await this.select(from);
    await this.pad('connect');
    const at = await this.page.evaluate((e) => place(e), to);
    // Not the middle: clicked there again at once, it would be a double click.
    await this.page.mouse.move(at.x - 30, at.y - 20, { steps: 5 });
    await this.page.mouse.click(at.x - 25, at.y - 20);
  }

  /** applied waits for the panel to say that a template is; the element may be a new one. */
  async applied() {
    await this.page.locator('#panel .bio-properties-panel-applied-template-button').waitFor();
    return this.page.evaluate(() => selected());
  }

  /** open opens all sections of the panel. */
  async open() {
    const closed = this.page.locator('#panel .bio-properties-panel-group-header:not(.open) [title="Toggle section"]');
    for (let n = await closed.count(); n > 0; n = await closed.count()) await closed.first().click();
  }

  entry(label) {
    return this.page.locator('#panel .bio-properties-panel-entry').filter({ has: this.page.locator('.bio-properties-panel-label').getByText(label, { exact: true }) });
  }

  /** shown gives the labels of the fields of the template that can be seen. */
  async shown() {
    await this.open();
    return this.page.locator('#panel [data-entry-id^="custom-entry-"]').evaluateAll((list) => list.map((e) => e.querySelector('.bio-properties-panel-label').innerText.trim()));
  }

  /** fill gives values to fields of the panel, by their labels. */
  async fill(values) {
    await this.open();
    for (const [label, value] of Object.entries(values)) await this.set(this.entry(label), value);
  }

  async set(entry, value) {
    const field = entry.locator('select, input, textarea, [contenteditable="true"]').first();
    const kind = await field.evaluate((e) => (e.type === 'checkbox' ? 'checkbox' : e.tagName));
    if (kind === 'SELECT') await field.selectOption({ label: value });
    else if (kind === 'checkbox') {
      if ((await field.isChecked()) !== value) await field.click({ force: true });
      await this.page.waitForFunction(([e, v]) => e.checked === v, [await field.elementHandle(), value]);
    }
    else if (kind === 'DIV') {
      await field.click();
      await this.focused(entry);
      await this.page.keyboard.press('Control+a');
      await this.page.keyboard.insertText(value);
    } else {
      await field.fill(value);
      // A field that turns into one for expressions takes the focus when it is
      // ready, also from the next field.
      if (value.startsWith('=')) await this.focused(entry, '[contenteditable="true"]');
    }
    await this.page.keyboard.press('Escape'); // what the editor offers to complete
  }

  /** focused waits until a field of the entry has the focus. */
  async focused(entry, selector = '*') {
    const handle = await entry.elementHandle();
    await this.page.waitForFunction(([e, s]) => e.contains(document.activeElement) && document.activeElement.matches(s), [handle, selector], { timeout: 20_000 });
  }

  /** save gives the XML and what its service tasks say. */
  async save() {
    await this.page.locator('#canvas svg').first().click({ position: { x: 700, y: 700 } }); // a field that has the focus is done
    const xml = await this.page.evaluate(() => saveDiagram());
    return { xml, tasks: await this.page.evaluate((x) => readTasks(x), xml) };
  }
}
