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
		JobType: s3JobType, Since: V87, Icon: icon("aws-s3"), Keywords: []string{"amazon", "s3", "aws", "bucket", "object", "fairlead"},
		ResultExample: "{ document: response.element.document }",
		Groups: []Group{
			{"operation", "Action"},
			{"authentication", "Authentication"},
			{"configuration", "Configuration"},
			{"deleteObject", "Object to delete"},
			{"uploadObject", "Object to upload"},
			{"downloadObject", "Object to download"},
			{"fairlead", "More than Camunda's connector"},
		},
		Properties: s3Head(engine),
	}
	if engine >= V810 {
		t.Since = V810
		t.Configurations = []Configuration{s3Credential()}
		t.Presets = s3Presets()
	}
	t.Properties = append(t.Properties, s3Keys("delete", "deleteObject", true)...)
	t.Properties = append(t.Properties, s3Keys("upload", "uploadObject", false)...)
	t.Properties = append(t.Properties, s3Document(engine)...)
	t.Properties = append(t.Properties, s3Keys("download", "downloadObject", true)...)
	t.Properties = append(t.Properties, s3Download(engine)...)
	t.Properties = append(t.Properties, s3Switches()...)
	return t
}

func input(name string) Binding { return Binding{"zeebe:input", name} }

// s3Presets say what they belong to: a search in the Modeler's menus shows them
// by themselves, and finds them by their words and the template's keywords.
func s3Presets() []Preset {
	const action = "actionDiscriminator"
	return []Preset{
		{"Upload to Amazon S3", "Put a document into a bucket.", action, "uploadObject"},
		{"Download from Amazon S3", "Fetch an object as a document, as text or as JSON.", action, "downloadObject"},
		{"Delete from Amazon S3", "Remove an object from a bucket.", action, "deleteObject"},
	}
}

func s3Head(engine Engine) []Property {
	head := []Property{{
		ID: "actionDiscriminator", Label: "Action", Group: "operation", Type: "Dropdown", Value: "uploadObject", Binding: input("actionDiscriminator"),
		Choices: []Choice{{"Delete an object", "deleteObject"}, {"Download an object", "downloadObject"}, {"Upload an object", "uploadObject"}},
	}}
	own := append(s3Authentication(), s3Role()...)
	own = append(own,
		Property{
			ID: "configuration.region", Label: "Region", Group: "configuration", Type: "String", Feel: "optional", NotEmpty: true,
			Description: "Region of the bucket.", Placeholder: "eu-central-1", Binding: input("configuration.region"),
		},
		Property{
			ID: "configuration.endpoint", Label: "Endpoint", Group: "configuration", Type: "String", Feel: "optional", Optional: true,
			Description: "Address of another service that speaks S3. Empty for AWS.", Placeholder: "https://s3.example.com:9000", Binding: input("configuration.endpoint"),
		},
		Property{
			ID: "fairlead.pathStyle", Label: "Bucket in the path", Group: "configuration", Type: "Dropdown", Optional: true, Binding: extra("pathStyle"),
			Description: "Whether addresses name the bucket in the path instead of the host. Left empty, the worker decides.",
			Choices:     []Choice{{"Automatic", "Automatic"}, {"Yes", "On"}, {"No", "Off"}},
		},
	)
	if engine >= V810 {
		head = append(head, Property{
			ID: "awsCredential", Label: "Shared credential", Group: "authentication", Type: "Configuration", Optional: true,
			Description: "Keys and a region that are kept in the cluster, in place of those given here.", Configuration: awsCredential, Binding: input("awsCredential"),
		})
		withoutCredential(own)
	}
	return append(head, own...)
}

// withoutCredential hides what a shared credential gives.
func withoutCredential(props []Property) {
	for i := range props {
		none := Condition{Property: "awsCredential", Empty: true}
		switch p := &props[i]; p.ID {
		case "authentication.type", "configuration.region":
			p.Condition = &none
		case "authentication.accessKey", "authentication.secretKey", "fairlead.sessionToken":
			p.Condition = &Condition{All: []Condition{none, *p.Condition}}
		}
	}
}

func s3Authentication() []Property {
	key := func(id, label string) Property {
		return Property{
			ID: "authentication." + id, Label: label, Group: "authentication", Type: "String", Feel: "optional", NotEmpty: true, Secret: true,
			Description: "Use a secret.", Placeholder: "{{secrets.NAME}}", Binding: input("authentication." + id), Condition: static(),
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

func static() *Condition { return &Condition{Property: "authentication.type", Equals: "credentials"} }

// extra binds what Camunda's connector does not have. It does not mind such
// members, so that a diagram with them still runs there.
func extra(name string) Binding { return input("configuration.fairlead." + name) }

func s3Role() []Property {
	field := func(id, label, doc, hint string) Property {
		return Property{
			ID: "fairlead." + id, Label: label, Group: "authentication", Type: "String", Feel: "optional", Optional: true,
			Description: doc, Placeholder: hint, Binding: extra(id),
		}
	}
	token := field("sessionToken", "Session token", "Only with temporary keys. Use a secret.", "{{secrets.NAME}}")
	token.Secret, token.Condition = true, static()
	return []Property{
		token,
		field("roleArn", "Role ARN", "Role to assume. Its permissions replace those of the keys.", "arn:aws:iam::123456789012:role/documents"),
		field("externalId", "External ID", "What the trust policy of the role asks for, if anything.", ""),
	}
}

// s3Switches change what processes could see, so that each is off unless it
// was chosen here or for the whole worker.
func s3Switches() []Property {
	yesOrNo := func(id, label, doc, action string) Property {
		p := Property{
			ID: "fairlead." + id, Label: label, Group: "fairlead", Type: "Dropdown", Optional: true,
			Description: doc + " Left empty, the worker decides.", Choices: []Choice{{"Yes", "true"}, {"No", "false"}}, Binding: extra(id),
		}
		if action != "" {
			p.Condition = on(action)
		}
		return p
	}
	return []Property{
		yesOrNo("fixKey", "Answer with the key that was used", "An upload without a key takes the file name of the document; the response then names it, instead of null.", "uploadObject"),
		yesOrNo("charsetAware", "Mind the charset", "Content types such as text/plain; charset=utf-8 count as text and as JSON.", "downloadObject"),
		yesOrNo("errorCodes", "Error codes of S3", "error.code is the code that S3 gave, such as NoSuchKey.", ""),
		yesOrNo("failFast", "Fail at once", "After 403 and 404, which another try seldom mends, no retry is left.", ""),
	}
}

func s3Credential() Configuration {
	var props []Property
	for _, p := range s3Authentication() {
		p.Group, p.Feel, p.Binding = "", "", Binding{"property", p.ID}
		props = append(props, p)
	}
	props = append(props, Property{
		ID: "region", Label: "Region", Type: "String", NotEmpty: true,
		Description: "Region of the buckets.", Placeholder: "eu-central-1", Binding: Binding{"property", "region"},
	})
	return Configuration{ID: awsCredential, Name: "AWS credential", Description: "Keys of AWS and their region.", Properties: props}
}

func on(action string) *Condition { return &Condition{Property: "actionDiscriminator", Equals: action} }

func s3Keys(name, action string, needed bool) []Property {
	key := "Key of the object in the bucket, folders included."
	if !needed {
		key = "Key of the object in the bucket, folders included. The document's file name when left out."
	}
	return []Property{
		{
			ID: name + "ActionBucket", Label: "Bucket", Group: action, Type: "String", Feel: "optional", NotEmpty: true,
			Description: "Name of the bucket.", Placeholder: "contracts", Binding: input("action.bucket"), Condition: on(action),
		},
		{
			ID: name + "ActionKey", Label: "Key", Group: action, Type: "String", Feel: "optional", NotEmpty: needed, Optional: !needed,
			Description: key, Placeholder: "2026/offer.pdf", Binding: input("action.key"), Condition: on(action),
		},
	}
}

// s3Document is what to upload. From 8.10 on it may be given in place, or by
// its address; a hidden expression makes the document of it.
func s3Document(engine Engine) []Property {
	document := Property{ID: "uploadActionDocument", Group: "uploadObject", Binding: input("action.document"), Condition: on("uploadObject")}
	if engine < V810 {
		document.Label, document.Type, document.Feel, document.NotEmpty = "Document", "String", "required", true
		document.Description, document.Placeholder = "A document of the process, as an expression.", "offer"
		return []Property{document}
	}
	const prefix = "action_document_"
	field := func(source, id, label, doc, feel string, needed bool) Property {
		return Property{
			ID: prefix + id, Label: label, Description: doc, Group: "uploadObject", Type: "String", Feel: feel, NotEmpty: needed, Optional: !needed, Binding: input("action." + prefix + id),
			Condition: &Condition{All: []Condition{{Property: prefix + "documentSource", Equals: source}, *on("uploadObject")}},
		}
	}
	document.Type, document.Value = "Hidden", s3DocumentExpression
	reference := field("camunda", "camundaReference", "Document", "A document of the process, as an expression.", "required", true)
	reference.Placeholder = "offer"
	return []Property{
		{
			ID: prefix + "documentSource", Label: "Document source", Group: "uploadObject", Type: "Dropdown", Value: "camunda", Binding: input("action." + prefix + "documentSource"),
			Choices: []Choice{{"Document of the process", "camunda"}, {"Text given here", "inline"}, {"Address", "external"}}, Condition: on("uploadObject"),
		},
		reference,
		field("inline", "inline_content", "Content", "Text that becomes the object.", "optional", true),
		field("inline", "inline_fileName", "File name", "Name of the document.", "optional", false),
		field("inline", "inline_contentType", "Content type", "By the file name when left out.", "optional", false),
		field("external", "external_url", "Address", "Where the content is fetched from.", "optional", true),
		field("external", "external_fileName", "File name", "Name of the document.", "optional", false),
		document,
	}
}

// s3DocumentExpression names the fields without action: the engine makes one
// context of all mappings, and within it an entry sees those before it in the
// same context, but not the context that they become.
const s3DocumentExpression = `=if action_document_documentSource = "camunda" then action_document_camundaReference
 else if action_document_documentSource = "inline" then {"camunda.document.type": "inline", content: action_document_inline_content, name: action_document_inline_fileName, contentType: action_document_inline_contentType}
 else if action_document_documentSource = "external" then {"camunda.document.type": "external", url: action_document_external_url, name: action_document_external_fileName}
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
