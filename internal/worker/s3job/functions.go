package s3job

import (
	"github.com/fairlead-io/fairlead/connectors/aws/camundas3/jackson"
)

// call evaluates an object with camunda.function.type.
func (b *binder) call(v *jackson.Value) (*jackson.Value, error) {
	if b.in.Intrinsic == nil {
		name, _ := v.Get(functionType)
		return nil, inputFault("No intrinsic function found with name: " + name.Text)
	}
	raw, err := b.in.Intrinsic(b.ctx, v.Raw)
	if err != nil {
		return nil, asInput(err)
	}
	out, err := jackson.Parse(raw)
	if err != nil {
		return nil, inputFault("The function gave what is not JSON")
	}
	return &out, nil
}

// textOfFunction takes only texts, as the runtime does.
func (b *binder) textOfFunction(v *jackson.Value) (*string, error) {
	out, err := b.call(v)
	switch {
	case err != nil:
		return nil, err
	case out.Kind == jackson.Null:
		return nil, nil
	case out.Kind == jackson.Text:
		return &out.Text, nil
	}
	return nil, inputFault("Unsupported operation result, expected a string, got: " + string(javaText(nil, out)))
}

func (b *binder) documentOfFunction(v *jackson.Value, path []string) (*document, error) {
	out, err := b.call(v)
	switch {
	case err != nil:
		return nil, err
	case out.Kind == jackson.Null:
		return nil, nil
	}
	if kind, ok := out.Get(documentType); ok {
		return b.reference(out, kind, path)
	}
	return nil, inputFault("Unsupported operation result, expected a document, got: " + string(javaText(nil, out)))
}

// javaText prints a value as Java prints maps and lists.
func javaText(dst []byte, v *jackson.Value) []byte {
	switch v.Kind {
	case jackson.Object:
		dst = append(dst, '{')
		for i, k := range v.Keys {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(append(dst, k...), '=')
			dst = javaText(dst, &v.Items[i])
		}
		return append(dst, '}')
	case jackson.List:
		dst = append(dst, '[')
		for i := range v.Items {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = javaText(dst, &v.Items[i])
		}
		return append(dst, ']')
	case jackson.Text:
		return append(dst, v.Text...)
	}
	return v.Append(dst)
}
