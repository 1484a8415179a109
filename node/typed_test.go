package node_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// trip has a field of every type that merges.
type trip struct {
	Title string            `json:"title"`
	Days  int               `json:"days,omitempty"`
	Seats int               `json:"seats" crdt:"counter"`
	Tags  []string          `json:"tags" crdt:"set"`
	Notes string            `json:"notes" crdt:"text"`
	Stops []stop            `json:"stops"`
	Route []float64         `json:"route" crdt:"lww"`
	Who   map[string]member `json:"who"`
	Photo []byte            `json:"photo,omitempty"`
	Start time.Time         `json:"start,omitzero"`
	Guide *member           `json:"guide"`
}

type stop struct {
	ID   string `json:"id"`
	Note string `json:"note" crdt:"text"`
	Beds int    `json:"beds" crdt:"counter"`
}

type member struct {
	Age  int  `json:"age"`
	Boss bool `json:"boss,omitempty"`
}

func modify[T any](t testing.TB, n *node.Node, key string, fn func(*T)) node.Written {
	t.Helper()
	w, err := node.Of[T](n.Collection("c")).Modify(t.Context(), key, func(v *T) error { fn(v); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestModifyWhileApart: two nodes change one value while apart, every field on
// both sides, and nothing is lost.
func TestModifyWhileApart(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		defer w.close(n...)
		trips := node.Of[trip](n[0].Collection("c"))
		_, err := trips.Put(t.Context(), "k", trip{
			Title: "Alps", Seats: 10, Tags: []string{"hike", "snow"}, Notes: "Bring boots and a map.",
			Stops: []stop{{"inn", "cheap", 4}, {"hut", "high", 8}, {"camp", "wet", 2}},
			Route: []float64{1, 2}, Who: map[string]member{"ann": {30, true}}, Guide: &member{Age: 50},
		}, node.PutOptions{})
		if err != nil {
			t.Fatal(err)
		}
		w.converge(n...)
		w.Partition([]string{"a"}, []string{"b"})
		modify(t, n[0], "k", func(v *trip) {
			v.Title, v.Seats, v.Tags = "Alps 2026", v.Seats-3, []string{"hike", "lake"}
			v.Notes = strings.Replace(v.Notes, "boots", "warm boots", 1)
			v.Stops[1].Note, v.Stops[1].Beds = "very high", v.Stops[1].Beds+1
			v.Stops = slices.Delete(v.Stops, 2, 3)
			v.Who["bob"] = member{Age: 4}
			v.Guide.Age++
		})
		time.Sleep(time.Second)
		modify(t, n[1], "k", func(v *trip) {
			v.Days, v.Seats, v.Tags = 5, v.Seats-2, append(v.Tags, "fun")
			v.Notes = strings.Replace(v.Notes, "a map", "two maps", 1)
			v.Stops = append([]stop{{"train", "", 0}}, v.Stops...)
			v.Stops[2].Note, v.Stops[2].Beds = v.Stops[2].Note+"!", v.Stops[2].Beds+10
			v.Who["ann"] = member{31, true}
			v.Photo, v.Guide.Boss = []byte("jpg"), true
			v.Route = []float64{3, 4, 5}
		})
		w.Heal()
		w.converge(n...)
		for _, n := range n {
			got, err := node.Of[trip](n.Collection("c")).Get(t.Context(), "k")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(trip{
				Title: "Alps 2026", Days: 5, Seats: 5, Tags: []string{"fun", "hike", "lake"}, Notes: "Bring warm boots and two maps.",
				Stops: []stop{{"train", "", 0}, {"inn", "cheap", 4}, {"hut", "very high!", 19}},
				Route: []float64{3, 4, 5}, Who: map[string]member{"ann": {31, true}, "bob": {Age: 4}},
				Photo: []byte("jpg"), Guide: &member{51, true},
			}, got); d != "" {
				t.Errorf("%s: %s", n.Name(), d)
			}
			if d := seen(t, n, "k"); d.HasConflicts() {
				t.Errorf("conflicts: %+v", d.Conflicts())
			}
		}
	})
}

// TestVersionsOfAType: what a type has no name for is not touched, in elements
// of lists neither, by Modify and by Put.
func TestVersionsOfAType(t *testing.T) {
	type old struct {
		Name  string `json:"name"`
		Items []struct {
			ID string `json:"id"`
			N  int    `json:"n"`
		} `json:"items"`
	}
	n := alone(t, node.Options{})
	put(t, n, "c/k", `{"name":"x","color":{"$register":["r","g"]},"items":[{"id":"1","n":1.0,"tag":{"$set":["s"]}},{"id":"2","n":2,"more":{"a":1}}]}`)
	modify(t, n, "k", func(v *old) {
		v.Items[1].N = 3
		v.Items[0], v.Items[1] = v.Items[1], v.Items[0]
		v.Items = append(v.Items, v.Items[0])
		v.Items[2].ID = "3"
	})
	want(t, n, "c/k", `{"name":"x","color":["r","g"],"items":[{"n":3,"id":"2","more":{"a":1}},{"n":1.0,"id":"1","tag":["s"]},{"n":3,"id":"3"}]}`)
	if w := modify(t, n, "k", func(v *old) { v.Name += "" }); w.Changed || w.Document == nil {
		t.Errorf("%+v", w)
	}
	v, err := node.Of[old](n.Collection("c")).Get(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	v.Name, v.Items = "y", v.Items[:1]
	if _, err := node.Of[old](n.Collection("c")).Put(t.Context(), "k", v, node.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	want(t, n, "c/k", `{"name":"y","color":["r","g"],"items":[{"n":3,"id":"2","more":{"a":1}}]}`)
}

// TestModifyRunsAgain: who is overtaken here sees the newer value.
func TestModifyRunsAgain(t *testing.T) {
	n := alone(t, node.Options{Durability: node.Relaxed})
	type plain struct{ N, Runs int }
	var wg sync.WaitGroup
	runs := make([]int, 8)
	for i := range runs {
		wg.Go(func() {
			for range 20 {
				_, err := node.Of[plain](n.Collection("c")).Modify(t.Context(), "k", func(v *plain) error {
					runs[i]++
					v.N++ // a register: only what saw the last value counts
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if v, err := node.Of[plain](n.Collection("c")).Get(t.Context(), "k"); err != nil || v.N != 160 {
		t.Errorf("%+v, %v", v, err)
	}
	boom := errors.New("boom")
	if _, err := node.Of[plain](n.Collection("c")).Modify(t.Context(), "k", func(*plain) error { return boom }); err != boom {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := node.Of[plain](n.Collection("c")).Modify(ctx, "k", func(v *plain) error { cancel(); v.N = 0; return nil })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestPutWithBase: a Put with a base changes what it changes of that version.
func TestPutWithBase(t *testing.T) {
	n := alone(t, node.Options{})
	trips := node.Of[trip](n.Collection("c"))
	w, err := trips.Put(t.Context(), "k", trip{Title: "a", Seats: 5}, node.PutOptions{})
	if err != nil || !w.Created {
		t.Fatal(w, err)
	}
	base := w.Document.Version()
	modify(t, n, "k", func(v *trip) { v.Seats, v.Days = 7, 2 })
	if _, err := trips.Put(t.Context(), "k", trip{Title: "b", Seats: 4}, node.PutOptions{Base: base}); err != nil {
		t.Fatal(err)
	}
	if v, err := trips.Get(t.Context(), "k"); err != nil || v.Title != "b" || v.Seats != 6 || v.Days != 2 {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := trips.Put(t.Context(), "k", trip{}, node.PutOptions{Base: crdt.VersionOf(nil)}); !errors.Is(err, node.ErrBaseGone) {
		t.Error(err)
	}
	if _, err := trips.Put(t.Context(), "k", trip{}, node.PutOptions{IfAbsent: true}); !errors.Is(err, node.ErrVersion) {
		t.Error(err)
	}
}

func TestTypedRefusals(t *testing.T) {
	n := alone(t, node.Options{})
	c := n.Collection("c")
	bad := node.Of[struct {
		N string `crdt:"counter"`
	}](c)
	_, err := bad.Get(t.Context(), "k")
	_, err2 := bad.Put(t.Context(), "k", struct {
		N string `crdt:"counter"`
	}{}, node.PutOptions{})
	var err3 error
	for _, err := range bad.All(t.Context(), node.ListOptions{}) {
		err3 = err
	}
	for _, err := range []error{err, err2, err3} {
		if !errors.Is(err, node.ErrType) || !strings.Contains(err.Error(), ".N: a counter is an integer, not string") {
			t.Error(err)
		}
	}
	put(t, n, "c/a", `{"title":"t"}`)
	put(t, n, "c/b", `{"stops":[{"id":"x","beds":"many"}]}`)
	put(t, n, "c/c", `{"title":"u"}`)
	trips := node.Of[trip](c)
	if _, err := trips.Get(t.Context(), "b"); !errors.Is(err, crdt.ErrKind) || err.Error() != "c/b: /stops/0/beds: wrong type: it is a string, which is no int" {
		t.Error(err)
	}
	if _, err := trips.Modify(t.Context(), "b", func(*trip) error { t.Error("was run"); return nil }); !errors.Is(err, crdt.ErrKind) {
		t.Error(err)
	}
	var all []string
	for item, err := range trips.All(t.Context(), node.ListOptions{}) {
		all = append(all, fmt.Sprint(item.Key, " ", item.Value.Title, " ", err != nil))
	}
	if got := strings.Join(all, ", "); got != "a t false, b  true, c u false" {
		t.Error(got)
	}
	if _, err := trips.Put(t.Context(), "b", trip{Title: "now it is one"}, node.PutOptions{}); err != nil {
		t.Error(err)
	}
	want(t, n, "c/b", `{"notes":"","seats":0,"title":"now it is one"}`)
	if _, err := node.Of[*trip](c).Put(t.Context(), "b", nil, node.PutOptions{}); !errors.Is(err, crdt.ErrNoValue) {
		t.Error(err)
	}
	if _, err := trips.Get(t.Context(), "none"); !errors.Is(err, node.ErrNotFound) {
		t.Error(err)
	}
	if _, err := trips.Put(t.Context(), "x", trip{Title: "\xff"}, node.PutOptions{}); !errors.Is(err, crdt.ErrJSON) {
		t.Error(err)
	}
}

// trips draws values; sets are as they read.
func trips(t *rapid.T, label string) trip {
	word := rapid.SampledFrom([]string{"", "a", "bb", "a b c", "äx😀"})
	var v trip
	v.Title, v.Notes = word.Draw(t, label+" title"), word.Draw(t, label+" notes")
	v.Days, v.Seats = rapid.IntRange(-2, 2).Draw(t, label+" days"), rapid.IntRange(-5, 5).Draw(t, label+" seats")
	v.Tags = slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(word, 1, 4).Draw(t, label+" tags"))))
	v.Stops = []stop{}
	for i := range rapid.IntRange(0, 4).Draw(t, label+" stops") {
		v.Stops = append(v.Stops, stop{fmt.Sprint(i), word.Draw(t, label+" note"), i})
	}
	v.Route = rapid.SliceOfN(rapid.Float64Range(0.5, 9), 1, 3).Draw(t, label+" route")
	v.Who = map[string]member{word.Draw(t, label+" who"): {rapid.IntRange(0, 3).Draw(t, label+" age"), true}}
	if rapid.Bool().Draw(t, label+" guide") {
		v.Guide = &member{Age: 1}
	}
	if rapid.Bool().Draw(t, label+" start") {
		v.Start = time.Unix(rapid.Int64Range(0, 1e9).Draw(t, label+" at"), 5).UTC()
	}
	return v
}

// TestTypedPutGet: whatever was there, what is put is what is read.
func TestTypedPutGet(t *testing.T) {
	n := alone(t, node.Options{Durability: node.Relaxed})
	all := node.Of[trip](n.Collection("c"))
	rapid.Check(t, func(t *rapid.T) {
		for _, label := range []string{"first", "second", "third"} {
			v := trips(t, label)
			if _, err := all.Put(context.Background(), "k", v, node.PutOptions{}); err != nil {
				t.Fatal(err)
			}
			got, err := all.Get(context.Background(), "k")
			if d := cmp.Diff(v, got); err != nil || d != "" {
				t.Fatalf("%v: %s", err, d)
			}
		}
	})
}

// TestModifiesOfDifferentFields: two nodes that do not hear of each other
// change different fields; then both hold both changes.
func TestModifiesOfDifferentFields(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		from, ours, theirs := trips(r, "from"), trips(r, "ours"), trips(r, "theirs")
		mine := rapid.Uint16().Draw(r, "fields of a")
		merged := theirs
		set(&merged, &ours, mine)
		var wrong string
		bubble.Test(t, func(t *testing.T) {
			w := newWorld(t)
			n := w.mesh("a", "b")
			defer w.close(n...)
			if _, err := node.Of[trip](n[0].Collection("c")).Put(t.Context(), "k", from, node.PutOptions{}); err != nil {
				t.Fatal(err)
			}
			w.converge(n...)
			w.Partition([]string{"a"}, []string{"b"})
			modify(t, n[0], "k", func(v *trip) { set(v, &ours, mine) })
			modify(t, n[1], "k", func(v *trip) { set(v, &theirs, ^mine) })
			w.Heal()
			w.converge(n...)
			for _, n := range n {
				got, err := node.Of[trip](n.Collection("c")).Get(t.Context(), "k")
				if err != nil {
					t.Fatal(err)
				}
				wrong += cmp.Diff(merged, got)
			}
		})
		if wrong != "" {
			r.Fatal(wrong)
		}
	})
}

// set copies some fields.
func set(to, from *trip, fields uint16) {
	for i, copy := range []func(){
		func() { to.Title = from.Title }, func() { to.Days = from.Days }, func() { to.Seats = from.Seats },
		func() { to.Tags = from.Tags }, func() { to.Notes = from.Notes }, func() { to.Stops = from.Stops },
		func() { to.Route = from.Route }, func() { to.Who = from.Who }, func() { to.Start = from.Start },
		func() { to.Guide = from.Guide },
	} {
		if fields>>i&1 == 1 {
			copy()
		}
	}
}
