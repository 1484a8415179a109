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

// TestStatusSaysWhatIsOnlyHere: what is not known is said to be not known.
func TestStatusSaysWhatIsOnlyHere(t *testing.T) {
	after := "2026-11-22T10:00:00Z"
	for want, u := range map[string]*contract.Unsent{
		"?": nil,
		"nothing that peers were not seen to hold":             {},
		"17 documents, how old is not known":                   {Documents: contract.Count{N: 17}},
		"1 document, how old is not known":                     {Documents: contract.Count{N: 1}},
		">10000 documents, changed after 2026-11-22T10:00:00Z": {Documents: contract.Count{N: 10000, More: true}, After: &after},
	} {
		got := statusText(contract.Status{Peer: "p", Unsent: u})
		if !strings.Contains(got, "only here   "+want+"\n") {
			t.Errorf("%s\nwant %q", got, want)
		}
	}
	if got := statusText(contract.Status{}); strings.Contains(got, "only here") {
		t.Errorf("without a network:\n%s", got)
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
