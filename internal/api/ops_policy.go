package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
)

type policyBody struct {
	Commands  []string            `json:"commands,omitempty" doc:"IDs of commands; none means all."`
	Resources map[string][]string `json:"resources,omitempty" doc:"Names by kind, such as {\"bucket\":[\"logs\"]}; a kind left out means all."`
	Caller    string              `json:"caller,omitempty" doc:"Who will act, for a trust policy."`
}

type policyList struct {
	Documents []connector.PolicyDocument `json:"documents"`
}

func (a *API) policyOps() {
	register(a, operation{
		id: "write-policy", method: http.MethodPost, path: Base + "/integrations/{integration}/policy", tag: "Catalogue",
		summary: "Write the least-privilege policy of some commands", text: "Nothing is sent to the cloud.", body: reflect.TypeFor[policyBody](),
	}, a.writePolicy)
}

func (a *API) writePolicy(_ context.Context, _ authz.Actor, in *struct {
	IntegrationPath
	JSON rawJSON
},
) (*answer[policyList], error) {
	body, err := decode[policyBody](a, &in.JSON)
	if err != nil {
		return nil, err
	}
	integ, err := a.Catalog.Integration(in.Integration)
	if err != nil {
		return nil, err
	}
	docs, err := integ.LeastPolicy(body.Commands, body.Resources, body.Caller)
	if err != nil {
		return nil, err
	}
	return ok(policyList{docs})
}
