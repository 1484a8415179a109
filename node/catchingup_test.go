package node_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/node"
)

// TestWhoCatchesUpDoesInTheEnd: somebody waits for a local write all the time, and
// none is ever done; a fresh peer gets everything all the same.
func TestWhoCatchesUpDoesInTheEnd(t *testing.T) {
	const documents = 3_000
	w := newWorld(t)
	disk := newSlowDisk()
	a := w.open("a", node.Options{Store: disk})
	b := w.open("b", node.Options{})
	defer w.close(a, b)
	items := make([]node.PutItem, documents)
	for i := range items {
		items[i] = node.PutItem{Key: fmt.Sprintf("k%06d", i), JSON: fmt.Appendf(nil, `{"n":%d,"text":"%0200d"}`, i, i*i)}
	}
	if _, err := a.Collection("c").PutAll(t.Context(), items); err != nil {
		t.Fatal(err)
	}
	w.join(a, b)
	release := disk.hold()
	waiting := make(chan error)
	go func() {
		_, err := a.Collection("c").Put(t.Context(), "waits", []byte(`1`), node.PutOptions{})
		waiting <- err
	}()
	late, tick := patience.Of(t).Done(), time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for received(t, b) < documents {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%d documents of %d", received(t, b), documents)
		}
	}
	release()
	if err := <-waiting; err != nil {
		t.Error(err)
	}
}
