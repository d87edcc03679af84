// Templates in a real Modeler: applied in each way, filled in, saved. What is saved
// goes to the folder xml, from which a test of the engines deploys and runs it.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { Editor, root, startBrowser, templatesFor, work } from './harness.mjs';

const xml = process.env.FAIRLEAD_MODELER_XML || join(work, 'xml');
let browser;

before(async () => {
  mkdirSync(xml, { recursive: true });
  browser = await startBrowser();
});
after(() => browser?.close());

const keys = { 'Access key': '{{secrets.MODELER_KEY}}', 'Secret key': '{{secrets.MODELER_SECRET}}', Region: '=region', Endpoint: '=endpoint' };
const keyInputs = {
  'authentication.type': 'credentials', 'authentication.accessKey': '{{secrets.MODELER_KEY}}', 'authentication.secretKey': '{{secrets.MODELER_SECRET}}',
  'configuration.region': '=region', 'configuration.endpoint': '=endpoint',
};

/** finish saves a diagram, keeps it for the engines, and looks for anything that went wrong. */
async function finish(editor, name) {
  const saved = await editor.save();
  writeFileSync(join(xml, `${name}.bpmn`), saved.xml);
  await isMarked(editor.page);
  assert.deepEqual(editor.faults, []);
  return saved.tasks;
}

/** scene runs a test in a Modeler; how one looks that failed is kept. */
const scene = (title, options, act) =>
  it(title, async () => {
    const editor = await Editor.start(browser, options);
    try {
      await act(editor);
    } catch (e) {
      await editor.page.screenshot({ path: join(work, `${options.id}-failed.png`) });
      throw e;
    } finally {
      await editor.page.close();
    }
  });

/** picture shows the section of the panel, for the documentation. */
async function picture(editor, section) {
  if (!process.env.SCREENSHOTS) return;
  await editor.page.locator('#panel .bio-properties-panel-group-header-title').getByText(section, { exact: true }).evaluate((e) => e.scrollIntoView());
  await editor.page.screenshot({ path: join(root, 'docs', 'screenshots', 'modeler-template.png') });
}

/** isMarked makes sure of the licence: bpmn.io's mark can be seen, and nothing is above it. */
async function isMarked(page) {
  const mark = page.locator('.bjs-powered-by');
  assert.ok(await mark.isVisible());
  const on = await mark.evaluate((e) => {
    const box = e.getBoundingClientRect();
    return e.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
  });
  assert.ok(on, "something covers bpmn.io's mark");
}

/** has compares what a task says with what it should, ignoring headers that say nothing. */
function has(task, want) {
  assert.ok(task, 'the task is not there');
  const { icon, ...rest } = task;
  assert.match(icon, /^data:image\/svg\+xml,/);
  const said = Object.fromEntries(Object.entries(task.headers).filter(([, v]) => v));
  assert.deepEqual({ ...rest, headers: said }, want);
}

const headers = (template, version, more) => ({ elementTemplateId: template, elementTemplateVersion: version, retryBackoff: 'PT30S', ...more });

scene('applies templates in each way, and saves what the fields say', { id: 'modeler-ways', name: 'Templates in each way', engine: '8.8' }, async (editor) => {

  // The append menu.
  let id = await editor.append('start', 'AWS S3: Create Buckets');
  await editor.fill({ Name: 'Make a bucket', Connection: 'box', 'Bucket Names': '[bucket]' });

  // Change element, of a task.
  id = await editor.change(await editor.task(id), 'Amazon S3 (Fairlead)');
  await editor.fill({ Name: 'Upload', ...keys, Bucket: '=bucket', Key: 'in/offer.txt', Document: 'offer', 'Result variable': 'uploaded' });

  // The section Template of the panel, of a task. What does not belong to the action is not shown.
  id = await editor.choose(await editor.task(id), 'Amazon S3 (Fairlead)');
  assert.ok((await editor.shown()).includes('Document'));
  await editor.fill({ Action: 'Download an object' });
  const fields = await editor.shown();
  assert.ok(!fields.includes('Document') && fields.includes('Create document'), `${fields}`);
  await editor.fill({ Name: 'Download', ...keys, Bucket: '=bucket', Key: 'in/offer.txt', 'Create document': false, 'Result expression': '{text: response.element.content}', Retries: '2', 'Retry backoff': 'PT1S' });

  // The palette.
  const made = await editor.create('Amazon S3 (Fairlead)', 500, 450);
  await editor.fill({ Action: 'Delete an object', Authentication: "What the worker's machine offers" });
  const few = await editor.shown();
  for (const gone of ['Access key', 'Secret key', 'Session token', 'Document', 'Create document']) assert.ok(!few.includes(gone), `${gone} is still shown`);
  await editor.fill({ Authentication: 'Keys' });
  await editor.fill({ Name: 'Delete', ...keys, Bucket: '=bucket', Key: 'in/offer.txt', 'Result variable': 'deleted', 'Bucket in the path': 'Yes', 'Fail at once': 'No' });
  await editor.connect(id, made);

  // A command, and a hybrid template with a job type of its own.
  id = await editor.append(made, 'AWS S3: List Buckets');
  await editor.fill({ Name: 'List buckets', Connection: '="box"', Prefix: '=bucket', 'Result variable': 'buckets', 'Error expression': 'if error.code = "NotFound" then bpmnError("MISSING", error.message) else null' });
  id = await editor.append(id, 'Hybrid Amazon S3 (Fairlead)');
  await editor.fill({ Name: 'Elsewhere', 'Job type': 'io.camunda:aws-s3:elsewhere', ...keys, Bucket: '=bucket', Document: 'offer' });
  await editor.select(id);
  await editor.pad('append.end-event');

  const tasks = await finish(editor, 'ways');
  const command = 'io.fairlead.aws-s3.create-buckets';
  has(tasks['Make a bucket'], {
    template: command, version: '1', type: 'fairlead:aws-s3:create-buckets:1', retries: '3', headers: headers(command, '1'),
    inputs: { connection: 'box', 'params.bucketNames': '=[bucket]' },
  });
  const s3 = { template: 'io.fairlead.aws-s3', version: '1', type: 'io.camunda:aws-s3:1', retries: '3' };
  has(tasks.Upload, {
    ...s3, headers: headers(s3.template, '1', { resultVariable: 'uploaded' }),
    inputs: { actionDiscriminator: 'uploadObject', ...keyInputs, 'action.bucket': '=bucket', 'action.key': 'in/offer.txt', 'action.document': '=offer' },
  });
  has(tasks.Download, {
    ...s3, retries: '2', headers: headers(s3.template, '1', { resultExpression: '={text: response.element.content}', retryBackoff: 'PT1S' }),
    inputs: { actionDiscriminator: 'downloadObject', ...keyInputs, 'action.bucket': '=bucket', 'action.key': 'in/offer.txt', 'action.asFile': '=false' },
  });
  has(tasks.Delete, {
    ...s3, headers: headers(s3.template, '1', { resultVariable: 'deleted' }),
    inputs: { actionDiscriminator: 'deleteObject', ...keyInputs, 'configuration.fairlead.pathStyle': 'On', 'configuration.fairlead.failFast': 'false', 'action.bucket': '=bucket', 'action.key': 'in/offer.txt' },
  });
  const list = 'io.fairlead.aws-s3.list-buckets';
  has(tasks['List buckets'], {
    template: list, version: '1', type: 'fairlead:aws-s3:list-buckets:1', retries: '3', inputs: { connection: '="box"', 'params.prefix': '=bucket' },
    headers: headers(list, '1', { resultVariable: 'buckets', errorExpression: '=if error.code = "NotFound" then bpmnError("MISSING", error.message) else null' }),
  });
  has(tasks.Elsewhere, {
    ...s3, template: 'io.fairlead.aws-s3-hybrid', type: 'io.camunda:aws-s3:elsewhere', headers: headers('io.fairlead.aws-s3-hybrid', '1'),
    inputs: { actionDiscriminator: 'uploadObject', ...keyInputs, 'action.bucket': '=bucket', 'action.document': '=offer' },
  });
});

scene('has an entry for each action, and shared credentials, for 8.10', { id: 'modeler-actions', name: 'Actions of the menu', engine: '8.10' }, async (editor) => {
  let id = await editor.append('start', 'Upload to Amazon S3');
  assert.ok((await editor.shown()).includes('Document'));
  await editor.fill({ 'Document source': 'Text given here' });
  const fields = await editor.shown();
  assert.ok(!fields.includes('Document') && fields.includes('Content'), `${fields}`);
  await editor.fill({ Name: 'Upload', ...keys, 'Bucket in the path': 'Yes', Bucket: '=bucket', Content: '=text', 'File name': 'hello.txt', 'Answer with the key that was used': 'Yes', 'Result variable': 'uploaded' });
  await picture(editor, 'Object to upload');

  id = await editor.change(await editor.task(id), 'Download from Amazon S3');
  await editor.fill({ 'Response format': 'Text' });
  assert.ok((await editor.shown()).includes('Encoding'));
  await editor.fill({ Name: 'Download', ...keys, Bucket: '=bucket', Key: '=uploaded.key', 'Result expression': '{got: response.element.content}', 'Job timeout': 'PT5M' });

  id = await editor.choose(await editor.task(id), 'Delete from Amazon S3');
  await editor.fill({ Name: 'Delete', ...keys, Bucket: '=bucket', Key: '=uploaded.key', 'Result variable': 'deleted' });
  await editor.select(id);
  await editor.pad('append.end-event');
  const tasks = await finish(editor, 'actions');
  const s3 = { template: 'io.fairlead.aws-s3', version: '2', type: 'io.camunda:aws-s3:1', retries: '3' };
  const document = tasks.Upload.inputs['action.document'];
  assert.match(document, /^=if action_document_documentSource = "camunda"/);
  has(tasks.Upload, {
    ...s3, headers: headers(s3.template, '2', { resultVariable: 'uploaded' }),
    inputs: {
      actionDiscriminator: 'uploadObject', ...keyInputs, 'configuration.fairlead.pathStyle': 'On', 'configuration.fairlead.fixKey': 'true', 'action.bucket': '=bucket',
      'action.action_document_documentSource': 'inline', 'action.action_document_inline_content': '=text', 'action.action_document_inline_fileName': 'hello.txt',
      'action.document': document,
    },
  });
  has(tasks.Download, {
    ...s3, headers: headers(s3.template, '2', { resultExpression: '={got: response.element.content}', jobTimeout: 'PT5M' }),
    inputs: { actionDiscriminator: 'downloadObject', ...keyInputs, 'action.bucket': '=bucket', 'action.key': '=uploaded.key', 'documentReturnFormat.choice': 'TEXT', 'documentReturnFormat.encoding': 'UTF-8' },
  });
  has(tasks.Delete, {
    ...s3, headers: headers(s3.template, '2', { resultVariable: 'deleted' }),
    inputs: { actionDiscriminator: 'deleteObject', ...keyInputs, 'action.bucket': '=bucket', 'action.key': '=uploaded.key' },
  });
});

scene('takes keys, region and connections from the cluster', { id: 'modeler-shared', name: 'Shared', engine: '8.10' }, async (editor) => {
  await editor.page.evaluate(() => connectCluster([
    { name: 'archive', metadata: { kind: 'CREDENTIAL', configurationTemplate: 'io.camunda:aws-credential:1', configurationTemplateVersion: 1, displayName: 'Archive keys' } },
    { name: 'box', metadata: { kind: 'CREDENTIAL', configurationTemplate: 'io.fairlead:aws-s3-connection:1', configurationTemplateVersion: 1, displayName: 'The box' } },
  ]));
  const share = async (label, name) => {
    await editor.open();
    await editor.entry(label).getByText(`Choose ${label}`).click();
    await editor.page.getByText(name, { exact: true }).click();
  };
  const id = await editor.append('start', 'Delete from Amazon S3');
  await share('Shared credential', 'Archive keys');
  const few = await editor.shown();
  for (const gone of ['Authentication', 'Access key', 'Secret key', 'Session token', 'Region']) assert.ok(!few.includes(gone), `${gone} is still shown`);
  await editor.fill({ Name: 'Delete', Bucket: 'b', Key: 'k' });
  await editor.append(id, 'AWS S3: List Buckets');
  await share('Shared connection', 'The box');
  await editor.fill({ Name: 'List' });
  const tasks = await finish(editor, 'shared');
  assert.deepEqual(tasks.Delete.inputs, { actionDiscriminator: 'deleteObject', awsCredential: '=camunda.vars.env.archive', 'action.bucket': 'b', 'action.key': 'k' });
  assert.deepEqual(tasks.List.inputs, { connectionConfiguration: '=camunda.vars.env.box' });
});

for (const engine of ['8.7', '8.10']) {
  scene(`makes an element of every template for ${engine}`, { id: `every-${engine}`, engine }, async (editor) => {
    const made = await editor.page.evaluate(() => everyTemplate());
    const newest = new Map();
    for (const t of templatesFor(engine)) if ((newest.get(t.id)?.version ?? 0) < t.version) newest.set(t.id, t);
    assert.deepEqual(Object.keys(made).sort(), [...newest.keys()].sort());
    for (const [id, got] of Object.entries(made)) {
      const want = newest.get(id);
      assert.equal(got.type, 'bpmn:ServiceTask', id);
      assert.equal(got.version, want.version, id);
      assert.equal(got.job, want.properties[0].value, id);
      const targets = want.properties.filter((p) => p.binding.type === 'zeebe:input').map((p) => p.binding.name);
      assert.deepEqual(got.targets.filter((t) => !targets.includes(t)), [], id);
    }
    assert.deepEqual(editor.faults, []);
  });
}
