package contract

// ScopeRequest is the body of PUT /v1/scope.
type ScopeRequest struct {
	Collections []string `json:"collections"` // patterns
}

// Scope is the answer of GET and PUT /v1/scope.
type Scope struct {
	Collections []string      `json:"collections"` // patterns of what is held
	Pending     *PendingScope `json:"pending"`     // what waits for peers; null if nothing does
}

// PendingScope is a scope that waits until peers have what it would drop.
type PendingScope struct {
	Collections []string `json:"collections"`
	Unsent      Count    `json:"unsent"` // documents that no peer is known to have
}
