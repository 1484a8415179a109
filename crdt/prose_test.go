package crdt

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// writing is a document with a text at /t by ann, and the state that she is in.
func writing(tb testing.TB, content string) State {
	tb.Helper()
	w := NewWriter(ann, 1, 1)
	d, _, err := (*Document)(nil).Put(w, mustParse(tb, `{"t":{"$text":""},"n":[1,{"$text":"inside"}]}`))
	if err != nil {
		tb.Fatal(err)
	}
	return typed(tb, State{Document: d, Context: Counters{ann: w.Next - 1}.Vector()}, ann, 0, content)
}

var ann, bob = ReplicaID{'a'}, ReplicaID{'b'}

// typed is s after r inserted something at /t.
func typed(tb testing.TB, s State, r ReplicaID, at int, content string) State {
	tb.Helper()
	w := NewWriter(r, s.Context.Counter(r)+1, 2)
	d, _, err := s.Document.EditText(w, Pointer{"t"}, func(t *TextEdit) error { return t.Insert(at, content) })
	if err != nil {
		tb.Fatal(err)
	}
	return State{Document: d, Context: s.Context.Merge(Counters{r: w.Next - 1}.Vector())}
}

// paper is a document with the text of a sequential trace, as bytes.
func paper(tb testing.TB, name string) (raw []byte, content string) {
	tb.Helper()
	var trace history
	outside(tb, name, &trace)
	w := NewWriter(ann, 1, 1)
	d, _, err := (*Document)(nil).Put(w, mustParse(tb, `{"t":{"$text":""}}`))
	if err != nil {
		tb.Fatal(err)
	}
	d, _, err = d.EditText(w, Pointer{"t"}, func(t *TextEdit) error {
		for _, x := range trace.Txns {
			for _, p := range x.Patches {
				if err := t.Delete(p.at, p.deleted); err != nil {
					return err
				}
				if err := t.Insert(p.at, p.inserted); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return d.Canonical(), trace.EndContent
}

// TestOpenPaper is what an open document costs: a text of 100,000 characters
// and the 260,000 events that made it.
func TestOpenPaper(t *testing.T) {
	raw, content := paper(t, "automerge-paper")
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	d, err := Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	events, err := d.root.fields[0].node.text().read()
	if err != nil {
		t.Fatal(err)
	}
	shown, err := d.At(Pointer{"t"}, FormatPlain)
	if err != nil || len(shown) < len(content) {
		t.Fatal(err)
	}
	after := heap()
	if events.String() != content {
		t.Error("another content")
	}
	if used := int64(after) - int64(before); used > 2<<20 {
		t.Errorf("an open document takes %d bytes", used)
	} else {
		t.Logf("%d bytes encoded, an open document takes %d more", len(raw), used)
	}
	runtime.KeepAlive(raw)
	runtime.KeepAlive(d)
}

// TestReadingDecodesNoEvents reads a document whose events are garbage: that is
// found only by whoever needs them.
func TestReadingDecodesNoEvents(t *testing.T) {
	s := writing(t, "some text")
	graph := s.Document.root.fields[1].node.text().graph
	raw := strings.Replace(string(s.Document.raw), graph, strings.Repeat("x", len(graph)), 1)
	d, err := Decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	if shown, err := d.At(Pointer{"t"}, FormatTyped); err != nil || string(shown) != `{"$text":"some text"}` {
		t.Errorf("%s %v", shown, err)
	}
	if plain, err := AppendPlainJSON(nil, []byte(raw)); err != nil || !strings.Contains(string(plain), `"some text"`) {
		t.Errorf("%s %v", plain, err)
	}
	var at *PathError
	if err := d.Check(s.Context); !errors.Is(err, text.ErrMalformed) || !errors.As(err, &at) || at.Path != "/t" {
		t.Error(err)
	}
	if d.CoveredBy(s.Context) {
		t.Error("covered, whatever it is")
	}
}

// TestCheck changes one thing of a right document at a time.
func TestCheck(t *testing.T) {
	s := writing(t, "some text")
	if err := s.Document.Check(s.Context); err != nil {
		t.Fatal(err)
	}
	rebuilt := func(change func(n *node)) *Document {
		root := s.Document.root
		root.fields = append([]field(nil), root.fields...)
		change(&root.fields[1].node)
		return newDocument(root, 0)
	}
	prose := s.Document.root.fields[1].node.text()
	entries := s.Document.root.fields[1].node.entries
	head := entries[len(entries)-1]
	for name, c := range map[string]struct {
		d    *Document
		seen VersionVector
		want error
		path string
	}{
		"a dot not seen":  {s.Document, Counters{ann: 2}.Vector(), ErrBeyond, "/n/0"},
		"an event ahead":  {s.Document, Counters{ann: s.Context.Counter(ann) - 1}.Vector(), ErrBeyond, "/t"},
		"another content": {rebuilt(func(n *node) { n.seq = &sequence{text: withContent(prose, "same size")} }), s.Context, text.ErrDamaged, "/t"},
		"an earlier head": {rebuilt(func(n *node) {
			n.entries = []entry{entries[0], {KindText, Dot{ann, head.Dot.Counter - 1}, 1, valueHead}}
		}), s.Context, ErrMalformed, "/t"},
		"a head too many":  {rebuilt(func(n *node) { n.entries = append(n.entries[:2:2], entry{KindText, Dot{bob, 1}, 1, valueHead}) }), Counters{ann: 99, bob: 9}.Vector(), ErrMalformed, "/t"},
		"events of a name": {rebuilt(func(n *node) { n.seq = &sequence{text: named(t, "short")} }), s.Context, ErrMalformed, "/t"},
		"event 0":          {rebuilt(func(n *node) { n.seq = &sequence{text: named(t, string(ann[:]))} }), s.Context, ErrMalformed, "/t"},
	} {
		err := c.d.Check(c.seen)
		var at *PathError
		if !errors.Is(err, c.want) || !errors.As(err, &at) || at.Path != c.path {
			t.Errorf("%s: %v", name, err)
		}
	}
	inside := writing(t, "")
	raw := strings.Replace(string(inside.Document.raw), "finside", "finsane", 1)
	d, err := Decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Check(inside.Context); err == nil || err.Error() != "/n/1: "+text.ErrDamaged.Error() {
		t.Error(err)
	}
}

// named is a text whose only event is the event 0 of a name.
func named(tb testing.TB, name string) *prose {
	var t text.Text
	if err := t.Insert(text.Agent(name), 0, 0, "x"); err != nil {
		tb.Fatal(err)
	}
	return newProse(&t)
}

// TestForgedText is a replica that was copied, and types on twice: the same
// dots are other events, and neither side can take in the other's.
func TestForgedText(t *testing.T) {
	base := writing(t, "base")
	one, two := typed(t, base, ann, 4, "one"), typed(t, base, ann, 4, "two")
	elsewhere := base
	w := NewWriter(ann, base.Context.Counter(ann)+1, 2)
	elsewhere.Document, _, _ = base.Document.Put(w, mustParse(t, `{"t":"base","n":[1,"inside.So"]}`))
	elsewhere.Context = Counters{ann: w.Next - 1}.Vector()
	for i, pair := range [][2]State{{one, two}, {two, one}, {one, elsewhere}, {elsewhere, one}} {
		_, err := Merge(pair[0], pair[1])
		var at *PathError
		if !errors.Is(err, text.ErrOverlap) || !errors.As(err, &at) || !strings.HasPrefix(at.Path, "/") {
			t.Errorf("%d: %v", i, err)
		}
	}
	concurrent := typed(t, base, bob, 0, "x")
	for _, s := range []State{one, two} {
		if _, err := Merge(s, concurrent); err != nil {
			t.Errorf("nothing is forged: %v", err)
		}
	}
	all, err := Merge(one, concurrent)
	if err != nil {
		t.Fatal(err)
	}
	both := State{Document: all.Document, Context: one.Context.Merge(concurrent.Context)}
	for i, pair := range [][2]State{{both, two}, {two, both}} { // one side has all heads: its events stay
		m, err := Merge(pair[0], pair[1])
		if err != nil || string(m.Document.raw) != string(both.Document.raw) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// TestNeedsWhole merges a partial document where it cannot be.
func TestNeedsWhole(t *testing.T) {
	base := writing(t, strings.Repeat("0123456789", 200))
	next := typed(t, base, ann, 7, "more")
	raw := next.Document.Reduce(base.Context)
	if len(raw) == 0 || len(raw) > 300 {
		t.Fatalf("%d bytes of %d", len(raw), len(next.Document.raw))
	}
	partial, err := DecodeDelta(raw)
	if err != nil || !partial.Partial() {
		t.Fatal(err)
	}
	if err := partial.Check(next.Context); err != nil {
		t.Error(err)
	}
	if err := partial.Check(base.Context); !errors.Is(err, ErrBeyond) {
		t.Error(err)
	}
	remote := State{Document: partial, Context: next.Context}
	if m, err := Merge(base, remote); err != nil || string(m.Document.raw) != string(next.Document.raw) {
		t.Error(err)
	}
	gone, _, _ := base.Document.Delete(NewWriter(bob, 1, 3))
	for name, s := range map[string]State{
		"nothing there":  {},
		"another text":   writing(t, "other"),
		"a partial one":  remote,
		"it was removed": {Document: gone, Context: base.Context.Merge(Counters{bob: 1}.Vector())},
	} {
		if name == "another text" {
			s.Context = Counters{ann: 5}.Vector()
		}
		if _, err := Merge(s, remote); !errors.Is(err, ErrNeedsWhole) && !errors.Is(err, text.ErrOverlap) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if raw := next.Document.Reduce(VersionVector{}); raw != nil {
		t.Error("reduced for somebody who has seen nothing")
	}
	if raw := partial.Reduce(base.Context); raw != nil {
		t.Error("reduced twice")
	}
	if n := utf8.RuneCountInString(partial.root.fields[1].node.text().content); n != 0 {
		t.Errorf("a partial text has %d code points", n)
	}
	if shown := string(partial.AppendJSON(nil, FormatPlain)); shown != `{"n":[1,"inside"],"t":null}` {
		t.Error(shown)
	}
}

// withContent is p with another content.
func withContent(p *prose, content string) *prose { return &prose{content: content, graph: p.graph} }

// TestCostIsShared puts two texts into one document that are made to be slow,
// each just bearable: half of the chains hang on one end of a long fork, half
// on the other.
func TestCostIsShared(t *testing.T) {
	var d text.Delta
	left, right, zig := ReplicaID{1}, ReplicaID{2}, ReplicaID{3}
	insert := func(dot Dot, parents ...Dot) {
		var v text.Version
		for _, p := range parents {
			v = append(v, eventID(p))
		}
		if err := d.Insert(eventID(dot), v, 0, "x"); err != nil {
			t.Fatal(err)
		}
	}
	const fork, zigs = 2000, 3000
	for _, side := range []ReplicaID{left, right} {
		insert(Dot{side, 1})
		for i := uint64(2); i <= fork; i++ {
			insert(Dot{side, i}, Dot{side, i - 1})
		}
	}
	for i := range uint64(zigs) {
		insert(Dot{zig, 2*i + 1}, Dot{[]ReplicaID{left, right}[i%2], fork})
	}
	var slow text.Text
	_, steps, err := slow.MergeWithin(&d, text.MaxWork)
	if err != nil || steps < text.MaxWork/2 {
		t.Fatalf("%d steps of %d: %v", steps, text.MaxWork, err)
	}
	p := newProse(&slow)
	entries := []entry{{KindText, Dot{creator.Replica, 1}, 1, valueNull}}
	for _, id := range slow.Frontier() {
		r, _ := replicaOf(id.Agent)
		entries = append(entries, entry{KindText, Dot{r, id.Seq}, 1, valueHead})
	}
	one := (&node{}).withText(entries, p)
	seen := Counters{left: fork, right: fork, zig: 2 * zigs, creator.Replica: 9}.Vector()
	document := func(texts int) *Document { // of equal texts, though no two have the same dots
		root := node{entries: []entry{{KindMap, Dot{creator.Replica, 9}, 1, valueNull}}}
		for i := range texts {
			root.fields = append(root.fields, field{string(rune('a' + i)), one})
		}
		return newDocument(root, 0)
	}
	var at *PathError
	if err := document(2).Check(seen); !errors.Is(err, text.ErrTooCostly) || !errors.As(err, &at) || at.Path != "/b" {
		t.Errorf("two: %v", err)
	}
}
