package engines

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

// Process is a BPMN process of tasks one after the other, as the Modeler writes
// it.
type Process struct {
	ID    string
	Tasks []Task
}

// Task is a service task. Inputs are FEEL expressions with their leading = or
// text, by target variable, in the order of their names.
type Task struct {
	ID      string
	Type    string
	Retries string // 3 when empty
	Inputs  map[string]string
	Headers map[string]string
	// Catch is a BPMN error code that a boundary event catches; it leads to an
	// end event of its own, whose name is "caught" and the task's ID. Variables
	// that the error carries are mapped by CatchOutputs, source to target.
	Catch        string
	CatchOutputs map[string]string
}

// XML is the process as a cluster takes it.
func (p Process) XML() []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="defs" targetNamespace="http://bpmn.io/schema/bpmn">
`)
	for _, t := range p.Tasks {
		if t.Catch != "" {
			fmt.Fprintf(&b, "<bpmn:error id=%s name=%s errorCode=%s/>\n", attr("error_"+t.ID), attr(t.Catch), attr(t.Catch))
		}
	}
	fmt.Fprintf(&b, "<bpmn:process id=%s isExecutable=\"true\">\n<bpmn:startEvent id=\"start\"><bpmn:outgoing>f0</bpmn:outgoing></bpmn:startEvent>\n", attr(p.ID))
	last := "start"
	for i, t := range p.Tasks {
		flow(&b, fmt.Sprintf("f%d", i), last, t.ID)
		t.write(&b, fmt.Sprintf("f%d", i), fmt.Sprintf("f%d", i+1))
		last = t.ID
	}
	n := len(p.Tasks)
	flow(&b, fmt.Sprintf("f%d", n), last, "done")
	fmt.Fprintf(&b, "<bpmn:endEvent id=\"done\"><bpmn:incoming>f%d</bpmn:incoming></bpmn:endEvent>\n</bpmn:process>\n</bpmn:definitions>\n", n)
	return []byte(b.String())
}

func flow(b *strings.Builder, id, from, to string) {
	fmt.Fprintf(b, "<bpmn:sequenceFlow id=%s sourceRef=%s targetRef=%s/>\n", attr(id), attr(from), attr(to))
}

func (t Task) write(b *strings.Builder, in, out string) {
	retries := t.Retries
	if retries == "" {
		retries = "3"
	}
	fmt.Fprintf(b, "<bpmn:serviceTask id=%s name=%s><bpmn:extensionElements><zeebe:taskDefinition type=%s retries=%s/>", attr(t.ID), attr(t.ID), attr(t.Type), attr(retries))
	if len(t.Headers) > 0 {
		b.WriteString("<zeebe:taskHeaders>")
		for _, k := range sorted(t.Headers) {
			fmt.Fprintf(b, "<zeebe:header key=%s value=%s/>", attr(k), attr(t.Headers[k]))
		}
		b.WriteString("</zeebe:taskHeaders>")
	}
	mappings(b, "input", t.Inputs, false)
	fmt.Fprintf(b, "</bpmn:extensionElements><bpmn:incoming>%s</bpmn:incoming><bpmn:outgoing>%s</bpmn:outgoing></bpmn:serviceTask>\n", in, out)
	if t.Catch == "" {
		return
	}
	caught := "caught_" + t.ID
	fmt.Fprintf(b, "<bpmn:boundaryEvent id=%s attachedToRef=%s>", attr("on_"+t.ID), attr(t.ID))
	if len(t.CatchOutputs) > 0 {
		b.WriteString("<bpmn:extensionElements>")
		mappings(b, "output", t.CatchOutputs, true)
		b.WriteString("</bpmn:extensionElements>")
	}
	fmt.Fprintf(b, "<bpmn:outgoing>c_%s</bpmn:outgoing><bpmn:errorEventDefinition errorRef=%s/></bpmn:boundaryEvent>\n", t.ID, attr("error_"+t.ID))
	flow(b, "c_"+t.ID, "on_"+t.ID, caught)
	fmt.Fprintf(b, "<bpmn:endEvent id=%s><bpmn:incoming>c_%s</bpmn:incoming></bpmn:endEvent>\n", attr(caught), t.ID)
}

// mappings writes input mappings by target, or output mappings by source.
func mappings(b *strings.Builder, kind string, m map[string]string, bySource bool) {
	if len(m) == 0 {
		return
	}
	b.WriteString("<zeebe:ioMapping>")
	for _, k := range sorted(m) {
		source, target := m[k], k
		if bySource {
			source, target = k, m[k]
		}
		fmt.Fprintf(b, "<zeebe:%s source=%s target=%s/>", kind, attr(source), attr(target))
	}
	b.WriteString("</zeebe:ioMapping>")
}

func sorted(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func attr(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return `"` + b.String() + `"`
}
