// The Modeler of the tests, put together as Camunda's Desktop Modeler is: bpmn-js with
// the properties panel for Camunda 8, element templates, their chooser, and the
// menus that create, append and replace.
import BpmnModeler from 'bpmn-js/lib/Modeler';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule } from 'bpmn-js-properties-panel';
import { CloudElementTemplatesPropertiesProviderModule } from 'bpmn-js-element-templates';
import { CreateAppendAnythingModule, CreateAppendElementTemplatesModule } from 'bpmn-js-create-append-anything';
import ElementTemplateChooserModule from '@bpmn-io/element-template-chooser';
import ElementTemplateIconRenderer from '@bpmn-io/element-template-icon-renderer';
import ZeebeBehaviorsModule from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';

import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn-embedded.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import 'bpmn-js-element-templates/dist/assets/element-templates.css';
import '@bpmn-io/element-template-chooser/dist/element-template-chooser.css';

let modeler;

/** openDiagram shows a diagram for an engine and loads templates; it gives what was wrong with them. */
window.openDiagram = async (xml, templates, engine) => {
  modeler?.destroy();
  modeler = new BpmnModeler({
    container: '#canvas',
    propertiesPanel: { parent: '#panel' },
    moddleExtensions: { zeebe },
    exporter: { name: 'test', version: '1' },
    debounceInput: false,
    additionalModules: [
      BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule, CloudElementTemplatesPropertiesProviderModule,
      ElementTemplateChooserModule, ElementTemplateIconRenderer, CreateAppendAnythingModule, CreateAppendElementTemplatesModule, ZeebeBehaviorsModule,
    ],
  });
  const wrong = [];
  modeler.on('elementTemplates.errors', (e) => wrong.push(...e.errors.map((x) => x.message)));
  modeler.on('elementTemplates.warnings', (e) => wrong.push(...e.warnings.map((x) => x.message)));
  const { warnings } = await modeler.importXML(xml);
  modeler.get('elementTemplates').setEngines({ camunda: engine });
  modeler.get('elementTemplatesLoader').setTemplates(templates);
  return [...wrong, ...warnings.map((w) => w.message)];
};

/** connectCluster tells the Modeler which configurations its cluster keeps. */
window.connectCluster = (instances) => modeler.get('configurationInstances').setState({ available: true, selectableInstances: instances, referencedInstances: instances });

/** readTasks gives what the service tasks of a saved diagram say, by their names. */
window.readTasks = (xml) => {
  const out = {};
  const zeebe = 'http://camunda.org/schema/zeebe/1.0';
  for (const task of new DOMParser().parseFromString(xml, 'application/xml').getElementsByTagNameNS('*', 'serviceTask')) {
    const all = (name, key, value) => Object.fromEntries([...task.getElementsByTagNameNS(zeebe, name)].map((e) => [e.getAttribute(key), e.getAttribute(value)]));
    const [definition] = task.getElementsByTagNameNS(zeebe, 'taskDefinition');
    out[task.getAttribute('name')] = {
      template: task.getAttributeNS(zeebe, 'modelerTemplate'), version: task.getAttributeNS(zeebe, 'modelerTemplateVersion'), icon: task.getAttributeNS(zeebe, 'modelerTemplateIcon'),
      type: definition.getAttribute('type'), retries: definition.getAttribute('retries'),
      inputs: all('input', 'target', 'source'), headers: all('header', 'key', 'value'),
    };
  }
  return out;
};

/** saveDiagram gives the diagram as the Modeler writes it. */
window.saveDiagram = async () => (await modeler.saveXML({ format: true })).xml;

/** everyTemplate makes an element of each template that the engine takes, and gives the job types. */
window.everyTemplate = () => {
  const templates = modeler.get('elementTemplates');
  const root = modeler.get('canvas').getRootElement();
  const out = {};
  for (const template of templates.getLatest()) {
    const made = modeler.get('modeling').createShape(templates.createElement(template), { x: 2000, y: 2000 }, root);
    const extension = (type) => made.businessObject.extensionElements.get('values').find((v) => v.$instanceOf(type));
    out[template.id] = {
      type: made.type, version: templates.get(made)?.version, job: extension('zeebe:TaskDefinition').type,
      targets: (extension('zeebe:IoMapping')?.inputParameters ?? []).map((i) => i.target),
    };
    modeler.get('modeling').removeShape(made);
  }
  return out;
};

/** place gives where the middle of an element is on the screen. */
window.place = (id) => {
  const e = modeler.get('elementRegistry').get(id);
  const box = modeler.get('canvas').getAbsoluteBBox(e);
  const frame = document.querySelector('#canvas').getBoundingClientRect();
  return { x: frame.x + box.x + box.width / 2, y: frame.y + box.y + box.height / 2 };
};

/** selected gives the id of the one selected element. */
window.selected = () => {
  const list = modeler.get('selection').get();
  return list.length === 1 ? list[0].id : undefined;
};
