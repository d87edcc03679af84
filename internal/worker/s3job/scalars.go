package s3job

import (
	"strings"

	"github.com/fairlead-io/fairlead/connectors/aws/camundas3/jackson"
)

const (
	classString  = "java.lang.String"
	classBoolean = "boolean"
)

// wrongKind is a value of a kind that a type cannot be made of.
func wrongKind(class string, v *jackson.Value) error {
	from := map[jackson.Kind]string{
		jackson.Object: "Object value (token `JsonToken.START_OBJECT`)",
		jackson.List:   "Array value (token `JsonToken.START_ARRAY`)",
		jackson.Number: "Floating-point value (token `JsonToken.VALUE_NUMBER_FLOAT`)",
	}[v.Kind]
	return inputFault("Cannot deserialize value of type `" + class + "` from " + from)
}

const unwrapFeature = "`DeserializationFeature.UNWRAP_SINGLE_VALUE_ARRAYS`"

func severalValues(class string) error {
	return inputFault("Unexpected token (VALUE_STRING), expected END_ARRAY: Attempted to unwrap '" + class +
		"' value from an array (with " + unwrapFeature + ") but it contains more than one value")
}

func nestedList(class string) error {
	return inputFault("Cannot deserialize instance of `" + class + "` out of START_ARRAY token: nested Arrays not allowed with " + unwrapFeature)
}

// invalidField is a value of the right kind that cannot be read. class may be
// empty.
func invalidField(path []string, class string) error {
	if len(path) == 0 {
		return inputFault(unknownPlace)
	}
	message := "Json object contains an invalid field: " + strings.Join(path, ", ")
	if class != "" {
		message += ". It Must be `" + class[strings.LastIndexAny(class, ".$")+1:] + "`"
	}
	return inputFault(message)
}

// text binds a text: numbers and booleans as they are written, a list of one as
// its element, a function as what it gives, a document as Base64.
func (b *binder) text(v *jackson.Value, path []string) (*string, error) {
	switch v.Kind {
	case jackson.Null:
		return nil, nil
	case jackson.List:
		return b.textInList(v, path)
	case jackson.Object:
		return b.textOfObject(v, path)
	}
	return &v.Text, nil
}

func (b *binder) textInList(v *jackson.Value, path []string) (*string, error) {
	switch {
	case len(v.Items) == 0:
		return nil, wrongKind(classString, v)
	case len(v.Items) > 1:
		return nil, severalValues(classString)
	case v.Items[0].Kind == jackson.List:
		return nil, nestedList(classString)
	}
	return b.text(&v.Items[0], path)
}

func (b *binder) textOfObject(v *jackson.Value, path []string) (*string, error) {
	if isFunction(v) {
		return b.textOfFunction(v)
	}
	if _, ok := v.Get(documentType); ok {
		d, err := b.document(v, path)
		if err != nil {
			return nil, err
		}
		return b.base64(d, path)
	}
	return nil, wrongKind(classString, v)
}

// boolean binds a flag. What is missing, null or blank is false.
func boolean(v *jackson.Value, path []string) (bool, error) {
	switch v.Kind {
	case jackson.Null:
		return false, nil
	case jackson.Bool:
		return v.Text == "true", nil
	case jackson.Number:
		if strings.ContainsAny(v.Text, ".eE") {
			return false, wrongKind(classBoolean, v)
		}
		return strings.Trim(v.Text, "-0") != "", nil
	case jackson.Text:
		return booleanOfText(v.Text, path)
	case jackson.List:
		return booleanInList(v, path)
	}
	return false, wrongKind(classBoolean, v)
}

func booleanOfText(s string, path []string) (bool, error) {
	switch strings.TrimSpace(s) {
	case "true", "True", "TRUE":
		return true, nil
	case "", "null", "false", "False", "FALSE":
		return false, nil
	}
	return false, invalidField(path, classBoolean)
}

func booleanInList(v *jackson.Value, path []string) (bool, error) {
	switch {
	case len(v.Items) == 0:
		return false, wrongKind(classBoolean, v)
	case v.Items[0].Kind == jackson.List:
		return false, nestedList(classBoolean)
	case len(v.Items) > 1:
		return false, severalValues(classBoolean)
	}
	return boolean(&v.Items[0], path)
}
