package node_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/node"
)

// TestStateDamagedBesideAPeer: the block is damaged in which a node keeps what it knows of its collections. What it had written alone
// since it met its peer, in another block, is there afterwards at both, in place of all that it had replaced:
// no count is left of which the peer had given the half.
func TestStateDamagedBesideAPeer(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	x, y := w.open("x", node.Options{Dir: dir}), w.open("y", node.Options{})
	w.join(y, x)
	for i := range 100 { // so that the rest lies behind the first block
		put(t, x, fmt.Sprintf("c/a%04d", i), fmt.Sprintf(`{"i":%d,"text":"what takes some room in a block of a table"}`, i))
	}
	put(t, x, "c/z", `{"by":"x","count":{"$counter":17}}`)
	w.converge(x, y)
	put(t, y, "c/z", `{"by":"y","count":{"$counter":10}}`)
	w.converge(x, y)
	w.Partition([]string{"x"}, []string{"y"})
	put(t, x, "c/z", `{"edited":true}`)
	w.close(x)
	tables, err := filepath.Glob(filepath.Join(dir, "store", "*.sst"))
	if err != nil || len(tables) != 1 {
		t.Fatalf("%v %v", tables, err)
	}
	b, err := os.ReadFile(tables[0])
	if err != nil {
		t.Fatal(err)
	}
	b[300] ^= 1
	if err := os.WriteFile(tables[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	var told []string
	x = w.open("x", node.Options{Dir: dir, Events: node.Events{Incident: func(e node.IncidentEvent) { told = append(told, e.Kind) }}})
	defer func() { w.close(x, y) }()
	if !slices.Contains(told, node.FindingAside) {
		t.Errorf("told: %v", told)
	}
	w.Heal()
	w.converge(x, y)
	for _, n := range []*node.Node{x, y} {
		if got := show(t, n, "c/z"); got != `{"edited":true}` {
			t.Errorf("at %s: %s", n.Name(), got)
		}
		if got := show(t, n, "c/a0000"); got == "not found" {
			t.Errorf("%s lacks what the peer had", n.Name())
		}
	}
}
