package httpapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/internal/patience"
)

// refused are what the peers of a node and it do not take from one another.
func (s *served) refused() (found []contract.RefusedDocument) {
	s.t.Helper()
	status, err := s.Status(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range status.Peers {
		if len(p.Refused) > 0 && (p.State != "syncing" || !strings.HasPrefix(p.Why, "refused: 1 document: c/k: ")) {
			s.t.Errorf("%+v", p)
		}
		found = append(found, p.Refused...)
	}
	return found
}

// TestRefusedDocumentsAreNamed: three that are large each, and too large
// together, meet. The status says which document is not taken, and why.
func TestRefusedDocumentsAreNamed(t *testing.T) {
	nodes := mesh(t, "a", "b", "c")
	for _, s := range nodes {
		s.action(contract.ActionPause, "")
	}
	for i, s := range nodes {
		s.put("c/k", fmt.Sprintf(`{"%d":%q}`, i, strings.Repeat("x", 1<<20-100)))
	}
	for _, s := range nodes {
		s.action(contract.ActionResume, "")
	}
	deadline := patience.End(t)
	for {
		var found []contract.RefusedDocument
		for _, s := range nodes {
			if _, err := s.Sync(t.Context(), contract.SyncRequest{Action: contract.ActionSync}, 5*time.Second); err != nil && problemCode(err) != contract.CodeNotConverged {
				t.Fatal(err)
			}
			found = append(found, s.refused()...)
		}
		if len(found) > 0 {
			for _, r := range found {
				if r.Collection != "c" || r.Key != "k" || !strings.Contains(r.Reason, "too large") {
					t.Errorf("%+v", r)
				}
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody refuses anything")
		}
	}
	got := nodes[0].request("GET", "/v1/peers", "")
	var peers contract.Peers
	if err := json.Unmarshal([]byte(got.body), &peers); err != nil || len(peers.Peers) != 2 {
		t.Errorf("%s %v", got.body, err)
	}
}
