package integration

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// shopping is what a peer shows of the list of c/shopping: the names.
func (p *peer) shopping() (names []string) {
	p.t.Helper()
	var items []struct{ Name string }
	if err := p.getJSON("/v1/docs/c/shopping?path=/items", &items); err != nil {
		p.t.Fatal(err)
	}
	for _, it := range items {
		names = append(names, it.Name)
	}
	return names
}

// ops does typed operations with crdtctl.
func (p *peer) ops(addr string, ops ...string) {
	p.t.Helper()
	p.ctl("patch", addr, "--ops", "["+strings.Join(ops, ",")+"]")
}

// version is the version of a document that a peer holds: equal versions are
// equal bytes.
func (p *peer) version(collection, key string) string {
	p.t.Helper()
	return p.request("HEAD", docPath(collection, key), "").header.Get("ETag")
}

// sameBytes waits until peers hold the same, and compares one document.
func sameBytes(t *testing.T, collection, key string, peers ...*peer) {
	t.Helper()
	converged(t, collection, peers...)
	for _, p := range peers[1:] {
		if v, w := p.version(collection, key), peers[0].version(collection, key); v != w || v == "" {
			t.Errorf("%s/%s is %s on %s and %s on %s", collection, key, v, p.name, w, peers[0].name)
		}
	}
}

// TestTwoPeersShopOffline: two peers append to one list, one element at a time,
// move and edit what is there, each alone. When they meet, the runs do not
// interleave, and an element that one moved and the other edited is both.
func TestTwoPeersShopOffline(t *testing.T) {
	t.Parallel()
	m := mesh(t, "a", "b")
	a, b := m[0], m[1]
	a.ctl("put", "c/shopping", `{"items":[{"name":"milk","n":{"$counter":1}},{"name":"bread"},{"name":"tea"}]}`)
	converged(t, "c", a, b)
	a.pause()
	b.pause()

	const run = 12
	for _, p := range m {
		for i := range run {
			p.ops("c/shopping", fmt.Sprintf(`{"op":"insert","path":"/items","at":%d,"value":{"name":"%s%d"}}`, 3+i, p.name, i))
		}
		for i := range run { // and backward, at the front
			p.ops("c/shopping", fmt.Sprintf(`{"op":"insert","path":"/items","at":0,"value":{"name":"%s-%d"}}`, p.name, i))
		}
	}
	a.ops("c/shopping", fmt.Sprintf(`{"op":"move","path":"/items","from":%d,"to":%d}`, run, run+1)) // milk behind bread
	b.ops("c/shopping", fmt.Sprintf(`{"op":"set","path":"/items/%d/done","value":true}`, run),      // milk
		fmt.Sprintf(`{"op":"incr","path":"/items/%d/n","by":2}`, run), fmt.Sprintf(`{"op":"delete","path":"/items","at":%d,"len":1}`, run+2)) // tea
	a.ops("c/shopping", fmt.Sprintf(`{"op":"incr","path":"/items/%d/n","by":3}`, run+1))

	a.resume()
	b.resume()
	sameBytes(t, "c", "shopping", a, b)
	names := a.shopping()
	var want []string
	forward, backward := func(p *peer) (all []string) {
		for i := range run {
			all = append(all, fmt.Sprintf("%s%d", p.name, i))
		}
		return all
	}, func(p *peer) (all []string) {
		for i := range run {
			all = append(all, fmt.Sprintf("%s-%d", p.name, run-1-i))
		}
		return all
	}
	for _, runs := range [][]string{forward(a), forward(b), backward(a), backward(b)} {
		at := slices.Index(names, runs[0])
		if at < 0 || at+run > len(names) || !slices.Equal(names[at:at+run], runs) {
			t.Errorf("the run %v is not together in %v", runs, names)
		}
		want = append(want, runs...)
	}
	want = append(want, "milk", "bread")
	slices.Sort(want)
	if got := slices.Sorted(slices.Values(names)); !slices.Equal(got, want) {
		t.Errorf("elements are %v, want %v", got, want)
	}
	milk := slices.Index(names, "milk")
	if bread := slices.Index(names, "bread"); milk != bread+1 {
		t.Errorf("milk is at %d and bread at %d", milk, bread)
	}
	for _, p := range m {
		got := p.request("GET", fmt.Sprintf("/v1/docs/c/shopping?path=/items/%d", milk), "").body
		if d := diffJSON(got, `{"name":"milk","n":6,"done":true}`); d != "" {
			t.Errorf("milk on %s: %s", p.name, d)
		}
	}
}

// TestPatchesOnTwoPeers: JSON Patches that were applied apart, and one that is
// refused whole.
func TestPatchesOnTwoPeers(t *testing.T) {
	t.Parallel()
	m := mesh(t, "a", "b")
	a, b := m[0], m[1]
	a.ctl("put", "c/plan", `{"title":"plan","steps":[{"do":"dig"},{"do":"lay"},{"do":"fill"}],"state":"open"}`)
	converged(t, "c", a, b)
	a.pause()
	b.pause()
	a.ctl("patch", "c/plan", "--json-patch", `[{"op":"test","path":"/state","value":"open"},
		{"op":"move","from":"/steps/0","path":"/steps/2"},{"op":"add","path":"/owner","value":"ann"},{"op":"remove","path":"/steps/0"}]`)
	b.ctl("patch", "c/plan", "--json-patch", `[{"op":"replace","path":"/steps/0/do","value":"dig deep"},
		{"op":"add","path":"/steps/-","value":{"do":"sweep"}},{"op":"copy","from":"/title","path":"/name"}]`)
	before := b.version("c", "plan")
	if r := b.ctlFails([]int{4}, "patch", "c/plan", "--json-patch", `[{"op":"remove","path":"/title"},{"op":"test","path":"/state","value":"closed"}]`); r.stderr == "" {
		t.Error("a test that fails says nothing")
	}
	if after := b.version("c", "plan"); after != before {
		t.Errorf("a patch that was refused changed the document")
	}
	a.resume()
	b.resume()
	sameBytes(t, "c", "plan", a, b)
	var plan struct {
		Title, Name, Owner, State string
		Steps                     []struct{ Do string }
	}
	must(t, a.getJSON("/v1/docs/c/plan", &plan))
	var steps []string
	for _, s := range plan.Steps {
		steps = append(steps, s.Do)
	}
	// dig was moved behind fill by one and edited by the other; sweep came
	// behind fill too: which of the two is first is up to the replica ids.
	either := []string{"fill,dig deep,sweep", "fill,sweep,dig deep"}
	if got := strings.Join(steps, ","); !slices.Contains(either, got) || plan.Title != "plan" || plan.Name != "plan" || plan.Owner != "ann" {
		t.Errorf("the plan is %+v", plan)
	}
}

// TestTheSameDocumentMadeTwice: two devices that have never met both made
// c/trip, with everything nested in it.
func TestTheSameDocumentMadeTwice(t *testing.T) {
	t.Parallel()
	a, b := startPeer(t, "a"), startPeer(t, "b")
	for _, p := range []*peer{a, b} {
		p.ctl("put", "c/trip", fmt.Sprintf(`{"settings":{"by-%[1]s":true},"stops":[{"at":"%[1]s1"},{"at":"%[1]s2"}],"days":{"$counter":2},
			"who":{"$set":["%[1]s"]},"notes":{"$text":"%[1]s was here. "},"nested":{"list":[["%[1]s"]],"text":{"deep":{"$text":"%[1]s"}}}}`, p.name))
	}
	b.stop()
	b.start("--join", a.invite())
	sameBytes(t, "c", "trip", a, b)
	for _, p := range []*peer{a, b} {
		var trip struct {
			Settings map[string]bool
			Stops    []struct{ At string }
			Days     int
			Who      []string
			Notes    string
			Nested   struct {
				List [][]string
				Text struct{ Deep string }
			}
		}
		must(t, json.Unmarshal([]byte(p.ctl("get", "c/trip")), &trip))
		first := trip.Notes[:1] // whose replica id is the lesser
		second := map[string]string{"a": "b", "b": "a"}[first]
		got, err := json.Marshal(trip)
		must(t, err)
		want := fmt.Sprintf(`{"Settings":{"by-a":true,"by-b":true},"Stops":[{"At":"%[1]s1"},{"At":"%[1]s2"},{"At":"%[2]s1"},{"At":"%[2]s2"}],"Days":4,`+
			`"Who":["a","b"],"Notes":"%[1]s was here. %[2]s was here. ","Nested":{"List":[["%[1]s"],["%[2]s"]],"Text":{"Deep":"%[1]s%[2]s"}}}`, first, second)
		if string(got) != want {
			t.Errorf("on %s\n%s, want\n%s", p.name, got, want)
		}
		p.ctl("conflicts", "c/trip", "--fail")
	}
}
