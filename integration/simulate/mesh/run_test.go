package mesh

import (
	"errors"
	"flag"
	"reflect"
	"testing"
	"time"
)

var (
	meshes = flag.Int("meshes", 2, "how many seeds TestMeshes runs")
	seed   = flag.Uint64("seed", 1, "the first of them")
)

// TestMeshes lets twenty peers write under everything that a network and its
// machines do to them: all must converge, with nothing acknowledged lost.
func TestMeshes(t *testing.T) {
	for s := *seed; s < *seed+uint64(*meshes); s++ {
		o := Options{
			Seed: s, Peers: 20, Documents: 40, Writers: 3, Fresh: 2, Rate: 3, Duration: 30 * time.Second,
			Loss: 0.05, Skew: 2 * time.Second, Churn: 1.5, Downtime: 4 * time.Second, Split: 8 * time.Second,
		}
		if testing.Verbose() {
			o.Tell = t.Logf
		}
		r, err := Run(o)
		if err != nil {
			t.Fatalf("%v\nrun it again: %s -tell", err, o.Command())
		}
		if r.Writes < 40 || r.Stops < 2 || len(r.Delays) < 300 {
			t.Errorf("seed %d: %d writes, %d stops, %d arrivals: nothing happened", s, r.Writes, r.Stops, len(r.Delays))
		}
		if r.Degree[2] > 10 {
			t.Errorf("seed %d: a peer with %g sessions", s, r.Degree[2])
		}
	}
}

// TestSeed: a run is a function of its options.
func TestSeed(t *testing.T) {
	o := Options{Seed: 7, Peers: 8, Documents: 20, Rate: 5, Duration: 5 * time.Second, Loss: 0.05, Churn: 2, Downtime: time.Second, Active: 3}
	var all []Result
	for range 2 {
		r, err := Run(o)
		if err != nil {
			t.Fatal(err)
		}
		r.Options.Tell = nil
		all = append(all, r)
	}
	if !reflect.DeepEqual(all[0], all[1]) {
		t.Errorf("two runs of one seed differ:\n%+v\n%+v", all[0], all[1])
	}
	o.Seed = 8
	if r, err := Run(o); err != nil || reflect.DeepEqual(r.Delays, all[0].Delays) {
		t.Errorf("another seed runs the same, or %v", err)
	}
}

// TestGraphs: a write gets everywhere over each graph, over as many peers as it
// must.
func TestGraphs(t *testing.T) {
	for _, c := range []struct {
		graph Graph
		most  int // hops
	}{{Line, 5}, {Full, 3}, {Random, 4}, {Views, 3}} {
		r, err := Run(Options{Peers: 6, Graph: c.graph, Active: 4, Documents: 10, Rate: 4, Duration: 5 * time.Second})
		if err != nil {
			t.Fatalf("%s: %v", c.graph, err)
		}
		if want := 5 * r.Writes; len(r.Delays) != want || len(r.Whole) != r.Writes || r.Hops[len(r.Hops)-1] > c.most || r.Hops[0] != 1 {
			t.Errorf("%s: %d arrivals of %d, %d writes whole of %d, %d to %d hops", c.graph, len(r.Delays), want, len(r.Whole), r.Writes, r.Hops[0], r.Hops[len(r.Hops)-1])
		}
	}
}

// TestMeeting: what two peers exchange when they meet is what differs.
func TestMeeting(t *testing.T) {
	r, err := Run(Options{Graph: Full, Documents: 2000, Missed: 100})
	if err != nil {
		t.Fatal(err)
	}
	c := r.Start
	if c.Documents != 100 || c.Redundant != 0 || r.Trips != 1.5 {
		t.Errorf("100 of 2000 documents differ: %d sent, %d in vain, %g round trips", c.Documents, c.Redundant, r.Trips)
	}
	if least := int64(100 * 100); c.DocumentBytes < least || c.DocumentBytes > 100*250 || c.MetadataBytes() > 4096 {
		t.Errorf("%d bytes of documents, %d of metadata", c.DocumentBytes, c.MetadataBytes())
	}
	equal, err := Run(Options{Graph: Full, Documents: 2000})
	if err != nil {
		t.Fatal(err)
	}
	if c := equal.Start; c.Documents != 0 || equal.Trips != 0.5 || equal.Caught <= 0 || c.Bytes > 512 {
		t.Errorf("two equal peers: %d documents, %d bytes, %g round trips, %s", c.Documents, c.Bytes, equal.Trips, equal.Caught)
	}
	fresh, err := Run(Options{Graph: Full, Documents: 2000, Fresh: 1})
	if err != nil {
		t.Fatal(err)
	}
	if fresh.Start.Documents != 2000 || fresh.Start.Redundant != 0 {
		t.Errorf("a fresh peer gets %d documents of 2000, %d in vain", fresh.Start.Documents, fresh.Start.Redundant)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{
		{Peers: -1}, {Graph: "ring"}, {Active: -1}, {Size: 10}, {Loss: 0.9}, {Churn: -1}, {Latency: -1}, {Rate: -1}, {Missed: 1}, {Fresh: 2},
	} {
		if _, err := Run(o); !errors.Is(err, ErrOptions) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
