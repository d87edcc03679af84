package template

// lastGroups come after those of a template.
var lastGroups = []Group{
	{"connector", "Template"},
	{"output", "Output mapping"},
	{"error", "Error handling"},
	{"retries", "Retries"},
}

// lastProperties are what every job of a worker understands.
func lastProperties(id, version, resultExample string) []Property {
	header := func(p Property, key string) Property {
		p.Binding = Binding{"zeebe:taskHeader", key}
		return p
	}
	return []Property{
		header(Property{ID: "version", Label: "Version", Group: "connector", Type: "Hidden", Value: version}, "elementTemplateVersion"),
		header(Property{ID: "id", Label: "ID", Group: "connector", Type: "Hidden", Value: id}, "elementTemplateId"),
		header(Property{
			ID: "resultVariable", Label: "Result variable", Group: "output", Type: "String",
			Description: "Variable that takes the whole response.",
		}, "resultVariable"),
		header(Property{
			ID: "resultExpression", Label: "Result expression", Group: "output", Type: "Text", Feel: "required",
			Description: "A context whose members become variables of the process. It sees response.", Placeholder: resultExample,
		}, "resultExpression"),
		header(Property{
			ID: "errorExpression", Label: "Error expression", Group: "error", Type: "Text", Feel: "required",
			Description: "What is to become of a failure: bpmnError, jobError, ignoreError, or null. It sees error and response.",
			Placeholder: `if error != null then bpmnError("FAILED", error.message) else null`,
		}, "errorExpression"),
		{
			ID: "retryCount", Label: "Retries", Group: "retries", Type: "String", Feel: "optional", Value: "3",
			Description: "How often the job is tried in all.", Binding: Binding{"zeebe:taskDefinition", "retries"},
		},
		header(Property{
			ID: "retryBackoff", Label: "Retry backoff", Group: "retries", Type: "String", Value: "PT30S",
			Description: "How long to wait before the next try, as an ISO 8601 duration.",
		}, "retryBackoff"),
		header(Property{
			ID: "jobTimeout", Label: "Job timeout", Group: "retries", Type: "String", Optional: true, Placeholder: "PT10M",
			Description: "How long the work may take before the engine gives the job to another worker, as an ISO 8601 duration.",
		}, "jobTimeout"),
	}
}
