package httpapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// split lets both edit alone, and brings them together again.
func split(t *testing.T, a, b *served, edit func()) {
	t.Helper()
	converge(t, a, b)
	a.action(contract.ActionPause, "")
	edit()
	a.action(contract.ActionResume, "")
	converge(t, a, b)
}

// TestConflictsInsideLists: elements are named by their index, say whose they
// are, and are resolved as everything else is.
func TestConflictsInsideLists(t *testing.T) {
	a, b := pair(t)
	a.put("c/k", `{"l":[{"n":1},{"n":2},{"n":3}]}`)
	split(t, a, b, func() {
		a.request("PATCH", "/v1/docs/c/k", `[{"op":"set","path":"/l/0/n","value":10}]`, ops)
		b.request("PATCH", "/v1/docs/c/k", `[{"op":"set","path":"/l/0/n","value":11}]`, ops)
		a.request("PATCH", "/v1/docs/c/k", `[{"op":"remove","path":"/l/1"}]`, jsonPatch)
		b.request("PATCH", "/v1/docs/c/k", `[{"op":"set","path":"/l/1/n","value":20}]`, ops)
	})
	d, err := a.ConflictsOf(t.Context(), "c", "k")
	if err != nil || len(d.Conflicts) != 2 {
		t.Fatalf("%+v %v", d, err)
	}
	value, removed := d.Conflicts[0], d.Conflicts[1]
	if value.Path != "/l/0/n" || value.Kind != "value" || removed.Path != "/l/1" || removed.Kind != "edited-while-removed" {
		t.Errorf("%+v", d)
	}
	names := map[string]string{"10": "a", "11": "b"}
	for _, c := range value.Candidates {
		if c.Name != names[string(c.Value)] || c.Peer == "" || len(c.Replica) != 32 || !strings.HasPrefix(c.Dot, c.Replica+":") || c.Time == "" {
			t.Errorf("candidate %+v", c)
		}
	}

	// What was edited stays when it is taken, and is one that can be moved again.
	r := contract.Resolution{Path: removed.Path, Take: removed.Candidates[0].Dot}
	if _, err := b.Resolve(t.Context(), "c", "k", r, client.Conditions{}); problemCode(err) != contract.CodeUnseen {
		t.Errorf("without seeing it: %v", err)
	}
	r.Seen = []string{removed.Candidates[0].Dot}
	left, err := b.Resolve(t.Context(), "c", "k", r, client.Conditions{})
	if err != nil || len(left.Conflicts) != 1 {
		t.Fatalf("%+v %v", left, err)
	}
	r = contract.Resolution{Path: value.Path, Value: json.RawMessage(`12`), Seen: []string{value.Candidates[0].Dot, value.Candidates[1].Dot}}
	if left, err = b.Resolve(t.Context(), "c", "k", r, client.Conditions{}); err != nil || len(left.Conflicts) != 0 {
		t.Fatalf("%+v %v", left, err)
	}
	converge(t, a, b)
	if got := a.get("c/k"); got != `{"l":[{"n":12},{"n":20},{"n":3}]}` {
		t.Error(got)
	}
	if got := a.request("PATCH", "/v1/docs/c/k", `[{"op":"move","from":"/l/1","path":"/l/0"}]`, jsonPatch); got.body != `{"l":[{"n":20},{"n":12},{"n":3}]}`+"\n" {
		t.Error(got)
	}
	r.Path = "/l/9/n"
	if _, err := a.Resolve(t.Context(), "c", "k", r, client.Conditions{}); problemCode(err) != contract.CodePosition {
		t.Errorf("of no element: %v", err)
	}
}

// TestConflictsAreListedInPages: those of many documents, and none of the others.
func TestConflictsAreListedInPages(t *testing.T) {
	a, b := pair(t)
	both := func(s *served, value int) {
		for i := range 7 {
			s.put(fmt.Sprintf("c/k%d", i), fmt.Sprintf(`{"n":%d}`, value*(i%2))) // the even ones agree
		}
	}
	split(t, a, b, func() { both(a, 1); both(b, 2) })
	var keys []string
	path := "/v1/conflicts/c?limit=2"
	for range 5 {
		var page contract.ConflictPage
		if err := json.Unmarshal([]byte(a.request("GET", path, "").body), &page); err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Documents {
			keys = append(keys, d.Key)
		}
		if page.Next == nil {
			break
		}
		path = "/v1/conflicts/c?limit=2&after=" + *page.Next
	}
	if got := strings.Join(keys, " "); got != "k1 k3 k5" {
		t.Errorf("pages: %s", got)
	}
	if got := a.request("GET", "/v1/conflicts/c?prefix=k3", "", "Accept: "+contract.TypeNDJSON).body; strings.Count(got, "\n") != 1 {
		t.Errorf("prefix: %s", got)
	}
	if got := a.request("GET", "/v1/conflicts/none", "").body; got != `{"documents":[],"next":null}`+"\n" {
		t.Errorf("of no collection: %s", got)
	}
}
