package s3sim

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	sessionName = regexp.MustCompile(`^[\w+=,.@-]*$`)
	externalID  = regexp.MustCompile(`^[\w+=,.@:/-]*$`)
	arnText     = regexp.MustCompile(`^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$`)
)

// textFaults checks one text parameter: present, length, pattern.
func textFaults(form url.Values, param, member string, shortest, longest int, pattern *regexp.Regexp, shown string) []string {
	if !form.Has(param) {
		return []string{"Value null at '" + member + "' failed to satisfy constraint: Member must not be null"}
	}
	v := form.Get(param)
	n := utf8.RuneCountInString(v)
	var faults []string
	if !pattern.MatchString(v) && v != "" {
		faults = append(faults, fault(v, member, "Member must satisfy regular expression pattern: "+shown))
	}
	if n < shortest {
		faults = append(faults, fault(v, member, fmt.Sprintf("Member must have length greater than or equal to %d", shortest)))
	}
	if n > longest {
		faults = append(faults, fault(v, member, fmt.Sprintf("Member must have length less than or equal to %d", longest)))
	}
	return faults
}

func fault(value, member, constraint string) string {
	return "Value '" + value + "' at '" + member + "' failed to satisfy constraint: " + constraint
}

// validationFaults counts and joins faults in AWS's way.
func validationFaults(faults []string) stsError {
	noun := "errors"
	if len(faults) == 1 {
		noun = "error"
	}
	return validationError(fmt.Sprintf("%d validation %s detected: %s", len(faults), noun, strings.Join(faults, "; ")))
}

func validationError(message string) stsError {
	return stsError{http.StatusBadRequest, "ValidationError", message}
}
