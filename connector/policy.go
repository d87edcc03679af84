package connector

import (
	"fmt"
	"strings"

	"github.com/fairlead-io/fairlead/connector/schema"
)

// PolicyRequest asks for the least that some commands need to be allowed.
type PolicyRequest struct {
	Commands  []*Command
	Resources map[string][]string // names by kind, such as {"bucket": ["logs"]}; a kind left out means all
	Caller    string              // who will act, where the cloud has trust policies; may be empty
}

// PolicyDocument is one text to paste into the cloud's own tools.
type PolicyDocument struct {
	Title  string `json:"title"`
	Format string `json:"format" enum:"json,text,shell"`
	Text   string `json:"text"`
}

// LeastPolicy gives the policy documents of some commands (all when none is
// named). NotFound names an unknown command; Invalid means that the
// integration has no such policies.
func (i *Integration) LeastPolicy(commands []string, resources map[string][]string, caller string) ([]PolicyDocument, error) {
	if i.Policy == nil {
		return nil, &Error{Kind: Invalid, Message: i.Name + " needs no permissions in a cloud.", Fix: "Its commands run without any."}
	}
	req := PolicyRequest{Resources: resources, Caller: caller}
	if len(commands) == 0 {
		req.Commands = i.Commands
	}
	for _, id := range commands {
		c, ok := i.Command(strings.ToLower(strings.TrimSpace(id)))
		if !ok {
			return nil, i.unknownCommand(id)
		}
		req.Commands = append(req.Commands, c)
	}
	return i.Policy(req)
}

func (i *Integration) unknownCommand(id string) error {
	ids := make([]string, len(i.Commands))
	for n, c := range i.Commands {
		ids[n] = c.ID
	}
	fix := "Known: " + strings.Join(ids, ", ") + "."
	if near := schema.Nearest(id, ids); near != "" {
		fix = fmt.Sprintf("Did you mean %q?", near)
	}
	return &Error{Kind: NotFound, Message: fmt.Sprintf("%s has no command %q.", i.Name, id), Fix: fix}
}
