package antientropy

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// fake is a replica in memory whose documents are sets of dots: just enough
// of a store to hold a conversation.
type fake struct {
	name        string
	key         ed25519.PrivateKey
	nonce       [16]byte
	id          crdt.ReplicaID
	collections map[string]*fakeCollection
	views       int // open ones
	fail        error
	whole       func(key string) bool   // cannot complete a reduced document although it holds all of it
	refuses     func(d Document) string // why it does not take a document; "" takes it
}

type fakeCollection struct {
	owner   *fake
	name    string
	know    crdt.Knowledge
	docs    map[string]fakeDoc
	shown   bool // in a view, and so not to be changed in place
	heads   map[crdt.ReplicaID]crdt.SignedHead
	counter uint64
	forgot  crdt.Knowledge
	hashed  *crdt.Knowledge // what the tree shows
	busy    map[string]bool // keys whose leaves change as soon as they are hashed
}

// fakeDoc holds the live dots and the heads of a document, and how many bytes
// each live dot brings.
type fakeDoc struct {
	live, heads []crdt.Dot
	sizes       map[crdt.Dot]int
	left        []crdt.Dot // live, but their bytes were left out of the body
}

func (d fakeDoc) holds(dots []crdt.Dot) bool {
	return !slices.ContainsFunc(dots, func(x crdt.Dot) bool { return !slices.Contains(d.live, x) })
}

func newFake(name string) *fake {
	seed := sha256.Sum256([]byte(name))
	f := &fake{name: name, key: ed25519.NewKeyFromSeed(seed[:]), collections: map[string]*fakeCollection{}}
	copy(f.nonce[:], name)
	f.id = crdt.NewReplicaID(f.key.Public().(ed25519.PublicKey), f.nonce)
	return f
}

func (f *fake) collection(name string) *fakeCollection {
	c := f.collections[name]
	if c == nil {
		c = &fakeCollection{owner: f, name: name, docs: map[string]fakeDoc{}, heads: map[crdt.ReplicaID]crdt.SignedHead{}}
		f.collections[name] = c
	}
	return c
}

func (f *fake) Collections() []string { return slices.Sorted(maps.Keys(f.collections)) }

func (f *fake) View(name string) (View, error) {
	if f.fail != nil {
		return nil, f.fail
	}
	f.views++
	c := f.collections[name]
	if c == nil {
		c = &fakeCollection{owner: f, name: name}
	}
	c.shown = true
	snapshot := *c
	return &fakeView{fakeCollection: snapshot, f: f}, nil
}

// change makes room for changes that views which are open do not show.
func (c *fakeCollection) change() {
	if c.shown {
		c.docs, c.heads, c.shown = maps.Clone(c.docs), maps.Clone(c.heads), false
	}
}

// put writes one transaction: every key gets a new value of pad bytes.
func (c *fakeCollection) put(pad int, keys ...string) {
	c.change()
	for _, key := range keys {
		c.counter++
		d := crdt.Dot{Replica: c.owner.id, Counter: c.counter}
		c.docs[key] = fakeDoc{live: []crdt.Dot{d}, heads: []crdt.Dot{d}, sizes: map[crdt.Dot]int{d: pad}}
	}
	c.written()
}

// add writes one transaction: the document of key gets n more bytes.
func (c *fakeCollection) add(n int, key string) {
	c.change()
	c.counter++
	d := crdt.Dot{Replica: c.owner.id, Counter: c.counter}
	old := c.docs[key]
	more := fakeDoc{live: append(slices.Clone(old.live), d), heads: []crdt.Dot{d}, sizes: map[crdt.Dot]int{}}
	slices.SortFunc(more.live, crdt.Dot.Compare)
	maps.Copy(more.sizes, old.sizes)
	more.sizes[d] = n
	c.docs[key] = more
	c.written()
}

func (c *fakeCollection) remove(key string) {
	c.change()
	c.counter++
	c.docs[key] = fakeDoc{heads: []crdt.Dot{{Replica: c.owner.id, Counter: c.counter}}}
	c.written()
}

func (c *fakeCollection) written() {
	c.know = c.know.RaiseOwn(c.owner.id, c.counter)
	c.heads[c.owner.id] = c.sign()
}

func (c *fakeCollection) sign() crdt.SignedHead {
	return crdt.SignHead(c.owner.key, c.name, crdt.SignedHead{Nonce: c.owner.nonce, Counter: c.counter, Time: crdt.Timestamp(c.counter << 16)})
}

func join(l []crdt.Dot, c crdt.VersionVector, r []crdt.Dot, d crdt.VersionVector) []crdt.Dot {
	var out []crdt.Dot
	for _, x := range l {
		if slices.Contains(r, x) || !d.Has(x) {
			out = append(out, x)
		}
	}
	for _, x := range r {
		if !c.Has(x) {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, crdt.Dot.Compare)
	return out
}

// merge commits a frame as the laws say.
func (c *fakeCollection) merge(f Frame) (done Committed) {
	c.change()
	for _, h := range f.Heads {
		if r := h.Replica(); h.Counter > c.heads[r].Counter && h.Verify(c.name) == nil {
			c.heads[r] = h
		}
	}
	for r, n := range f.Vector.All() {
		if c.heads[r].Counter < n {
			return Committed{Refused: ReasonUnsignedHead}
		}
	}
	if !c.evident(f) {
		return Committed{}
	}
	docs, before := map[string]fakeDoc{}, c.know
	for _, d := range f.Documents {
		own := c.know.At(d.Key)
		if !own.Covers(f.Base) {
			continue
		}
		o := c.docs[d.Key]
		remote := parseFake(d.Body)
		if len(remote.left) > 0 && (c.owner.whole != nil && c.owner.whole(d.Key) || !o.holds(remote.left)) {
			done.Wanted = append(done.Wanted, d.Key)
			continue
		}
		if c.owner.refuses != nil {
			if why := c.owner.refuses(d); why != "" {
				done.Refusals = append(done.Refusals, Refusal{d.Key, why})
				continue
			}
		}
		m := fakeDoc{live: join(o.live, own, remote.live, f.Vector), heads: join(o.heads, own, d.Heads, f.Vector), sizes: map[crdt.Dot]int{}}
		maps.Copy(m.sizes, o.sizes)
		maps.Copy(m.sizes, remote.sizes)
		if slices.Equal(m.live, o.live) && slices.Equal(m.heads, o.heads) {
			done.Repeated++
		}
		docs[d.Key] = m
	}
	if done.Wanted != nil {
		return Committed{Wanted: done.Wanted}
	}
	maps.Copy(c.docs, docs)
	from := f.From
	for _, r := range done.Refusals {
		if from < r.Key {
			c.know = c.know.Raise(from, r.Key, f.Base, f.Vector)
		}
		from = r.Key + "\x00"
	}
	if f.To == "" || from < f.To {
		c.know = c.know.Raise(from, f.To, f.Base, f.Vector)
	}
	c.inherit(f)
	done.Known = before.Equal(c.know) && before.Covers(crdt.Knowledge{}.Raise(f.From, f.To, crdt.VersionVector{}, f.Vector)) && done.Repeated == len(f.Documents)
	return done
}

// body is the canonical form: each live dot and its bytes.
func (d fakeDoc) body() []byte { return d.without(nil) }

// without is the body reduced by the bytes of what seen counts: after a zero,
// each live dot, whether its bytes are left out, and those that are not.
func (d fakeDoc) without(seen *crdt.VersionVector) []byte {
	if len(d.live) == 0 {
		return nil
	}
	var b []byte
	if seen != nil {
		b = append(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(d.live)))
	for _, x := range d.live {
		b = append(b, x.Replica[:]...)
		b = binary.AppendUvarint(b, x.Counter)
		b = binary.AppendUvarint(b, uint64(d.sizes[x]))
		if seen != nil && seen.Has(x) {
			b = append(b, 1)
			continue
		}
		if seen != nil {
			b = append(b, 0)
		}
		b = append(b, bytes.Repeat([]byte{'x'}, d.sizes[x])...)
	}
	return b
}

// parseFake reads a body.
func parseFake(b []byte) fakeDoc {
	d := fakeDoc{sizes: map[crdt.Dot]int{}}
	if len(b) == 0 {
		return d
	}
	number := func() uint64 { n, w := binary.Uvarint(b); b = b[w:]; return n }
	n := number()
	reduced := n == 0
	if reduced {
		n = number()
	}
	for range n {
		var x crdt.Dot
		b = b[copy(x.Replica[:], b):]
		x.Counter = number()
		d.sizes[x] = int(number())
		d.live = append(d.live, x)
		if reduced && number() == 1 {
			d.left = append(d.left, x)
			continue
		}
		b = b[d.sizes[x]:]
	}
	return d
}

// fakeView is a copy of a collection.
type fakeView struct {
	fakeCollection
	f      *fake
	closed bool
	all    []Leaf   // once asked for
	levels [][]Node // once asked for
}

func (v *fakeView) Close() error {
	if v.closed {
		panic("view closed twice")
	}
	v.closed = true
	v.f.views--
	return nil
}

func (v *fakeView) Knowledge() crdt.Knowledge { return v.know }

func (v *fakeView) Candidates(peer crdt.Knowledge, from string, limit int) ([]string, bool, error) {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(v.docs)) {
		if key < from || covered(peer.At(key), v.docs[key].heads) {
			continue
		}
		if len(keys) == limit {
			return keys, true, nil
		}
		keys = append(keys, key)
	}
	return keys, false, nil
}

func (v *fakeView) Confirm() error { return nil }

func (v *fakeView) Record(key string) (Record, error) {
	d := v.docs[key]
	return Record{Heads: d.heads, Body: d.body()}, nil
}

func (v *fakeView) Delta(key string, seen crdt.VersionVector) (Record, error) {
	r, err := v.Record(key)
	if b := v.docs[key].without(&seen); 2*len(b) < len(r.Body) {
		r.Body, r.Reduced = b, true
	}
	return r, err
}

func (v *fakeView) SignedHead(r crdt.ReplicaID) (crdt.SignedHead, bool, error) {
	h, ok := v.heads[r]
	return h, ok, nil
}

func (v *fakeView) SignedAhead(visit func(r crdt.ReplicaID, counter uint64)) error {
	known := v.know.Max()
	for r, h := range v.heads {
		if h.Counter > known.Counter(r) {
			visit(r, h.Counter)
		}
	}
	return nil
}

func (v *fakeView) Root() ([32]byte, bool, error) {
	if v.hashed == nil || !v.hashed.Equal(v.know) {
		return [32]byte{}, false, nil
	}
	t := v.tree()
	return t[len(t)-1][0].Hash, true, nil
}

func (v *fakeView) Height() (int, error) { return len(v.tree()) - 1, nil }

func (v *fakeView) Children(level int, boundary string) ([]Node, error) {
	t := v.tree()
	end := ""
	for i, n := range t[level] {
		if n.Boundary == boundary && i+1 < len(t[level]) {
			end = t[level][i+1].Boundary
		}
	}
	var below []Node
	for _, n := range t[level-1] {
		if n.Boundary >= boundary && before(n.Boundary, end) {
			below = append(below, n)
		}
	}
	return below, nil
}

func (v *fakeView) Listing(boundary string) ([]Leaf, error) {
	var leafs []Leaf
	all := v.leafs()
	at, _ := slices.BinarySearchFunc(all, boundary, func(l Leaf, key string) int { return strings.Compare(l.Key, key) })
	for _, l := range all[at:] {
		if l.Key > boundary && splits(l.Key, 0) {
			break
		}
		if l.Key >= boundary {
			leafs = append(leafs, l)
		}
	}
	return leafs, nil
}

func (v *fakeView) RangeRoot(from, to string) ([32]byte, uint64, bool, error) {
	t, ok, err := v.Part(from, to)
	if err != nil || !ok {
		return [32]byte{}, 0, false, err
	}
	root, documents := t.Root()
	return root, documents, true, nil
}

// Part is the tree of a view that holds no other documents.
func (v *fakeView) Part(from, to string) (Tree, bool, error) {
	if v.hashed == nil || !v.hashed.Equal(v.know) {
		return nil, false, nil
	}
	p := &fakeView{fakeCollection: v.fakeCollection, f: v.f, all: []Leaf{}}
	for _, l := range v.leafs() {
		if l.Key >= from && before(l.Key, to) {
			p.all = append(p.all, l)
		}
	}
	return fakeTree{p}, true, nil
}

func (v *fakeView) Split(parts int) ([]string, error) {
	keys := slices.Sorted(maps.Keys(v.docs))
	var cuts []string
	for i := 1; i < parts && len(keys) >= parts; i++ {
		cuts = append(cuts, keys[i*len(keys)/parts])
	}
	return cuts, nil
}

// fakeTree is the tree of all documents of a view.
type fakeTree struct{ *fakeView }

func (t fakeTree) Root() ([32]byte, uint64) {
	levels := t.tree()
	return levels[len(levels)-1][0].Hash, uint64(len(t.leafs()))
}

func (t fakeTree) Height() int { return len(t.tree()) - 1 }

func (v *fakeView) leafs() []Leaf {
	if v.all != nil {
		return v.all
	}
	for _, key := range slices.Sorted(maps.Keys(v.docs)) {
		if d := v.docs[key]; len(d.live) > 0 {
			v.all = append(v.all, Leaf{key, sha256.Sum256(d.body())})
		}
	}
	return v.all
}

// splits reports whether a node of level begins at key: one in four keys
// begins a leaf, one in four of those a node above, and so on.
func splits(key string, level int) bool {
	h := sha256.Sum256([]byte(key))
	return binary.BigEndian.Uint64(h[:])>>(62-2*level)<<(62-2*level) == 0
}

// tree lists the nodes of each level; the last has one.
func (v *fakeView) tree() [][]Node {
	if v.levels == nil {
		v.levels = v.grow()
	}
	return v.levels
}

func (v *fakeView) grow() [][]Node {
	level := []Node{{}}
	var content []byte
	cut := func() { level[len(level)-1].Hash = sha256.Sum256(content); content = nil }
	for _, l := range v.leafs() {
		if splits(l.Key, 0) {
			cut()
			level = append(level, Node{Boundary: l.Key})
		}
		content = append(append(content, l.Key...), l.Digest[:]...)
	}
	cut()
	t := [][]Node{level}
	for i := 1; len(level) > 1; i++ {
		above := []Node{{}}
		for _, n := range level {
			if n.Boundary != "" && splits(n.Boundary, i) {
				above[len(above)-1].Hash = sha256.Sum256(content)
				content = nil
				above = append(above, Node{Boundary: n.Boundary})
			}
			content = append(append(content, n.Boundary...), n.Hash[:]...)
		}
		above[len(above)-1].Hash = sha256.Sum256(content)
		content = nil
		t, level = append(t, above), above
	}
	return t
}
