package azuresim

import (
	"net/http"
	"strings"
	"time"
)

// vault is the vault that the path names, nil when it is not in this subscription and group.
func (a *armCall) vault() *vault {
	v := a.s.state.vaults[strings.ToLower(a.params["vault"])]
	if v == nil || v.sub != a.sub || !strings.EqualFold(v.group, a.group.name) {
		return nil
	}
	return v
}

func (a *armCall) vaultNotFound() *apiError {
	return &apiError{
		Status: http.StatusNotFound, Code: "ResourceNotFound",
		Message: "The Resource 'Microsoft.KeyVault/vaults/" + a.params["vault"] + "' under resource group '" + a.params["group"] +
			"' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
	}
}

func (a *armCall) getVault() answer {
	v := a.vault()
	if v == nil {
		return errorAnswer(a.vaultNotFound())
	}
	registering := v.polls > 0
	if registering {
		v.polls--
	}
	return jsonAnswer(http.StatusOK, v.body(registering))
}

func (a *armCall) listVaults() answer {
	vaults := sortedVaults(a.s.state.vaults, func(v *vault) bool {
		return v.sub == a.sub && (a.group == nil || strings.EqualFold(v.group, a.group.name))
	})
	bodies := make([]vaultBody, 0, len(vaults))
	for _, v := range vaults {
		bodies = append(bodies, v.body(v.polls > 0))
	}
	return armPage(a, bodies, func(b vaultBody) string { return strings.ToLower(b.Name) })
}

type resourceBody struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Type     string            `json:"type"`
	Location string            `json:"location"`
	Tags     map[string]string `json:"tags"`
}

// listResources knows one filter, the one that Microsoft's client for vaults sends.
func (a *armCall) listResources() answer {
	filter := a.r.URL.Query().Get("$filter")
	if filter != "" && !strings.EqualFold(filter, "resourceType eq 'Microsoft.KeyVault/vaults'") {
		return errorAnswer(&apiError{
			Status: http.StatusBadRequest, Code: "InvalidFilterInQueryString",
			Message: "Invalid $filter '" + filter + "' specified in the query string.",
		})
	}
	bodies := []resourceBody{}
	for _, v := range sortedVaults(a.s.state.vaults, func(v *vault) bool { return v.sub == a.sub }) {
		b := v.body(false)
		bodies = append(bodies, resourceBody{b.ID, b.Name, b.Type, b.Location, b.Tags})
	}
	return armPage(a, bodies, func(b resourceBody) string { return strings.ToLower(b.Name) })
}

// deleteVault is a soft delete: the name stays taken until the vault is purged or its retention has ended.
func (a *armCall) deleteVault() answer {
	v := a.vault()
	if v == nil {
		return answer{status: http.StatusNoContent}
	}
	name := strings.ToLower(v.name)
	delete(a.s.state.vaults, name)
	v.deletedAt, v.purgeAt = a.now, a.now.AddDate(0, 0, v.retentionDays())
	a.s.state.deleted[name] = v
	return answer{status: http.StatusOK}
}

func (a *armCall) checkName() answer {
	var in struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	if !a.decode(&in) || !strings.EqualFold(in.Type, "Microsoft.KeyVault/vaults") {
		return errorAnswer(invalidContent())
	}
	out := struct {
		Available bool   `json:"nameAvailable"`
		Reason    string `json:"reason,omitempty"`
		Message   string `json:"message,omitempty"`
	}{Available: true}
	name := strings.ToLower(in.Name)
	switch {
	case !validVaultName(in.Name):
		out.Available, out.Reason, out.Message = false, "AccountNameInvalid", invalidVaultName(in.Name).Message
	case a.s.state.vaults[name] != nil, a.s.state.deleted[name] != nil, a.s.state.taken[name]:
		out.Available, out.Reason, out.Message = false, "AlreadyExists", vaultExists(in.Name).Message
	}
	return jsonAnswer(http.StatusOK, out)
}

func invalidVaultName(name string) *apiError {
	return &apiError{
		Status: http.StatusBadRequest, Code: "VaultNameNotValid",
		Message: "The vault name '" + name + "' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin " +
			"with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link for more information: " +
			"https://go.microsoft.com/fwlink/?linkid=2147742",
	}
}

func vaultExists(name string) *apiError {
	return &apiError{
		Status: http.StatusConflict, Code: "VaultAlreadyExists",
		Message: "The vault name '" + name + "' is already in use. Vault names are globally unique so it is possible that the name is already " +
			"taken. If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted " +
			"but not purged after being placed in a recoverable state. If the vault is in a recoverable state then the vault will need to be " +
			"purged before reusing the name. For more information about VaultAlreadyExists, soft delete and purging a vault follow this link " +
			"https://go.microsoft.com/fwlink/?linkid=2147740.",
	}
}

type deletedVaultBody struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Type       string `json:"type"`
	Properties struct {
		VaultID                string            `json:"vaultId"`
		Location               string            `json:"location"`
		Tags                   map[string]string `json:"tags"`
		DeletionDate           string            `json:"deletionDate"`
		ScheduledPurgeDate     string            `json:"scheduledPurgeDate"`
		PurgeProtectionEnabled bool              `json:"purgeProtectionEnabled,omitempty"`
	} `json:"properties"`
}

func (v *vault) deletedBody() deletedVaultBody {
	b := deletedVaultBody{
		ID:   "/subscriptions/" + v.sub.id + "/providers/Microsoft.KeyVault/locations/" + v.Location + "/deletedVaults/" + v.name,
		Name: v.name, Type: "Microsoft.KeyVault/deletedVaults",
	}
	p := &b.Properties
	p.VaultID, p.Location, p.Tags, p.PurgeProtectionEnabled = v.id(), v.Location, v.Tags, v.protected()
	p.DeletionDate, p.ScheduledPurgeDate = v.deletedAt.UTC().Format(time.RFC3339), v.purgeAt.UTC().Format(time.RFC3339)
	return b
}

func (a *armCall) listDeleted() answer {
	bodies := []deletedVaultBody{}
	for _, v := range sortedVaults(a.s.state.deleted, func(v *vault) bool { return v.sub == a.sub }) {
		bodies = append(bodies, v.deletedBody())
	}
	return armPage(a, bodies, func(b deletedVaultBody) string { return strings.ToLower(b.Name) })
}

// deletedVault is the soft-deleted vault that the path names.
func (a *armCall) deletedVault() (*vault, *apiError) {
	v := a.s.state.deleted[strings.ToLower(a.params["vault"])]
	if v == nil || v.sub != a.sub || v.Location != canonicalLocation(a.params["location"]) {
		return nil, &apiError{
			Status: http.StatusNotFound, Code: "DeletedVaultNotFound",
			Message: "The specified deleted vault '" + a.params["vault"] + "' does not exist.",
		}
	}
	return v, nil
}

func (a *armCall) getDeleted() answer {
	v, e := a.deletedVault()
	if e != nil {
		return errorAnswer(e)
	}
	return jsonAnswer(http.StatusOK, v.deletedBody())
}

// purgeDeleted answers 202 with a place to ask, as the real operation runs for a while.
func (a *armCall) purgeDeleted() answer {
	v, e := a.deletedVault()
	if e != nil {
		return errorAnswer(e)
	}
	if v.protected() {
		return errorAnswer(&apiError{
			Status: http.StatusMethodNotAllowed, Code: "MethodNotAllowed",
			Message: "Operation 'DeletedVaultPurge' is not allowed.",
		})
	}
	delete(a.s.state.deleted, strings.ToLower(v.name))
	location := a.s.Management() + "/subscriptions/" + a.sub.id + "/providers/Microsoft.KeyVault/locations/" + v.Location +
		"/operationResults/" + b64(randomBytes(18)) + "?api-version=" + a.version
	return answer{status: http.StatusAccepted, header: http.Header{"Location": {location}, "Retry-After": {"1"}}}
}

func (a *armCall) operationResult() answer { return answer{status: http.StatusOK} }
