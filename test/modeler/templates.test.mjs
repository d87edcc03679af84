// Every template that `fairlead templates export` writes, before anybody opens it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { getZeebeSchemaVersion, validateZeebe, validateZeebeConfiguration } from '@bpmn-io/element-templates-validator';
import { exported } from './harness.mjs';
import { check, parity } from './rules.mjs';

/** faults gives all that is wrong with a template. */
function faults(template) {
  const schema = (template.properties ? validateZeebe(template).errors : null) ?? [];
  const configurations = (template.configurationTemplates ?? []).flatMap((c) => validateZeebeConfiguration(c).errors ?? []);
  return [...schema, ...configurations].map((e) => `${e.instancePath ?? e.dataPath ?? ""} ${e.message}`).concat(check(template));
}

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const files = (dir) => readdirSync(dir, { recursive: true }).filter((n) => n.endsWith('.json')).sort();

describe('planted faults', () => {
  const sound = read(join(exported('8.10'), 'fairlead.aws-s3.json'));
  const at = (t, id) => t.properties.find((p) => p.id === id);
  const planted = {
    'must have required property': [(t) => delete at(t, 'authentication.type').binding, /required property 'binding'|missing binding|binding/],
    'an unknown type': [(t) => (at(t, 'uploadActionKey').type = 'Blob'), /type/],
    'a dropdown with feel': [(t) => (at(t, 'actionDiscriminator').feel = 'optional'), /feel/],
    'a configuration without kind': [(t) => delete t.configurationTemplates[0].kind, /kind/],
    'a group twice': [(t) => t.groups.push(t.groups[0]), /group operation is there twice/],
    'an empty group': [(t) => t.groups.push({ id: 'void', label: 'Void' }), /group void is empty/],
    'a group that is not there': [(t) => (at(t, 'uploadActionKey').group = 'void'), /group void, which there is not/],
    'a field without group': [(t) => delete at(t, 'uploadActionKey').group, /in no group/],
    'a field without label': [(t) => delete at(t, 'uploadActionKey').label, /has no label/],
    'a field without words': [(t) => delete at(t, 'uploadActionKey').description, /is not described/],
    'an id twice': [(t) => (at(t, 'resultVariable').id = 'id'), /property id is there twice/],
    'a mapping twice': [(t) => (at(t, 'resultVariable').binding.key = 'errorExpression'), /both set zeebe:taskHeader errorExpression/],
    'one of two mappings always there': [(t) => delete at(t, 'uploadActionKey').condition, /both set zeebe:input action.key/],
    'a condition on a later property': [(t) => t.properties.push(t.properties.splice(1, 1)[0]), /which does not come before it/],
    'a condition on nothing': [(t) => (at(t, 'uploadActionKey').condition.property = 'void'), /depends on void/],
    'a condition on no choice': [(t) => (at(t, 'uploadActionKey').condition.equals = 'put'), /being put, which is no choice/],
    'a default that is no choice': [(t) => (at(t, 'actionDiscriminator').value = 'put'), /put as default, which is no choice/],
    'a choice twice': [(t) => at(t, 'actionDiscriminator').choices.push({ name: 'Again', value: 'uploadObject' }), /choice uploadObject twice/],
    'a choice that only seems made': [(t) => delete at(t, 'actionDiscriminator').value, /a choice that was not made/],
    'an expression that is none': [(t) => (at(t, 'resultExpression').value = 'response'), /its default is none/],
    'too short when empty': [(t) => (at(t, 'uploadActionKey').constraints = { minLength: 2 }), /is too short when it is/],
    'a pattern without secrets': [(t) => (at(t, 'uploadActionKey').constraints = { pattern: { value: '^a*$', message: 'no' } }), /lets no secret pass/],
    'a header with another version': [(t) => (t.version += 1), /the header with the version/],
    'a header with another id': [(t) => (t.id = 'io.other'), /the header with the id/],
    'no job type': [(t) => delete t.properties[0].value, /job type is not set once|value/],
    'no engine': [(t) => delete t.engines, /no engine is named/],
    'an icon in a file': [(t) => (t.icon.contents = 'icon.svg'), /icon/],
    'a configuration that is not there': [(t) => (t.configurationTemplates[0].id = 'io.other'), /configuration io.camunda:aws-credential:1 is not there/],
    'a step to nowhere': [(t) => (t.steps[0].presetId = 'void'), /preset void, which there is not/],
    'a preset that sets no choice': [(t) => (t.presets[0].properties.actionDiscriminator = 'put'), /to put, which is no choice/],
  };
  for (const [what, [plant, want]] of Object.entries(planted)) {
    it(`${what} is found`, () => {
      const broken = structuredClone(sound);
      plant(broken);
      assert.match(faults(broken).join('\n'), want);
    });
  }

  it('a hybrid that is not the same is found', () => {
    const hybrid = read(join(exported('8.10'), 'hybrid', 'fairlead.aws-s3-hybrid.json'));
    assert.deepEqual(parity(sound, hybrid), []);
    const plant = (change) => {
      const broken = structuredClone(hybrid);
      change(broken);
      return parity(sound, broken).join('\n');
    };
    assert.match(plant((t) => (t.id = sound.id)), /its id/);
    assert.match(plant((t) => (t.name = sound.name)), /its name/);
    assert.match(plant((t) => (t.properties[0].type = 'Hidden')), /no field at the top/);
    assert.match(plant((t) => (t.properties[0].value = 'x')), /its job type is x/);
    assert.match(plant((t) => (t.steps[0].name = sound.steps[0].name)), /entries of menus/);
    assert.match(plant((t) => t.properties.pop()), /something other/);
  });
});

describe('exported templates', () => {
  assert.equal(getZeebeSchemaVersion(), '0.46.0', 'the validator is the one that the templates were written for');
  const seen = new Map();
  for (const engine of ['8.7', '8.8', '8.9', '8.10']) {
    it(`are sound for ${engine}`, () => {
      const dir = exported(engine);
      const list = files(dir);
      assert.ok(list.length > 100, `there are only ${list.length}`);
      const bad = [];
      for (const file of list) {
        const text = readFileSync(join(dir, file), 'utf8');
        const template = JSON.parse(text);
        const key = `${template.id} ${template.version}`;
        if (seen.has(key) && seen.get(key) !== text) bad.push(`${file}: another one is ${key} too`);
        if (!seen.has(key)) bad.push(...faults(template).map((f) => `${file}: ${f}`));
        seen.set(key, text);
        if (minor(template.engines.camunda.slice(1)) > minor(engine)) bad.push(`${file} needs ${template.engines.camunda}`);
      }
      assert.deepEqual(bad, []);
    });

    it(`have an equal hybrid each, for ${engine}`, () => {
      const dir = exported(engine);
      for (const file of files(dir).filter((f) => !f.includes('/'))) {
        assert.deepEqual(parity(read(join(dir, file)), read(join(dir, 'hybrid', file.replace('.json', '-hybrid.json')))), [], file);
      }
    });
  }
});

const minor = (version) => Number(version.split('.')[1]);
