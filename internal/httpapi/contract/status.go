package contract

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Count is a number of documents that is exact up to a bound: in JSON a
// number, or above the bound a string such as ">10000".
type Count struct {
	N    int
	More bool
}

// String prints "17" or ">10000".
func (c Count) String() string {
	if c.More {
		return ">" + strconv.Itoa(c.N)
	}
	return strconv.Itoa(c.N)
}

// MarshalJSON writes 17 or ">10000".
func (c Count) MarshalJSON() ([]byte, error) {
	if c.More {
		return json.Marshal(c.String())
	}
	return json.Marshal(c.N)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Count) UnmarshalJSON(raw []byte) error {
	text := strings.Trim(string(raw), `"`)
	digits, more := strings.CutPrefix(text, ">")
	if strings.HasPrefix(text, `\u003e`) {
		digits, more = text[len(`\u003e`):], true
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 {
		return fmt.Errorf("not a count: %s", raw)
	}
	*c = Count{n, more}
	return nil
}

// Peer is what a node knows of another. What it does not know is null.
type Peer struct {
	Peer          string   `json:"peer"` // 12D3Koo…
	Name          string   `json:"name"` // "" when it was never said
	Addrs         []string `json:"addrs"`
	State         string   `json:"state"`         // in-sync, syncing, passive, offline, refused or paused
	Why           string   `json:"why"`           // "" exactly when in-sync
	Detail        string   `json:"detail"`        // of an offline one: how the last session, or attempt, ended; "" where that is not known
	Behind        *Count   `json:"behind"`        // documents that this node lacks
	Ahead         *Count   `json:"ahead"`         // documents that the peer lacks
	LastConverged *string  `json:"lastConverged"` // RFC 3339
	RTT           *float64 `json:"rtt"`           // milliseconds
	Skew          *float64 `json:"skew"`          // milliseconds that its clock is ahead, below 0 behind
	// Exchange says how changes pass; null without a session.
	Exchange *Exchange `json:"exchange"`
	// Refused is what one of the two does not take from the other; absent where
	// that is nothing. Everything else is exchanged.
	Refused []RefusedDocument `json:"refused,omitempty"`
}

// RefusedDocument is a document that a node does not take: it is malformed, or
// would be too large or too costly once merged.
type RefusedDocument struct {
	Collection string `json:"collection"`
	Key        string `json:"key"`
	Reason     string `json:"reason"`
	ByPeer     bool   `json:"byPeer"` // the peer refuses it, not this node
}

// Peers is the answer of GET /v1/peers.
type Peers struct {
	Peers []Peer `json:"peers"`
}

// Status is the answer of GET /v1/status.
type Status struct {
	Name        string       `json:"name"`
	Peer        string       `json:"peer"` // "" without a network
	Version     string       `json:"version"`
	Replica     string       `json:"replica"`
	Addrs       []string     `json:"addrs"`
	Data        string       `json:"data"` // directory, "" in memory
	Durability  string       `json:"durability"`
	Started     string       `json:"started"` // RFC 3339
	Bytes       int64        `json:"bytes"`   // size of the store
	Paused      bool         `json:"paused"`
	Failed      string       `json:"failed"` // why no writes are taken; "" when they are
	Incidents   int          `json:"incidents"`
	Skewed      int          `json:"skewed"` // timestamps more than 24 h ahead
	Space       Space        `json:"space"`  // on the disk
	Scope       Scope        `json:"scope"`  // what is held
	Scrub       Scrub        `json:"scrub"`
	Unsent      *Unsent      `json:"unsent"` // what no peer is known to have; null: it cannot be told, or the node has no network
	Collections []Collection `json:"collections"`
	Peers       []Peer       `json:"peers"`
}

// Unsent is what would be lost with the disk of a node.
type Unsent struct {
	Documents Count   `json:"documents"` // whose latest changes, removals too, no peer was seen to hold
	After     *string `json:"after"`     // RFC 3339: all these changes came after it; null: not known, or there are none
}

// Space is how full the disk is.
type Space struct {
	Level   string `json:"level"`   // ok, low, refuse (no local writes), full (nothing from peers either) or unguarded
	Free    int64  `json:"free"`    // bytes
	Total   int64  `json:"total"`   // bytes
	Ballast int64  `json:"ballast"` // bytes kept to open a full disk
	Why     string `json:"why"`     // why writes are refused, or nothing is guarded; ""
}
