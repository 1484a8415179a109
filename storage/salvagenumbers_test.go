package storage_test

import (
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// behind takes over what transactions have written behind a damage, into the store as it was in front of
// it, as a new incarnation. whole is whether all of it can be read, which replicas the first numbers stand for is told,
// and all is signed for.
func (n *node) behind(t failer, txs []storage.Transaction, numbers int) (whole bool) {
	t.Helper()
	var docs []storage.Salvaged
	var heads storage.Signatures
	more, err := storage.RestoreNumbers(n.store, txs)
	if err != nil {
		t.Fatalf("numbers: %v", err)
	}
	err = n.store.View(func(r storage.Reader) (err error) {
		r = storage.Later(r, []storage.Transaction{more})
		whole = numbersIn(t, storage.Later(r, txs)) == numbers
		if heads, err = storage.SalvageSignatures(storage.Later(r, txs), device(n.name)); err != nil {
			return err
		}
		lost, err := storage.SalvageLater(r, txs, func(s storage.Salvaged) error { docs = append(docs, s); return nil })
		whole = whole && len(lost) == 0
		return err
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	n.open(t, storage.Options{Restored: true})
	for coll, ranges := range storage.DocumentsOf(txs) {
		if err := n.Condemn(coll, ranges); err != nil {
			t.Fatalf("%v", err)
		}
	}
	_, refused, err := n.TakeSalvaged(docs, heads)
	if err != nil {
		t.Fatalf("take: %v", err)
	}
	return whole && len(refused) == 0
}

// numbersIn counts the numbers of replicas that are told.
func numbersIn(t failer, r storage.Reader) (n int) {
	t.Helper()
	for _, err := range r.Scan(storage.ScanOptions{Start: []byte("r"), End: []byte("s")}) {
		if err != nil {
			t.Fatalf("%v", err)
		}
		n++
	}
	return n
}

// numbers counts those of a store.
func (n *node) numbers(t failer) (count int) {
	t.Helper()
	if err := n.store.View(func(r storage.Reader) error { count = numbersIn(t, r); return nil }); err != nil {
		t.Fatalf("%v", err)
	}
	return count
}

// logged is a node whose transactions are written down, but for those that are lost.
type logged struct {
	*node
	prefix *node // as it was in front of the first that is lost
	before []storage.Item
	txs    []storage.Transaction
}

// lose leaves out what was done since the last call.
func (l *logged) lose(t failer) { l.before = dump(t, l.store) }

// front says that what was done until now is in front of all that is lost.
func (l *logged) front(t failer) {
	l.prefix, l.before = &node{store: l.store.Kill(), name: l.name, rand: l.rand}, dump(t, l.store)
}

// keep writes down what was done since the last call, if anything was, as one transaction.
func (l *logged) keep(t failer) (tx storage.Transaction) {
	after := dump(t, l.store)
	if tx = changed(l.before, after); len(tx) > 0 {
		l.txs = append(l.txs, tx)
	}
	l.before = after
	return tx
}

// TestSalvageFirstHeardOfIsLost: the transaction that is lost is the one in which a store heard of a
// replica for the first time, so that nothing says any more which one its number stands for, but the
// signed heads of later transactions do. What was written behind is taken over as it was: what it has replaced
// stays so, and no count is left of which only the half is known.
func TestSalvageFirstHeardOfIsLost(t *testing.T) {
	a, b := &logged{node: newNode(t, 'a')}, newNode(t, 'b')
	a.write(t, "people", change{key: "doc", json: `{"n":1,"count":{"$counter":17}}`})
	a.front(t)
	b.pull(t, "people", a.node)
	b.write(t, "people", change{key: "doc", json: `{"n":2,"by":"b","count":{"$counter":10}}`})
	a.pull(t, "people", b)
	a.lose(t)
	b.write(t, "people", change{key: "other", json: `1`})
	a.pull(t, "people", b)
	a.keep(t)
	a.write(t, "people", change{key: "doc", json: `{"edited":true}`})
	a.keep(t)
	a.settleBeside(t, b, map[string]string{"doc": `{"edited":true}`, "other": `1`})
}

// TestSalvageFirstOwnIsLost: the same, where the number is that of the store itself: the fingerprints tell it.
func TestSalvageFirstOwnIsLost(t *testing.T) {
	a, b := &logged{node: newNode(t, 'a')}, newNode(t, 'b')
	a.front(t)
	a.write(t, "people", change{key: "first", json: `1`})
	a.lose(t)
	for _, text := range []string{`1`, `{"n":2}`} {
		a.write(t, "people", change{key: "doc", json: text})
		a.keep(t)
	}
	a.settleBeside(t, b, map[string]string{"doc": `{"n":2}`})
}

// settleBeside takes over what was not lost, lets the node and a peer meet, and compares.
func (l *logged) settleBeside(t *testing.T, b *node, want map[string]string) {
	t.Helper()
	if !l.prefix.behind(t, l.txs, l.numbers(t)) {
		t.Fatal("something cannot be read, or is not signed for")
	}
	l.prefix.pull(t, "people", b)
	b.pull(t, "people", l.prefix)
	for _, n := range []*node{l.prefix, b} {
		for key, text := range want {
			if got := plain(t, n, "people", key); got != text {
				t.Errorf("%s at %c is %s, want %s", key, n.name, got, text)
			}
		}
	}
}
