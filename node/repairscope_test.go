package node_test

import (
	"bytes"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// staged is a store in which deleting a record, and looking at all records of
// "c", take as long as the test wants. One record is damaged while it says so.
type staged struct {
	storage.Store
	mu       sync.Mutex
	damaged  string        // key of c
	deletes  chan struct{} // closed: may go on; nil: not held
	deleting chan struct{} // closed when the first one waits
	looks    chan struct{}
	looking  chan struct{}
}

func (s *staged) damage(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.damaged = key
}

// hold makes the next deletion, or look, wait: begun is closed when it does.
func (s *staged) hold(deletes bool) (begun, release chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	begun, release = make(chan struct{}), make(chan struct{})
	if deletes {
		s.deleting, s.deletes = begun, release
	} else {
		s.looking, s.looks = begun, release
	}
	return begun, release
}

func (s *staged) wait(deletes bool) {
	s.mu.Lock()
	begun, release := s.looking, s.looks
	if deletes {
		begun, release = s.deleting, s.deletes
		s.deleting, s.deletes = nil, nil
	} else {
		s.looking, s.looks = nil, nil
	}
	s.mu.Unlock()
	if begun != nil {
		close(begun)
		<-release
	}
}

func (s *staged) read(key, value []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.damaged == "" || string(key) != "dc\x00"+s.damaged || len(value) == 0 {
		return value
	}
	value = bytes.Clone(value)
	value[len(value)-1] ^= 1
	return value
}

func (s *staged) View(fn func(storage.Reader) error) error {
	return s.Store.View(func(r storage.Reader) error { return fn(stagedReader{r, s}) })
}

func (s *staged) Snapshot() (storage.Snapshot, error) {
	snap, err := s.Store.Snapshot()
	return stagedSnapshot{stagedReader{snap, s}, snap}, err
}

func (s *staged) Update(fn func(storage.Tx) error) error {
	return s.Store.Update(func(tx storage.Tx) error { return fn(stagedTx{tx, s}) })
}

type stagedReader struct {
	storage.Reader
	s *staged
}

func (r stagedReader) Get(key []byte) ([]byte, error) {
	value, err := r.Reader.Get(key)
	return r.s.read(key, value), err
}

func (r stagedReader) Scan(o storage.ScanOptions) iter.Seq2[storage.Item, error] {
	return func(yield func(storage.Item, error) bool) {
		for item, err := range r.Reader.Scan(o) {
			item.Value = r.s.read(item.Key, item.Value)
			if !yield(item, err) {
				return
			}
		}
		if string(o.Start) == "dc\x00" && !o.KeysOnly {
			r.s.wait(false)
		}
	}
}

type stagedSnapshot struct {
	stagedReader
	snap storage.Snapshot
}

func (s stagedSnapshot) Close() error { return s.snap.Close() }

type stagedTx struct {
	storage.Tx
	s *staged
}

func (t stagedTx) Delete(key []byte) error {
	if strings.HasPrefix(string(key), "dc\x00") {
		t.s.wait(true)
	}
	return t.Tx.Delete(key)
}

// TestCheckWhileLeaving: a check that has read what was being dropped, of which
// nothing was known then, gives nothing of it up when it is wanted again.
func TestCheckWhileLeaving(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w, disk := newWorld(t), &staged{Store: store.New()}
		var mu sync.Mutex
		var found []string
		a := w.open("a", node.Options{Store: disk, Events: node.Events{Incident: func(e node.IncidentEvent) {
			mu.Lock()
			defer mu.Unlock()
			found = append(found, e.Key+": "+e.Detail)
		}}})
		b := w.open("b", node.Options{})
		defer w.close(a, b)
		w.join(a, b)
		for _, key := range []string{"kept", "left-1", "left-2"} {
			put(t, a, "c/"+key, `{"n":1}`)
		}
		w.converge(a, b)
		deleting, delete := disk.hold(true)
		ok(t, a.SetScope(t.Context(), []string{"c/kept"}, node.ScopeOptions{}))
		<-deleting
		looking, look := disk.hold(false)
		disk.damage("kept")
		if _, err := a.Collection("c").Get(t.Context(), "kept"); err == nil {
			t.Error("no damage")
		}
		disk.damage("")
		<-looking
		close(delete)
		ok(t, a.SetScope(t.Context(), []string{"*"}, node.ScopeOptions{}))
		w.converge(a, b)
		ok(t, a.Pause(t.Context(), "b"))
		put(t, a, "c/left-1", `{"n":2}`) // b does not get it yet
		close(look)
		time.Sleep(5 * time.Second)
		want(t, a, "c/left-1", `{"n":2}`)
		want(t, a, "c/left-2", `{"n":1}`)
		mu.Lock()
		defer mu.Unlock()
		if len(found) > 0 {
			t.Errorf("%q", found)
		}
	})
}

// TestCheckLooksAtWhatIsHeld: a check finds the damaged document behind more
// than it lists of those that are being dropped.
func TestCheckLooksAtWhatIsHeld(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w, disk := newWorld(t), &staged{Store: store.New()}
		var mu sync.Mutex
		found := map[string]int{}
		a := w.open("a", node.Options{Store: disk, Events: node.Events{Incident: func(e node.IncidentEvent) {
			mu.Lock()
			defer mu.Unlock()
			if e.Kind == node.Damage { // what is kept of it is said too, if a session is there by then
				disk.damage("")
				found[e.Key]++
			}
		}}})
		b := w.open("b", node.Options{})
		defer w.close(a, b)
		w.join(a, b)
		for i := range storage.MaxFindings + 1 {
			put(t, a, fmt.Sprintf("c/a%04d", i), `1`)
		}
		put(t, a, "c/kept", `{"n":1}`)
		w.converge(a, b)
		deleting, delete := disk.hold(true)
		ok(t, a.SetScope(t.Context(), []string{"c/kept"}, node.ScopeOptions{}))
		<-deleting
		looking, look := disk.hold(false)
		disk.damage("kept")
		if _, err := a.Collection("c").Get(t.Context(), "kept"); err == nil {
			t.Error("no damage")
		}
		select {
		case <-looking:
		case <-time.After(time.Second): // it was over before the last record
		}
		close(look)
		bubble.Wait()
		disk.damage("") // whoever looks from now on finds nothing
		close(delete)
		time.Sleep(5 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		if len(found) != 1 || found["kept"] != 1 {
			t.Errorf("found %v", found)
		}
	})
}
