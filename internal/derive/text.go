package derive

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector/schema"
)

// FirstSentence is the short help of a text; Rest is what follows it.
func FirstSentence(doc string) string {
	doc = strings.TrimSpace(doc)
	for i := 0; i < len(doc); i++ {
		if doc[i] == '.' && (i+1 == len(doc) || doc[i+1] == ' ' || doc[i+1] == '\n') && !abbreviated(doc[:i]) {
			return doc[:i+1]
		}
	}
	return doc
}

// Rest is the text after the first sentence.
func Rest(doc string) string {
	doc = strings.TrimSpace(doc)
	return strings.TrimSpace(strings.TrimPrefix(doc, FirstSentence(doc)))
}

// abbreviated keeps "e.g." and "i.e." from ending a sentence.
func abbreviated(before string) bool {
	return strings.HasSuffix(before, "e.g") || strings.HasSuffix(before, "i.e") || strings.HasSuffix(before, "etc")
}

// Limits says in words what the schema demands of a value besides its type.
func Limits(t *schema.Type) string {
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	add(span(t.MinLength, t.MaxLength, "character"))
	add(numberSpan(t.Minimum, t.Maximum))
	add(span(t.MinItems, t.MaxItems, "item"))
	if t.Pattern != "" {
		add("must match `" + t.Pattern + "`")
	}
	if t.Format != "" {
		add("format " + t.Format)
	}
	if t.Kind == schema.Array && t.Elem != nil {
		if each := Limits(t.Elem); each != "" {
			add("each: " + each)
		}
	}
	return strings.Join(parts, "; ")
}

func span(low, high *int, unit string) string {
	switch {
	case low != nil && high != nil && *low == *high:
		return "exactly " + counted(*low, unit)
	case low != nil && high != nil:
		return fmt.Sprintf("%s to %s", grouped(*low), counted(*high, unit))
	case low != nil:
		return "at least " + counted(*low, unit)
	case high != nil:
		return "at most " + counted(*high, unit)
	}
	return ""
}

func numberSpan(low, high *float64) string {
	switch {
	case low != nil && high != nil:
		return fmt.Sprintf("%s to %s", number(*low), number(*high))
	case low != nil:
		return "at least " + number(*low)
	case high != nil:
		return "at most " + number(*high)
	}
	return ""
}

func counted(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return grouped(n) + " " + unit + "s"
}

// grouped writes thousands with a comma.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func number(f float64) string {
	if f == float64(int64(f)) {
		return grouped(int(f))
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// TypeName says what a value is, in words.
func TypeName(t *schema.Type) string {
	switch {
	case t.Secret:
		return "secret text"
	case len(t.Alt) > 0:
		return strings.Join(t.Alt, " or ")
	case t.Kind == schema.String:
		return "text"
	case t.Kind == schema.Array:
		return "list of " + TypeName(t.Elem)
	case t.Kind == schema.Map:
		return "map of " + TypeName(t.Elem)
	case t.Kind == schema.Any:
		return "any JSON"
	}
	return string(t.Kind)
}

// valueText writes a default as people write it.
func valueText(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case bool:
		return strconv.FormatBool(x)
	case json.Number:
		return x.String()
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// choices are the allowed values of a field, or of the elements of a list.
func choices(t *schema.Type) []string {
	if t.Kind == schema.Array && t.Elem != nil {
		return t.Elem.Enum
	}
	return t.Enum
}

func whenText(f *schema.Field, of *schema.Type) string {
	if f.When == nil {
		return ""
	}
	name := f.When.Field
	if other, ok := of.Field(f.When.Field); ok && other.Label != "" {
		name = other.Label
	}
	return name + " is " + strings.Join(f.When.Values, " or ")
}
