package engines

import "strings"

// Step is one command of a scenario. Its parameters may depend on what earlier
// ones answered.
type Step struct {
	Integration, Command string
	Params               func(s *Scenario) map[string]any
	// Want is the verdict; Successful when empty.
	Want string
	// Keep takes something of the answer for later steps.
	Keep func(s *Scenario, result map[string]any)
}

// Scenario is what is known while steps run one after the other.
type Scenario struct {
	Known map[string]any
	S3    map[string]any // settings of the sandbox's S3, for commands without a connection
	PEM   struct{ Key, Certificate string }
}

func fixed(params map[string]any) func(*Scenario) map[string]any {
	return func(*Scenario) map[string]any { return params }
}

func none(*Scenario) map[string]any { return map[string]any{} }

// known gives a parameter whose value an earlier step kept.
func known(param, name string, more map[string]any) func(*Scenario) map[string]any {
	return func(s *Scenario) map[string]any {
		out := map[string]any{param: s.Known[name]}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
}

// pick keeps what stands at a path of the raw data, such as "Files.0.ID".
func pick(name, path string) func(*Scenario, map[string]any) {
	return func(s *Scenario, result map[string]any) {
		var at any = result["rawData"]
		for _, step := range strings.Split(path, ".") {
			switch x := at.(type) {
			case map[string]any:
				at = x[step]
			case []any:
				at = nil
				if step == "0" && len(x) > 0 {
					at = x[0]
				}
				if step == "last" && len(x) > 0 {
					at = x[len(x)-1]
				}
			default:
				at = nil
			}
		}
		s.Known[name] = at
	}
}
