package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/secrets"
	"github.com/fairlead-io/fairlead/internal/worker/view"
)

// schemaNames are the names of components where a Go name says too little
// outside of its package.
var schemaNames = map[reflect.Type]string{
	reflect.TypeFor[run.Record]():         "Run",
	reflect.TypeFor[run.Page]():           "RunList",
	reflect.TypeFor[run.Event]():          "RunEvent",
	reflect.TypeFor[run.ItemView]():       "Item",
	reflect.TypeFor[run.ErrorView]():      "RunError",
	reflect.TypeFor[run.ErrorItemView]():  "RunErrorItem",
	reflect.TypeFor[runBody]():            "RunRequest",
	reflect.TypeFor[connection.View]():    "Connection",
	reflect.TypeFor[connection.Input]():   "NewConnection",
	reflect.TypeFor[connection.Patch]():   "ConnectionPatch",
	reflect.TypeFor[connection.Health]():  "ConnectionHealth",
	reflect.TypeFor[connector.FileInfo](): "File",
	reflect.TypeFor[connector.PlanStep](): "PlanStep",
	reflect.TypeFor[schema.Table]():       "ResultTable",
	reflect.TypeFor[secrets.View]():       "NamedSecret",
	reflect.TypeFor[commandView]():        "Command",
	reflect.TypeFor[permissionView]():     "Permission",
	reflect.TypeFor[integrationView]():    "Integration",
	reflect.TypeFor[integrationLine]():    "IntegrationSummary",
	reflect.TypeFor[testBody]():           "TestRequest",
	reflect.TypeFor[testSettingsBody]():   "TestSettingsRequest",
	reflect.TypeFor[me]():                 "Identity",
	reflect.TypeFor[sessionView]():        "Session",
	reflect.TypeFor[signIn]():             "SignIn",
	reflect.TypeFor[connectionUsage]():    "ConnectionUsage",
	reflect.TypeFor[aboutView]():          "About",
	reflect.TypeFor[auditState]():         "AuditState",
	reflect.TypeFor[testChangedBody]():    "TestChangedRequest",
	reflect.TypeFor[duplicateBody]():      "DuplicateRequest",
	reflect.TypeFor[view.State]():         "Worker",
	reflect.TypeFor[view.Cluster]():       "WorkerCluster",
	reflect.TypeFor[view.Type]():          "WorkerType",
	reflect.TypeFor[view.Failure]():       "WorkerFailure",
	reflect.TypeFor[view.Health]():        "ActuatorHealth",
	reflect.TypeFor[view.Component]():     "ActuatorComponent",
	reflect.TypeFor[view.Details]():       "ActuatorDetails",
}

func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if name, ok := schemaNames[t]; ok {
		return name
	}
	return huma.DefaultSchemaNamer(t, hint)
}
