package s3job

import (
	"slices"
	"strings"

	"github.com/fairlead-io/fairlead/connectors/aws/camundas3/jackson"
)

// extras are what configuration.fairlead says: things that Camunda's connector
// does not have. It is an object of its own, because that connector ignores
// members that it does not know and processes may have such.
type extras struct {
	sessionToken, roleArn, externalID, pathStyle *string

	fixKey, charsetAware, errorCodes, failFast *bool
}

func pathStyles() []string { return []string{"Automatic", "On", "Off"} }

func (b *binder) extras(e *extras, v *jackson.Value) error {
	o, err := object(v, "configuration.fairlead", []string{"configuration", "fairlead"})
	if o == nil || err != nil {
		return err
	}
	texts := map[string]**string{"sessionToken": &e.sessionToken, "roleArn": &e.roleArn, "externalId": &e.externalID, "pathStyle": &e.pathStyle}
	flags := map[string]**bool{"fixKey": &e.fixKey, "charsetAware": &e.charsetAware, "errorCodes": &e.errorCodes, "failFast": &e.failFast}
	for i, name := range o.Keys {
		path := []string{"configuration", "fairlead", name}
		if to, ok := texts[name]; ok {
			if *to, err = b.text(&o.Items[i], path); err != nil {
				return err
			}
			continue
		}
		to, ok := flags[name]
		if !ok {
			return inputFault("Unknown switch configuration.fairlead." + name + ". Known: charsetAware, errorCodes, externalId, failFast, fixKey, pathStyle, roleArn, sessionToken.")
		}
		on, err := boolean(&o.Items[i], path)
		if err != nil {
			return err
		}
		*to = &on
	}
	return e.checkPathStyle()
}

func (e *extras) checkPathStyle() error {
	if e.pathStyle == nil || blank(*e.pathStyle) {
		e.pathStyle = nil
		return nil
	}
	all := pathStyles()
	i := slices.IndexFunc(all, func(s string) bool { return strings.EqualFold(s, *e.pathStyle) })
	if i < 0 {
		return inputFault("configuration.fairlead.pathStyle is '" + *e.pathStyle + "'. Use Automatic, On or Off.")
	}
	e.pathStyle = &all[i]
	return nil
}

// with lays the switches of one job over those of all.
func (o Options) with(e *extras) Options {
	for to, own := range map[*bool]*bool{&o.FixKey: e.fixKey, &o.CharsetAware: e.charsetAware, &o.ErrorCodes: e.errorCodes, &o.FailFast: e.failFast} {
		if own != nil {
			*to = *own
		}
	}
	if e.pathStyle != nil {
		o.PathStyle = *e.pathStyle
	}
	return o
}
