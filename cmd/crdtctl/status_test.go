package main

import (
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// TestPeerSaysHowItWent: an offline peer is shown with what ended the last session.
func TestPeerSaysHowItWent(t *testing.T) {
	cells := peerCells(contract.Peer{Peer: "p1", State: "offline", Why: "peer down", Detail: "wrong protocol version"})
	if cells[3] != "peer down: wrong protocol version" {
		t.Errorf("%q", cells)
	}
}

// TestStatusNamesRefusedDocuments: each with who does not take it from whom,
// and harmless on a terminal.
func TestStatusNamesRefusedDocuments(t *testing.T) {
	got := statusText(contract.Status{Peers: []contract.Peer{
		{Peer: "p1", Name: "bob", State: "syncing", Why: "refused: 2 documents", Refused: []contract.RefusedDocument{
			{Collection: "c", Key: "k\x1b", Reason: "too large"},
			{Collection: "c", Key: "l", Reason: "malformed", ByPeer: true},
		}},
		{Peer: "p2", State: "in-sync"},
	}})
	_, table, _ := strings.Cut(got, "REFUSED")
	want := `  OF         BY         REASON
c/k\x1b  bob        this node  too large
c/l      this node  bob        malformed`
	if table != want {
		t.Errorf("%s, want\n%s", table, want)
	}
	if calm := statusText(contract.Status{Peers: []contract.Peer{{Peer: "p2"}}}); strings.Contains(calm, "REFUSED") {
		t.Error(calm)
	}
}
