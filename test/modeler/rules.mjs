// What a template has to keep to besides its JSON schema, so that a Modeler and
// a repository of templates take it.

/** check gives what is wrong with a template, one sentence each. */
export function check(template) {
  const found = [];
  const properties = template.properties ?? [];
  const groups = (template.groups ?? []).map((g) => g.id);
  const say = (text) => found.push(text);

  for (const id of twice(groups)) say(`the group ${id} is there twice`);
  for (const id of groups) {
    if (!properties.some((p) => p.group === id)) say(`the group ${id} is empty`);
  }
  checkIds(properties, say);
  properties.forEach((p, at) => checkProperty(p, properties.slice(0, at), groups, say));
  checkHead(template, say);
  checkMenu(template, say);
  return found;
}

const twice = (list) => [...new Set(list.filter((x, at) => list.indexOf(x) !== at))];
const name = (p) => p.id ?? p.label ?? p.binding?.type;
const target = (p) => `${p.binding?.type} ${p.binding?.name ?? p.binding?.key ?? p.binding?.property}`;

/** all gives the simple conditions of a property, of which each has to hold. */
const all = (p) => (p.condition ? (p.condition.allMatch ?? [p.condition]) : []);
const values = (c) => c.oneOf ?? ('equals' in c ? [c.equals] : undefined);

/** exclusive tells whether two properties are never there at the same time. */
const exclusive = (a, b) =>
  all(a).some((x) => all(b).some((y) => x.property === y.property && values(x) && values(y) && !values(x).some((v) => values(y).includes(v))));

function checkIds(properties, say) {
  properties.forEach((p, at) => {
    for (const q of properties.slice(at + 1)) {
      if (exclusive(p, q)) continue;
      if (p.id !== undefined && p.id === q.id) say(`the property ${p.id} is there twice`);
      if (target(p) === target(q)) say(`${name(p)} and ${name(q)} both set ${target(p)}`);
    }
  });
}

function checkProperty(p, earlier, groups, say) {
  if (p.type !== 'Hidden') {
    if (!p.group) say(`${name(p)} stands in no group`);
    if (!p.label) say(`${name(p)} has no label`);
    if (!p.description && !/^(Bucket|Content|Action|Document source|Response format)$/.test(p.label)) say(`${name(p)} is not described`);
  }
  if (p.group && !groups.includes(p.group)) say(`${name(p)} stands in the group ${p.group}, which there is not`);
  for (const c of all(p)) checkCondition(p, c, earlier, say);
  if (p.type === 'Dropdown') {
    const choices = (p.choices ?? []).map((c) => c.value);
    for (const v of twice(choices)) say(`${name(p)} has the choice ${v} twice`);
    if (p.value !== undefined && !choices.includes(p.value)) say(`${name(p)} has ${p.value} as default, which is no choice`);
    if (p.value === undefined && !p.optional) say(`${name(p)} shows a choice that was not made`);
  }
  if (p.feel === 'required' && p.value !== undefined && !`${p.value}`.startsWith('=')) say(`${name(p)} takes an expression, and its default is none`);
  if (p.constraints?.minLength > 1 && p.optional) say(`${name(p)} may be empty, and is too short when it is`);
  if (p.constraints?.pattern && !['', '{{secrets.NAME}}'].every((v) => new RegExp(p.constraints.pattern.value).test(v))) say(`the pattern of ${name(p)} lets no secret pass`);
}

function checkCondition(p, c, earlier, say) {
  const of = earlier.find((q) => q.id === c.property);
  if (!of) return say(`${name(p)} depends on ${c.property}, which does not come before it`);
  for (const v of values(c) ?? []) {
    if (of.type === 'Dropdown' && !of.choices.some((x) => x.value === v)) say(`${name(p)} depends on ${c.property} being ${v}, which is no choice`);
    if (of.type === 'Boolean' && typeof v !== 'boolean') say(`${name(p)} depends on ${c.property} being ${v}, which is not yes or no`);
  }
}

function checkHead(template, say) {
  const header = (key) => template.properties.find((p) => p.binding?.type === 'zeebe:taskHeader' && p.binding.key === key)?.value;
  if (header('elementTemplateVersion') !== `${template.version}`) say(`the header with the version is ${header('elementTemplateVersion')}, and the version is ${template.version}`);
  if (header('elementTemplateId') !== template.id) say(`the header with the id is ${header('elementTemplateId')}, and the id is ${template.id}`);
  const types = template.properties.filter((p) => p.binding?.type.startsWith('zeebe:taskDefinition') && p.binding.property !== 'retries');
  if (types.length !== 1 || types[0].binding.type !== 'zeebe:taskDefinition' || types[0].binding.property !== 'type' || !types[0].value) say('the job type is not set once, by zeebe:taskDefinition');
  if (!/^\^8\.\d+$/.test(template.engines?.camunda ?? '')) say('no engine is named');
  if (!/^(https?:|data:)/.test(template.icon?.contents ?? '')) say('the icon has no address');
  const used = template.properties.filter((p) => p.type === 'Configuration').map((p) => p.configurationTemplate);
  const given = (template.configurationTemplates ?? []).map((c) => c.id);
  for (const id of used.filter((u) => !given.includes(u))) say(`the configuration ${id} is not there`);
  for (const id of given.filter((g) => !used.includes(g))) say(`the configuration ${id} is not used`);
}

const leaves = (steps) => steps.flatMap((s) => (s.steps ? leaves(s.steps) : [s]));

function checkMenu(template, say) {
  const presets = template.presets ?? [];
  const ids = presets.map((p) => p.id);
  const named = leaves(template.steps ?? []).map((s) => s.presetId);
  for (const id of twice(ids)) say(`the preset ${id} is there twice`);
  for (const id of named.filter((n) => !ids.includes(n))) say(`a step names the preset ${id}, which there is not`);
  for (const id of ids.filter((i) => !named.includes(i))) say(`no step leads to the preset ${id}`);
  for (const preset of presets) {
    for (const [id, value] of Object.entries(preset.properties)) {
      const p = template.properties.find((q) => q.id === id);
      if (!p) say(`the preset ${preset.id} sets ${id}, which there is not`);
      else if (p.type === 'Dropdown' && !p.choices.some((c) => c.value === value)) say(`the preset ${preset.id} sets ${id} to ${value}, which is no choice`);
    }
  }
}

/** parity gives how a hybrid template differs from the one it was made of, beyond its job type. */
export function parity(plain, hybrid) {
  const found = [];
  const open = hybrid.properties[0];
  if (hybrid.id !== `${plain.id}-hybrid`) found.push(`its id is ${hybrid.id}`);
  if (hybrid.name !== `Hybrid ${plain.name}`) found.push(`its name is ${hybrid.name}`);
  if (hybrid.groups[0].id !== 'taskDefinitionType' || open.group !== 'taskDefinitionType' || open.type !== 'String') found.push('its job type is no field at the top');
  if (open.value !== plain.properties[0].value) found.push(`its job type is ${open.value}`);
  const steps = (plain.steps ?? []).map((s) => `Hybrid ${s.name}`);
  if (`${(hybrid.steps ?? []).map((s) => s.name)}` !== `${steps}`) found.push('its entries of menus have other names');
  const rest = { ...hybrid, ...(plain.steps && { steps: plain.steps }), id: plain.id, name: plain.name, groups: hybrid.groups.slice(1), properties: [plain.properties[0], ...hybrid.properties.slice(1)] };
  const asPlain = JSON.stringify(rest).replaceAll(`"${hybrid.id}"`, `"${plain.id}"`);
  if (asPlain !== JSON.stringify(plain)) found.push('something other than the job type differs');
  return found;
}
