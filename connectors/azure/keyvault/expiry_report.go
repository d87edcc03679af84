package keyvault

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// ExpiryReportIn is the input of Expiry Report.
type ExpiryReportIn struct {
	ResourceGroupName string   `json:"resourceGroupName,omitempty" label:"Resource Group Name" doc:"Resource group whose vaults are looked through. The connection's when it is left out." example:"security-vaults" maxLength:"90"`
	AllResourceGroups bool     `json:"allResourceGroups" label:"All Resource Groups" doc:"Look through the vaults of the whole subscription instead of one group's." default:"false"`
	WithinDays        int      `json:"withinDays" label:"Within Days" doc:"Report what expires within this many days from now." default:"30" minimum:"0" maximum:"3650" example:"30"`
	ObjectTypes       []string `json:"objectTypes" label:"Object Types" doc:"What sorts of objects are reported." enum:"Keys,Secrets,Certificates" default:"[\"Keys\",\"Secrets\",\"Certificates\"]" example:"[\"Certificates\"]" minItems:"1"`
	IncludeExpired    bool     `json:"includeExpired" label:"Include Expired" doc:"Report what has expired already, too." default:"true"`
	IncludeDisabled   bool     `json:"includeDisabled" label:"Include Disabled" doc:"Report objects that are disabled, too." default:"false"`
}

// Validate refuses names that no group has.
func (in *ExpiryReportIn) Validate() []*connector.Error {
	return collect(checkGroup(in.ResourceGroupName))
}

// Expiring is an object that has expired or will soon.
type Expiring struct {
	Vault         string `json:"vault" key:"vaults" col:"Key Vault" doc:"Vault that holds it."`
	ResourceGroup string `json:"resourceGroup" col:"Resource Group" doc:"Group that holds the vault."`
	ObjectType    string `json:"objectType" col:"Type" doc:"Keys, Secrets or Certificates."`
	Name          string `json:"name" key:"names" col:"Name" doc:"Name of the object."`
	Expires       string `json:"expires" col:"Expires" doc:"When it expires, UTC."`
	DaysLeft      int    `json:"daysLeft" col:"Days Left" doc:"Whole days until then; negative once it has expired."`
	Enabled       bool   `json:"enabled" col:"Enabled" doc:"Whether it may be used."`
	ID            string `json:"id" key:"ids" doc:"Identifier."`

	at int64
}

// ExpiryReportOut is the raw data, soonest first.
type ExpiryReportOut struct {
	Value   []Expiring `json:"value"`
	Vaults  int        `json:"vaults" doc:"How many vaults were looked through."`
	Objects int        `json:"objects" doc:"How many objects were looked at."`
	AsOf    string     `json:"asOf" doc:"The time that days are counted from, UTC."`
}

func expiryReport() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "Expiry Report",
		Summary:     "Reports which keys, secrets and certificates of all vaults expire soon, or have expired.",
		Description: "Every vault is an item: one that the connection may not read leaves the others alone, and the run is Partially Successful. Keys and secrets that belong to a certificate are reported as the certificate. Objects without an expiry date are never reported.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: append(append(content(keys(), "Key Vault Reader", lists(keys(), "with Object Types Keys")),
			contentOf(secrets(), "Key Vault Reader", lists(secrets(), "with Object Types Secrets"))...),
			contentOf(certificates(), "Key Vault Reader", lists(certificates(), "with Object Types Certificates"))...),
	}, runExpiryReport)
}

// survey gathers what the vaults hold.
type survey struct {
	in    *ExpiryReportIn
	now   time.Time
	mu    sync.Mutex
	found []Expiring
	seen  int
}

func runExpiryReport(ctx context.Context, call *connector.Call, s *session, in *ExpiryReportIn) (*ExpiryReportOut, error) {
	vaults, err := s.vaultsOf(ctx, in.ResourceGroupName, in.AllResourceGroups)
	if err != nil {
		return nil, err
	}
	r := &survey{in: in, now: s.env.Now(), found: []Expiring{}}
	call.Items.Total(len(vaults), 0)
	_ = connector.Each(ctx, atOnce, len(vaults), func(i int) {
		it := call.Items.StartAt(i, vaults[i].Name)
		n, err := r.look(ctx, s, &vaults[i])
		if err != nil {
			it.Fail(err)
			return
		}
		it.Done(strconv.Itoa(n) + " expire")
	})
	if ctx.Err() != nil {
		return nil, connector.AsError(ctx.Err())
	}
	slices.SortFunc(r.found, func(a, b Expiring) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.Vault, b.Vault), cmp.Compare(a.Name, b.Name))
	})
	return &ExpiryReportOut{Value: r.found, Vaults: len(vaults), Objects: r.seen, AsOf: r.now.UTC().Format(time.RFC3339)}, nil
}

// look goes through one vault. What can be read is reported even when another
// sort of objects cannot.
func (r *survey) look(ctx context.Context, s *session, full *Vault) (int, error) {
	v, err := s.learn(ctx, groupOf(full.ID), full)
	if err != nil {
		return 0, err
	}
	total, first := 0, error(nil)
	for _, t := range []string{"Keys", "Secrets", "Certificates"} {
		if !slices.Contains(r.in.ObjectTypes, t) {
			continue
		}
		n, err := r.lookAt(ctx, s, v, t)
		total += n
		if err != nil && first == nil {
			first = err
		}
	}
	return total, first
}

func (r *survey) lookAt(ctx context.Context, s *session, v *vault, objectType string) (int, error) {
	k := kindNamed(objectType)
	raw, err := s.dataList(ctx, v, k.plural+".list", "", k.plural)
	if err != nil {
		return 0, err
	}
	bundles, err := decodeAll[SecretBundle](raw) // attributes are the same for all
	if err != nil {
		return 0, err
	}
	lines, err := decodeAll[Line](raw)
	if err != nil {
		return 0, err
	}
	n := 0
	for i := range lines {
		if !bundles[i].Managed && r.add(v, objectType, &lines[i]) {
			n++
		}
	}
	return n, nil
}

// add reports an object if it belongs into the report.
func (r *survey) add(v *vault, objectType string, l *Line) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen++
	a := l.Attributes
	if a == nil || a.Expires == 0 || !a.enabled() && !r.in.IncludeDisabled {
		return false
	}
	at := time.Unix(a.Expires, 0)
	if at.After(r.now.AddDate(0, 0, r.in.WithinDays)) || !at.After(r.now) && !r.in.IncludeExpired {
		return false
	}
	name, _ := split(l.ident())
	r.found = append(r.found, Expiring{
		Vault: v.Name, ResourceGroup: v.Group, ObjectType: objectType, Name: name, Expires: iso(a.Expires),
		DaysLeft: daysBetween(r.now, at), Enabled: a.enabled(), ID: l.ident(), at: a.Expires,
	})
	return true
}

// daysBetween counts whole days, downwards, so that what expired an hour ago has
// -1.
func daysBetween(from, to time.Time) int {
	d := to.Sub(from)
	n := int(d / (24 * time.Hour))
	if d < 0 && d%(24*time.Hour) != 0 {
		n--
	}
	return n
}
