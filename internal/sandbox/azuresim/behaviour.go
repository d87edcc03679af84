package azuresim

import "time"

// Behaviour holds what differs from one real vault to the next, or from one minute to the next.
type Behaviour struct {
	// RegisteringPolls is how many GETs of a new vault still answer provisioningState RegisteringDns.
	RegisteringPolls int
	// DeletionPolls is how many reads of an object that is being deleted or recovered still find the old
	// state: 404, and 409 ObjectIsBeingDeleted for a creation.
	DeletionPolls int
	// PageSize is the most items that a page of the data plane holds, 1 to 25; 25 when 0.
	PageSize int
	// VaultPageSize is the most items that a page of ARM holds when $top does not say less; 100 when 0.
	VaultPageSize int
	// EmptyPages is how many pages without items lie before each further page, on both planes.
	EmptyPages int
	// TrailingPage makes the last page with items name one more page, which is empty.
	TrailingPage bool
	// TokenLifetime is how long an access token is valid; one hour when 0.
	TokenLifetime time.Duration
}

// SetBehaviour changes the behaviour from the next request on.
func (s *Server) SetBehaviour(b Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conf = b
}

// behaviour is a copy of the current behaviour, with the defaults filled in.
func (s *Server) behaviour() Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conf.withDefaults()
}

func (b Behaviour) withDefaults() Behaviour {
	if b.PageSize <= 0 || b.PageSize > 25 {
		b.PageSize = 25
	}
	if b.VaultPageSize <= 0 {
		b.VaultPageSize = 100
	}
	if b.TokenLifetime <= 0 {
		b.TokenLifetime = time.Hour
	}
	return b
}
