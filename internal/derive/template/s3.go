package template

// S3ID is the id of the template of the Amazon S3 connector.
const S3ID = "io.fairlead.aws-s3"

// s3JobType is the one that Camunda's connector has, so that diagrams made with
// either template run on either worker.
const s3JobType = "io.camunda:aws-s3:1"

// awsCredential is the configuration template that Camunda's own S3 template
// chooses from, so that both share credentials.
const awsCredential = "io.camunda:aws-credential:1"

// S3 is the template of the Amazon S3 connector. Its ids, bindings and groups
// are those of Camunda's template, whose variables the job type expects: of its
// second version for engines before 8.10, of its sixth from then on.
func S3(engine Engine) Template {
	t := Template{
		ID: S3ID, Name: "Amazon S3 (Fairlead)", Description: "Put a document into an S3 bucket, fetch one, or remove one.",
		JobType: s3JobType, Since: V87, Icon: icon("aws-s3"), Keywords: []string{"s3", "aws", "bucket", "object", "fairlead"},
		Groups: []Group{
			{"operation", "Action"}, {"authentication", "Authentication"}, {"configuration", "Configuration"},
			{"deleteObject", "Object to delete"}, {"uploadObject", "Object to upload"}, {"downloadObject", "Object to download"},
		},
		Properties: s3Head(),
	}
	if engine >= V810 {
		t.Since = V810
		t.Configurations = []Configuration{s3Credential()}
	}
	t.Properties = append(t.Properties, s3Keys("delete", "deleteObject", true)...)
	t.Properties = append(t.Properties, s3Keys("upload", "uploadObject", false)...)
	t.Properties = append(t.Properties, s3Document(engine)...)
	t.Properties = append(t.Properties, s3Keys("download", "downloadObject", true)...)
	t.Properties = append(t.Properties, s3Download(engine)...)
	return t
}

func input(name string) Binding { return Binding{"zeebe:input", name} }

func s3Head() []Property {
	return append([]Property{{
		ID: "actionDiscriminator", Label: "Action", Group: "operation", Type: "Dropdown", Value: "uploadObject", Binding: input("actionDiscriminator"),
		Choices: []Choice{{"Delete an object", "deleteObject"}, {"Download an object", "downloadObject"}, {"Upload an object", "uploadObject"}},
	}}, append(s3Authentication(),
		Property{
			ID: "awsCredential", Label: "Shared credential", Group: "authentication", Type: "Configuration", Optional: true, Since: V810,
			Description: "Goes before the keys and the region given here.", Configuration: awsCredential, Binding: input("awsCredential"),
		},
		Property{
			ID: "configuration.region", Label: "Region", Group: "configuration", Type: "String", Feel: "optional", NotEmpty: true,
			Description: "Region of the bucket, such as eu-central-1.", Binding: input("configuration.region"),
		},
		Property{ID: "configuration.endpoint", Label: "Endpoint", Group: "configuration", Type: "String", Feel: "optional", Optional: true,
			Description: "Address of another service that speaks S3. Empty for AWS.", Binding: input("configuration.endpoint")},
	)...)
}

func s3Authentication() []Property {
	static := &Condition{Property: "authentication.type", Equals: "credentials"}
	key := func(id, label string) Property {
		return Property{
			ID: "authentication." + id, Label: label, Group: "authentication", Type: "String", Feel: "optional", NotEmpty: true, Secret: true,
			Description: "Use a secret: {{secrets.NAME}}.", Binding: input("authentication." + id), Condition: static,
		}
	}
	return []Property{
		{
			ID: "authentication.type", Label: "Authentication", Group: "authentication", Type: "Dropdown", Value: "credentials", Binding: input("authentication.type"),
			Description: "Keys given here, or what the worker's own machine offers.",
			Choices:     []Choice{{"What the worker's machine offers", "defaultCredentialsChain"}, {"Keys", "credentials"}},
		},
		key("accessKey", "Access key"), key("secretKey", "Secret key"),
	}
}

func s3Credential() Configuration {
	var props []Property
	for _, p := range s3Authentication() {
		p.Group, p.Binding = "", Binding{"property", p.ID}
		props = append(props, p)
	}
	props = append(props, Property{
		ID: "region", Label: "Region", Type: "String", Feel: "optional", NotEmpty: true,
		Description: "Region of the buckets, such as eu-central-1.", Binding: Binding{"property", "region"},
	})
	return Configuration{ID: awsCredential, Name: "AWS credential", Description: "Keys of AWS and their region.", Properties: props}
}

func on(action string) *Condition { return &Condition{Property: "actionDiscriminator", Equals: action} }

func s3Keys(name, action string, needed bool) []Property {
	key := "Key of the object in the bucket."
	if !needed {
		key = "Key of the object in the bucket. The document's file name when left out."
	}
	return []Property{
		{
			ID: name + "ActionBucket", Label: "Bucket", Group: action, Type: "String", Feel: "optional", NotEmpty: true,
			Description: "Name of the bucket.", Binding: input("action.bucket"), Condition: on(action),
		},
		{
			ID: name + "ActionKey", Label: "Key", Group: action, Type: "String", Feel: "optional", NotEmpty: needed, Optional: !needed,
			Description: key, Binding: input("action.key"), Condition: on(action),
		},
	}
}

// s3Document is what to upload. From 8.10 on it may be given in place, or by
// its address; a hidden expression makes the document of it.
func s3Document(engine Engine) []Property {
	document := Property{ID: "uploadActionDocument", Group: "uploadObject", Binding: input("action.document"), Condition: on("uploadObject")}
	if engine < V810 {
		document.Label, document.Type, document.Feel, document.NotEmpty = "Document", "String", "required", true
		document.Description = "Reference to a document, as an expression."
		return []Property{document}
	}
	const prefix = "action_document_"
	field := func(source, id, label, doc, feel string, needed bool) Property {
		return Property{
			ID: prefix + id, Label: label, Description: doc, Group: "uploadObject", Type: "String", Feel: feel, NotEmpty: needed, Optional: !needed, Binding: input("action." + prefix + id),
			Condition: &Condition{All: []Condition{{Property: prefix + "documentSource", Equals: source}, *on("uploadObject")}},
		}
	}
	document.Type = "Hidden"
	document.Value = s3DocumentExpression
	return []Property{
		{
			ID: prefix + "documentSource", Label: "Document source", Group: "uploadObject", Type: "Dropdown", Value: "camunda", Binding: input("action." + prefix + "documentSource"),
			Choices: []Choice{{"Document of the process", "camunda"}, {"Text given here", "inline"}, {"Address", "external"}}, Condition: on("uploadObject"),
		},
		field("camunda", "camundaReference", "Document", "Reference to a document, as an expression.", "required", true),
		field("inline", "inline_content", "Content", "Text that becomes the object.", "optional", true),
		field("inline", "inline_fileName", "File name", "Name of the document.", "optional", false),
		field("inline", "inline_contentType", "Content type", "Such as text/plain; by the file name when left out.", "optional", false),
		field("external", "external_url", "Address", "Where the content is fetched from.", "optional", true),
		field("external", "external_fileName", "File name", "Name of the document.", "optional", false),
		document,
	}
}

const s3DocumentExpression = `=if action.action_document_documentSource = "camunda" then action.action_document_camundaReference
 else if action.action_document_documentSource = "inline" then {"camunda.document.type": "inline", content: action.action_document_inline_content, name: action.action_document_inline_fileName, contentType: action.action_document_inline_contentType}
 else if action.action_document_documentSource = "external" then {"camunda.document.type": "external", url: action.action_document_external_url, name: action.action_document_external_fileName}
 else null`

func s3Download(engine Engine) []Property {
	if engine < V810 {
		return []Property{{
			ID: "downloadActionAsFile", Label: "Create document", Group: "downloadObject", Type: "Boolean", Feel: "static", Value: true,
			Description: "Else the content itself is the result: JSON, text or base64.", Binding: input("action.asFile"), Condition: on("downloadObject"),
		}}
	}
	text := &Condition{All: []Condition{{Property: "documentReturnFormat", Equals: "TEXT"}, *on("downloadObject")}}
	return []Property{
		{
			ID: "documentReturnFormat", Label: "Response format", Group: "downloadObject", Type: "Dropdown", Value: "DOCUMENT", Binding: input("documentReturnFormat.choice"),
			Choices: []Choice{{"Reference to a document", "DOCUMENT"}, {"Text", "TEXT"}, {"JSON", "JSON"}}, Condition: on("downloadObject"),
		},
		{
			ID: "documentReturnFormatEncoding", Label: "Encoding", Group: "downloadObject", Type: "String", Feel: "optional", Value: "UTF-8", Optional: true,
			Description: "Encoding of the text.", Binding: input("documentReturnFormat.encoding"), Condition: text,
		},
	}
}
