package node_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// moved is the session of the text of its token at another node, as a client
// takes it there.
func moved(t *testing.T, s *node.ClientSession, to *node.Node) *node.ClientSession {
	t.Helper()
	text := s.Token().String()
	if len(text) > node.MaxSessionToken {
		t.Errorf("a token of %d bytes", len(text))
	}
	token, err := node.ParseSessionToken(text)
	if err != nil {
		t.Fatal(err)
	}
	return to.ClientSession(token)
}

// putIn writes in a session.
func putIn(t *testing.T, s *node.ClientSession, collection, key, body string) {
	t.Helper()
	_, err := s.Write(t.Context(), collection, key, func(c *node.Collection) (node.Written, error) {
		return c.Put(t.Context(), key, []byte(body), node.PutOptions{})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// shortly is a context that ends after a second.
func shortly(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	t.Cleanup(cancel)
	return ctx
}

// A write of a session is read at another node: at once, or when the node has
// it, or not at all before the end of ctx; then it is said what is missing.
func TestSessionReadsItsWrites(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		a, b := n[0], n[1]
		defer w.close(a, b)
		put(t, a, "c/k", `0`)
		w.converge(a, b)
		w.Partition([]string{"a"}, []string{"b"})
		s := a.ClientSession(node.SessionToken{})
		putIn(t, s, "c", "k", `1`)
		at := moved(t, s, b)

		_, err := at.Get(shortly(t), "c", "k")
		var missing *node.SessionError
		if !errors.Is(err, node.ErrSession) || !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &missing) {
			t.Fatalf("read of what is not there: %v", err)
		}
		if m := missing.Missing; len(m) != 1 || m[0].Have+1 != m[0].Need || m[0].Origin.Replica != a.Replica() || !strings.Contains(err.Error(), "has 1 of 2") {
			t.Errorf("missing: %+v: %v", m, err)
		}
		_, err = at.Write(shortly(t), "c", "k", func(*node.Collection) (node.Written, error) {
			t.Error("written before what was read is here")
			return node.Written{}, nil
		})
		if !errors.Is(err, node.ErrSession) {
			t.Errorf("write: %v", err)
		}
		if _, err := at.Get(t.Context(), "other", "k"); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("another collection has nothing to wait for: %v", err)
		}
		want(t, b, "c/k", `0`) // who has no session does not wait

		got := make(chan string)
		go func() {
			d, err := at.Get(t.Context(), "c", "k")
			if err != nil {
				got <- err.Error()
				return
			}
			got <- string(d.JSON())
		}()
		bubble.Wait()
		select {
		case early := <-got:
			t.Fatalf("answered in the partition: %s", early)
		default:
		}
		w.Heal()
		if v := <-got; v != `1` {
			t.Errorf("read at the other node: %s", v)
		}
	})
}

// The end of ctx ends the waiting alone: where nothing has to be waited for, what
// a client has begun is done.
func TestSessionThatNeedNotWait(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		a, b := n[0], n[1]
		defer w.close(a, b)
		put(t, a, "c/k", `0`)
		w.converge(a, b)
		ended, end := context.WithCancel(t.Context())
		end()
		s := a.ClientSession(node.SessionToken{})
		if _, err := s.Get(ended, "c", "k"); err != nil {
			t.Error(err)
		}
		if _, err := s.Write(ended, "c", "k", func(c *node.Collection) (node.Written, error) {
			return c.Put(t.Context(), "k", []byte(`1`), node.PutOptions{})
		}); err != nil {
			t.Error(err)
		}
		if _, err := s.WriteAll(ended, "c", func(c *node.Collection) ([]node.Written, error) {
			one, err := c.Put(t.Context(), "l", []byte(`2`), node.PutOptions{})
			return []node.Written{one}, err
		}); err != nil {
			t.Error(err)
		}
		if err := s.Await(ended, "c", ""); err != nil {
			t.Error(err)
		}
		w.Partition([]string{"a"}, []string{"b"})
		putIn(t, s, "c", "k", `3`)
		if _, err := moved(t, s, b).Get(ended, "c", "k"); !errors.Is(err, node.ErrSession) || !errors.Is(err, context.Canceled) {
			t.Errorf("what is not here: %v", err)
		}
	})
}

// A removal that was seen is seen everywhere, in a read and in a list.
func TestSessionSeesRemovals(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		a, b := n[0], n[1]
		defer w.close(a, b)
		put(t, a, "c/k", `1`)
		put(t, a, "c/l", `2`)
		w.converge(a, b)
		w.Partition([]string{"a"}, []string{"b"})
		del(t, a, "c/k")
		read, listed := a.ClientSession(node.SessionToken{}), a.ClientSession(node.SessionToken{})
		if _, err := read.Get(t.Context(), "c", "k"); !errors.Is(err, node.ErrNotFound) {
			t.Fatal(err)
		}
		if keys := keysIn(t, listed, "c"); keys != "l" {
			t.Fatalf("listed %s", keys)
		}
		for name, s := range map[string]*node.ClientSession{"read": read, "listed": listed} {
			if _, err := moved(t, s, b).Get(shortly(t), "c", "k"); !errors.Is(err, node.ErrSession) {
				t.Errorf("%s: what was removed is back: %v", name, err)
			}
			for _, err := range moved(t, s, b).All(shortly(t), "c", node.ListOptions{}) {
				if !errors.Is(err, node.ErrSession) {
					t.Errorf("%s: listed again: %v", name, err)
				}
			}
		}
		w.Heal()
		if _, err := moved(t, read, b).Get(t.Context(), "c", "k"); !errors.Is(err, node.ErrNotFound) {
			t.Error(err)
		}
		if keys := keysIn(t, moved(t, listed, b), "c"); keys != "l" {
			t.Errorf("listed %s", keys)
		}
	})
}

func keysIn(t *testing.T, s *node.ClientSession, collection string) string {
	t.Helper()
	var keys []string
	for d, err := range s.All(t.Context(), collection, node.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, d.Key())
	}
	return strings.Join(keys, " ")
}

// crowd is a store of one document by each of many replicas, a multiple of 1,000.
func crowd(t *testing.T, replicas int) *store.Store {
	t.Helper()
	s := store.New()
	docs, err := storage.OpenDocuments(s, storage.Options{Device: ed25519.NewKeyFromSeed(make([]byte, 32))})
	if err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed([]byte("the device of ten thousand lives"))
	plain, err := crdt.ParseJSON([]byte(`{"n":1}`))
	if err != nil {
		t.Fatal(err)
	}
	var f storage.Frame
	for i := range replicas {
		if i%1000 == 0 {
			f = storage.Frame{Vector: crdt.VersionVector{}}
		}
		h := crdt.SignHead(key, "c", crdt.SignedHead{Nonce: [16]byte{byte(i), byte(i >> 8)}, Counter: 2, Time: 1})
		d, _, err := new(crdt.Document).Put(crdt.NewWriter(h.Replica(), 1, 1), plain)
		if err != nil {
			t.Fatal(err)
		}
		f.Vector.Set(h.Replica(), 2)
		f.Heads = append(f.Heads, h)
		f.Documents = append(f.Documents, storage.FrameDocument{
			Key: fmt.Sprintf("%05d", i), Heads: []crdt.Dot{{Replica: h.Replica(), Counter: 2}}, Body: d.Canonical()})
		if (i+1)%1000 != 0 {
			continue
		}
		if err := docs.Update(func(b *storage.Batch) error { _, err := b.Merge("c", f); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if err := docs.Close(); err != nil {
		t.Fatal(err)
	}
	return s
}

// The token of a client that has read what 10,000 replicas wrote has at most
// 1,024 bytes: what it has no room for is one dot of the node.
func TestSessionOfTenThousandReplicas(t *testing.T) {
	const replicas = 10_000
	n, err := node.Open(t.Context(), node.Options{Store: crowd(t, replicas), Device: ed25519.NewKeyFromSeed(make([]byte, 32))})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	s := n.ClientSession(node.SessionToken{})
	longest := 0
	for i := range 100 {
		if _, err := s.Get(t.Context(), "c", fmt.Sprintf("%05d", i)); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, len(s.Token().String()))
	}
	if longest > node.MaxSessionToken || longest < node.MaxSessionToken/2 {
		t.Errorf("the longest token has %d bytes", longest)
	}
	listed, again := n.ClientSession(node.SessionToken{}), n.ClientSession(node.SessionToken{})
	if n := len(strings.Fields(keysIn(t, listed, "c"))); n != replicas {
		t.Errorf("%d listed", n)
	}
	keysIn(t, again, "c")
	if again.Token().String() != listed.Token().String() {
		t.Error("the same list took another dot")
	}
	t.Logf("the longest token: %d bytes; of the list: %d", longest, len(listed.Token().String()))
}

// One dot in a token stands for what more replicas wrote than it has room for:
// another node makes the client wait until it has all of that.
func TestSessionOfOneDot(t *testing.T) {
	full := crowd(t, 1000)
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.open("a", node.Options{Store: full, Device: ed25519.NewKeyFromSeed(make([]byte, 32))})
		b := w.open("b", node.Options{})
		defer w.close(a, b)
		s := a.ClientSession(node.SessionToken{})
		if n := len(strings.Fields(keysIn(t, s, "c"))); n != 1000 {
			t.Errorf("%d listed", n)
		}
		if _, err := moved(t, s, b).Get(shortly(t), "c", "00000"); !errors.Is(err, node.ErrSession) {
			t.Errorf("b reads what it has not: %v", err)
		}
		w.join(a, b)
		if n := len(strings.Fields(keysIn(t, moved(t, s, b), "c"))); n != 1000 {
			t.Errorf("%d listed at the other node", n)
		}
	})
}

// A session that has touched more collections than a token has room for stays
// with its node.
func TestSessionOfManyCollections(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		a, b := n[0], n[1]
		defer w.close(a, b)
		s := a.ClientSession(node.SessionToken{})
		const most = 50
		for i := range most {
			putIn(t, s, "c"+strconv.Itoa(i), "k", `1`)
		}
		w.converge(a, b)
		if _, err := moved(t, s, b).Get(shortly(t), "c0", "k"); err != nil {
			t.Errorf("%d collections: %v", most, err)
		}
		for i := range most {
			putIn(t, s, "d"+strconv.Itoa(i), "k", `1`)
		}
		w.converge(a, b)
		var bound *node.SessionError
		if _, err := moved(t, s, b).Get(shortly(t), "c0", "k"); !errors.As(err, &bound) || bound.Home != a.Replica() {
			t.Errorf("%d collections: %v", 2*most, err)
		}
		if _, err := moved(t, s, a).Get(shortly(t), "c0", "k"); err != nil {
			t.Errorf("at home: %v", err)
		}
	})
}

// Clients that wander among nodes which are cut off from each other at random
// read what they wrote, and never less than they read before. What everybody
// writes only grows, so that less is always seen.
func TestSessionsNeverGoBack(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) { wander(t, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

func wander(t *testing.T, r *rand.Rand) {
	names := []string{"a", "b", "c"}
	w := newWorld(t)
	nodes := w.mesh(names...)
	defer w.close(nodes...)
	keys := []string{"x", "y", "z"}
	for _, k := range keys {
		put(t, nodes[0], "c/"+k, `{"$counter":0}`)
	}
	w.converge(nodes...)
	tokens := make([]string, 3)
	seen := make([]map[string]int, len(tokens))
	for i := range tokens {
		tokens[i], seen[i] = node.SessionToken{}.String(), map[string]int{}
	}
	up, err := crdt.ParseOps([]byte(`[{"op":"incr","path":"","by":1}]`))
	if err != nil {
		t.Fatal(err)
	}
	waited := 0
	for range 300 {
		switch r.IntN(12) {
		case 0:
			lone := r.IntN(3)
			w.Partition([]string{names[lone]}, []string{names[(lone+1)%3], names[(lone+2)%3]})
			continue
		case 1:
			w.Heal()
			continue
		case 2:
			time.Sleep(time.Duration(r.IntN(500)) * time.Millisecond)
			continue
		}
		client, key := r.IntN(len(tokens)), keys[r.IntN(len(keys))]
		n := nodes[r.IntN(3)]
		token, err := node.ParseSessionToken(tokens[client])
		if err != nil {
			t.Fatal(err)
		}
		s := n.ClientSession(token)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		var d *node.Document
		if r.IntN(2) == 0 {
			d, err = s.Get(ctx, "c", key)
		} else {
			var done node.Written
			done, err = s.Write(ctx, "c", key, func(c *node.Collection) (node.Written, error) {
				return c.Apply(t.Context(), key, up, node.PutOptions{})
			})
			if d = done.Document; err == nil {
				seen[client][key]++
			}
		}
		cancel()
		if errors.Is(err, node.ErrSession) {
			waited++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		tokens[client] = s.Token().String()
		got, err := strconv.Atoi(string(d.JSON()))
		if err != nil || got < seen[client][key] {
			t.Fatalf("client %d at %s: %s is %d, after %d (%v)", client, n.Name(), key, got, seen[client][key], err)
		}
		seen[client][key] = got
	}
	if waited == 0 {
		t.Error("nobody ever waited: nothing was tested")
	}
}

// A write at a node that is catching up does not stand for what that node has
// yet to see of other keys.
func TestSessionAtANodeThatCatchesUp(t *testing.T) {
	full := crowd(t, 1000)
	device := ed25519.NewKeyFromSeed(make([]byte, 32))
	a, err := node.Open(t.Context(), node.Options{Store: full, Device: device})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	s := a.ClientSession(node.SessionToken{})
	if _, err := s.Get(t.Context(), "c", "00999"); err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed([]byte("the device of ten thousand lives"))
	h := crdt.SignHead(key, "c", crdt.SignedHead{Nonce: [16]byte{999 & 0xff, 999 >> 8}, Counter: 2, Time: 1})
	half := store.New()
	docs, err := storage.OpenDocuments(half, storage.Options{Device: device})
	if err != nil {
		t.Fatal(err)
	}
	f := storage.Frame{To: "00500", Vector: crdt.Counters{h.Replica(): 2}.Vector(), Heads: []crdt.SignedHead{h}}
	if err := docs.Update(func(b *storage.Batch) error { _, err := b.Merge("c", f); return err }); err != nil {
		t.Fatal(err)
	}
	if err := docs.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := node.Open(t.Context(), node.Options{Store: half, Device: device})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	at := moved(t, s, b)
	putIn(t, at, "c", "00001", `2`) // of its key b has seen all
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := at.Get(ctx, "c", "00999"); !errors.Is(err, node.ErrSession) {
		t.Errorf("what was read at a, at b: %v", err)
	}
}
