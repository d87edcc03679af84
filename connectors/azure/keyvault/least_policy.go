package keyvault

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// leastPolicy says what the connection's application must be allowed for some
// commands: in Resource Manager, and inside vaults of either permission model.
func leastPolicy(req connector.PolicyRequest) ([]connector.PolicyDocument, error) {
	vaults, err := policyVaults(req.Resources)
	if err != nil {
		return nil, err
	}
	g := &grants{}
	for _, c := range req.Commands {
		g.add(c)
	}
	who, err := policyCaller(req.Caller)
	if err != nil {
		return nil, err
	}
	docs := []connector.PolicyDocument{
		{Title: "Permissions", Format: "text", Text: g.table()},
		{Title: "Roles for vaults (Azure Resource Manager)", Format: "shell", Text: g.armLines(who)},
	}
	if g.inside() {
		docs = append(docs,
			connector.PolicyDocument{Title: "Inside vaults that use access policies", Format: "shell", Text: g.policyLines(who, vaults)},
			connector.PolicyDocument{Title: "Inside vaults that use Azure RBAC", Format: "shell", Text: g.roleLines(who, vaults)})
	}
	return docs, nil
}

var principalName = regexp.MustCompile(`^[0-9A-Za-z@._-]{1,256}$`)

// policyCaller is who the lines are for; they go into a shell.
func policyCaller(name string) (string, error) {
	if name == "" {
		return "CLIENT_ID", nil
	}
	if !principalName.MatchString(name) {
		return "", connector.InvalidField("/caller", "The caller is neither a client ID nor a user's name.", "Give the application's Client ID.")
	}
	return name, nil
}

func policyVaults(resources map[string][]string) ([]string, error) {
	for kind := range resources {
		if kind != "vault" {
			return nil, connector.InvalidField("/resources/"+kind, fmt.Sprintf("There are no resources of the kind %q here.", kind), "Known: vault.")
		}
	}
	vaults := resources["vault"]
	for _, v := range vaults {
		if e := checkVault(v); e != nil {
			e.Field = "/resources/vault"
			return nil, e
		}
	}
	if len(vaults) == 0 {
		vaults = []string{"VAULT"}
	}
	return vaults, nil
}

// grants are permissions by model, each once, and in the order they came.
type grants struct {
	rows      [][3]string // command, permission, remark
	arm       []string    // roles for vaults
	policies  []string    // names such as secrets/get
	dataRoles []string
}

func (g *grants) add(c *connector.Command) {
	inside := slices.ContainsFunc(c.Permissions, func(p connector.Permission) bool { return p.Model == modelPolicy })
	for _, p := range c.Permissions {
		remark := p.Model
		if p.When != "" {
			remark += ", " + p.When
		}
		g.rows = append(g.rows, [3]string{c.Name, p.Name, remark})
		switch {
		case p.Model == modelPolicy:
			g.policies = addOnce(g.policies, p.Name)
		case p.Model == modelRole && inside:
			g.dataRoles = addOnce(g.dataRoles, p.Name)
		case p.Model == modelRole:
			g.arm = addOnce(g.arm, p.Name)
		}
	}
	if inside && len(g.arm) == 0 {
		g.arm = append(g.arm, "Reader")
	}
}

func addOnce(list []string, name string) []string {
	if slices.Contains(list, name) {
		return list
	}
	return append(list, name)
}

func (g *grants) inside() bool { return len(g.policies) > 0 }

// table lists what every command needs.
func (g *grants) table() string {
	var b strings.Builder
	for _, r := range g.rows {
		fmt.Fprintf(&b, "%-32s %-62s %s\n", r[0], r[1], r[2])
	}
	return b.String()
}

func assign(who, role, scope string) string {
	return fmt.Sprintf("az role assignment create --assignee %s --role %q --scope %s\n", who, role, scope)
}

// armLines assign the roles for vaults; Key Vault Contributor covers Reader.
func (g *grants) armLines(who string) string {
	var b strings.Builder
	for _, role := range g.arm {
		if role == "Reader" && slices.Contains(g.arm, vaultContributor) {
			continue
		}
		b.WriteString(assign(who, role, "/subscriptions/SUBSCRIPTION_ID/resourceGroups/RESOURCE_GROUP"))
	}
	return b.String()
}

// policyLines write one line a vault, with the permissions by kind.
func (g *grants) policyLines(who string, vaults []string) string {
	var flags strings.Builder
	for _, k := range []struct{ plural, flag string }{{"keys", "key"}, {"secrets", "secret"}, {"certificates", "certificate"}} {
		var names []string
		for _, p := range g.policies {
			if name, ok := strings.CutPrefix(p, k.plural+"/"); ok {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			fmt.Fprintf(&flags, " --%s-permissions %s", k.flag, strings.Join(names, " "))
		}
	}
	var b strings.Builder
	for _, v := range vaults {
		fmt.Fprintf(&b, "az keyvault set-policy --name %s --spn %s%s\n", v, who, flags.String())
	}
	return b.String()
}

func (g *grants) roleLines(who string, vaults []string) string {
	var b strings.Builder
	for _, v := range vaults {
		for _, role := range g.dataRoles {
			b.WriteString(assign(who, role, "$(az keyvault show --name "+v+" --query id -o tsv)"))
		}
	}
	return b.String()
}
