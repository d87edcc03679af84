package azuresim

import (
	"net/http"
	"sort"
	"strings"
)

type groupBody struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Type       string            `json:"type"`
	Location   string            `json:"location"`
	Tags       map[string]string `json:"tags,omitempty"`
	Properties struct {
		ProvisioningState string `json:"provisioningState"`
	} `json:"properties"`
}

func (sub *subscription) groupID(name string) string {
	return "/subscriptions/" + sub.id + "/resourceGroups/" + name
}

func (sub *subscription) body(g *resourceGroup) groupBody {
	b := groupBody{ID: sub.groupID(g.name), Name: g.name, Type: "Microsoft.Resources/resourceGroups", Location: g.location, Tags: g.tags}
	b.Properties.ProvisioningState = "Succeeded"
	return b
}

// AddResourceGroup makes a group in the server's subscription, or changes its location.
func (s *Server) AddResourceGroup(name, location string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.state.subscriptions[strings.ToLower(s.SubscriptionID)]
	sub.groups[strings.ToLower(name)] = &resourceGroup{name: name, location: canonicalLocation(or(location, s.Location))}
}

// AddSubscription makes a further subscription of the server's tenant, without any group.
func (s *Server) AddSubscription(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.addSubscription(id, s.TenantID)
}

func (a *armCall) listGroups() answer {
	var names []string
	for name := range a.sub.groups {
		names = append(names, name)
	}
	sort.Strings(names)
	bodies := make([]groupBody, 0, len(names))
	for _, name := range names {
		bodies = append(bodies, a.sub.body(a.sub.groups[name]))
	}
	return armPage(a, bodies, func(b groupBody) string { return strings.ToLower(b.Name) })
}

func (a *armCall) getGroup() answer { return jsonAnswer(http.StatusOK, a.sub.body(a.group)) }

func (a *armCall) groupExists() answer { return answer{status: http.StatusNoContent} }

func (a *armCall) putGroup() answer {
	var in struct {
		Location string            `json:"location"`
		Tags     map[string]string `json:"tags"`
	}
	if !a.decode(&in) {
		return errorAnswer(invalidContent())
	}
	location, e := checkLocation(in.Location, "Microsoft.Resources/resourceGroups")
	if e != nil {
		return errorAnswer(e)
	}
	name, status := a.params["group"], http.StatusCreated
	if old := a.sub.groups[strings.ToLower(name)]; old != nil {
		name, status = old.name, http.StatusOK
	}
	g := &resourceGroup{name: name, location: location, tags: in.Tags}
	a.sub.groups[strings.ToLower(name)] = g
	return jsonAnswer(status, a.sub.body(g))
}

type subscriptionBody struct {
	ID             string `json:"id"`
	SubscriptionID string `json:"subscriptionId"`
	TenantID       string `json:"tenantId"`
	DisplayName    string `json:"displayName"`
	State          string `json:"state"`
}

func (sub *subscription) describe() subscriptionBody {
	return subscriptionBody{
		ID: "/subscriptions/" + sub.id, SubscriptionID: sub.id, TenantID: sub.tenant,
		DisplayName: "Sandbox subscription", State: "Enabled",
	}
}

// listSubscriptions shows the subscriptions that the caller may read, which may be none.
func (a *armCall) listSubscriptions() answer {
	bodies := []subscriptionBody{}
	for _, sub := range a.s.state.subscriptions {
		b := sub.describe()
		if a.principal.allows("Microsoft.Resources/subscriptions/read", b.ID, false) {
			bodies = append(bodies, b)
		}
	}
	sort.Slice(bodies, func(i, j int) bool { return bodies[i].ID < bodies[j].ID })
	return armPage(a, bodies, func(b subscriptionBody) string { return b.ID })
}

func (a *armCall) getSubscription() answer { return jsonAnswer(http.StatusOK, a.sub.describe()) }

func invalidContent() *apiError {
	return &apiError{
		Status: http.StatusBadRequest, Code: "InvalidRequestContent",
		Message: "The request content was invalid and could not be deserialized.",
	}
}

// checkLocation returns the canonical name of a location given as display name or as canonical name.
func checkLocation(location, resourceType string) (string, *apiError) {
	if location == "" {
		return "", &apiError{
			Status: http.StatusBadRequest, Code: "LocationRequired",
			Message: "The location property is required for this definition.",
		}
	}
	canonical := canonicalLocation(location)
	for _, l := range locations() {
		if l == canonical {
			return canonical, nil
		}
	}
	return "", &apiError{
		Status: http.StatusBadRequest, Code: "LocationNotAvailableForResourceType",
		Message: "The provided location '" + location + "' is not available for resource type '" + resourceType +
			"'. List of available regions for the resource type is '" + strings.Join(locations(), ",") + "'.",
	}
}
