package schedule

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/text"
	"github.com/crdtstore/crdtstore/storage"
)

// What two copies of a store write into one document under the same dots, while nobody
// knows that there are two, is not lost as long as neither counts further in that document: each has
// seen the latest change of the other, by its number, so nothing may be taken for removed. Every
// word of either is there in the end. Where one counts further, its change says that it has seen the other's.

// blank is a document into which two may write without taking anything away.
const blank = `{"list":[],"m":{},"notes":{"$text":""},"tags":{"$set":[]}}`

// additions write a word into a blank document, where nobody else does or where others do too.
var additions = []string{
	`[{"op":"set","path":"/of NAME","value":"WORD"}]`,
	`[{"op":"set","path":"/m/of NAME","value":{"deep":"WORD"}}]`,
	`[{"op":"set","path":"/one","value":"WORD"}]`,
	`[{"op":"add","path":"/tags","value":"WORD"}]`,
	`[{"op":"insert","path":"/list","at":0,"value":"WORD"}]`,
	`[{"op":"insert","path":"/notes","at":0,"text":"WORD"}]`,
	`[{"op":"set","path":"/both","value":"the same"}]`,
}

// Those of them after which another thing is there than the word beside all earlier ones.
const (
	ofItsOwn   = 0 // takes one dot
	inOnePlace = 2
	inBoth     = 6
)

// author is one of two copies, and what it writes.
type author struct {
	*peer
	words []string
	last  string // that stands where each takes the place of the one before
	head  crdt.Dot
}

// blank writes the document of which there will be two continuations, or leaves that to both.
func (p *peer) blank(rng *rand.Rand) address {
	a := address{pick(rng, p.w.collections), "~both of " + p.name}
	if p.holds(a.key) && rng.IntN(3) > 0 {
		p.calm()
		p.put(a, putBlank)
		p.changedAll(a.collection)
	}
	return a
}

// writeJointly lets two copies write into a document until neither counts further there.
func (w *world) writeJointly(p, q *peer, a address, rng *rand.Rand) {
	x, y := &author{peer: p}, &author{peer: q}
	if !p.holds(a.key) || !q.holds(a.key) || p.next {
		return
	}
	for range 1 + rng.IntN(3) {
		x.addTo(a, rng.IntN(len(additions)))
		y.addTo(a, rng.IntN(len(additions)))
	}
	for x.head.Counter != y.head.Counter {
		if x.head.Counter < y.head.Counter {
			x.addTo(a, ofItsOwn)
		} else {
			y.addTo(a, ofItsOwn)
		}
	}
	if x.head != y.head {
		w.fail("%s and %s write %s with %s and %s", p, q, a, x.head, y.head)
	}
	for _, x := range []*author{x, y} {
		if x.last != "" {
			x.words = append(x.words, x.last)
		}
		if len(x.words) > 0 {
			w.marks = append(w.marks, &mark{address: a, words: x.words})
			w.tally["documents written by two copies"]++
		}
	}
}

// addTo adds a word to a document, durably.
func (x *author) addTo(a address, how int) {
	name := fmt.Sprintf("%s:%d", x.name, x.head.Counter)
	word := "(" + name + ")"
	x.calm()
	x.head = x.put(a, func(wr *crdt.Writer, old *crdt.Document) (*crdt.Document, error) {
		if old.IsEmpty() {
			var err error
			if old, err = putBlank(wr, old); err != nil {
				return nil, err
			}
		}
		ops, err := crdt.ParseOps([]byte(strings.NewReplacer("NAME", name, "WORD", word).Replace(additions[how])))
		if err != nil {
			return nil, err
		}
		d, _, err := old.Apply(wr, ops)
		return d, err
	})
	switch how {
	case inOnePlace:
		x.last = word
	case inBoth:
		if !slices.Contains(x.words, "the same") {
			x.words = append(x.words, "the same")
		}
	default:
		x.words = append(x.words, word)
	}
	x.w.tell("%s adds %s to %s with %s", x.peer, word, a, x.head)
	x.changedAll(a.collection)
}

func putBlank(wr *crdt.Writer, old *crdt.Document) (*crdt.Document, error) {
	d, _, err := old.Put(wr, parse(blank))
	return d, err
}

// put writes a document durably, beside those that are checked by their operations; it returns the latest dot.
func (p *peer) put(a address, edit func(*crdt.Writer, *crdt.Document) (*crdt.Document, error)) (head crdt.Dot) {
	err := p.docs.Update(func(b *storage.Batch) error {
		wr := b.Begin(a.collection, p.hlc.Next(p.now()))
		rec, err := b.Get(a.collection, a.key)
		if err != nil {
			return err
		}
		old, err := crdt.Decode(rec.Body)
		if err != nil {
			return err
		}
		d, err := edit(wr, old)
		if err != nil {
			return err
		}
		var wrote bool
		if head, wrote = wr.Last(); !wrote {
			head = rec.Heads[0]
			return nil
		}
		return b.Write(a.collection, wr, []storage.Written{{Key: a.key, Document: d, Head: head}})
	})
	if err == nil {
		err = p.docs.Sync()
	}
	if err != nil {
		p.w.fail("%s writes %s: %v", p, a, err)
	}
	p.w.inspect(p)
	return head
}

// counted notes that somebody has written into a document before both parts of it have met: it counts further.
func (w *world) counted(a address) {
	for _, m := range w.marks {
		if m.address == a && len(m.words) > 0 && !m.excused {
			m.excused = true
			w.tally["parts of copies that somebody has counted on"]++
		}
	}
}

// giveWay gives up a document of which another continuation came that counts further, and has another text under
// the same dots: no merge makes one of them, and it stays refused until somebody takes away one of the two.
func (p *peer) giveWay(a address, refused error) {
	if !errors.Is(refused, text.ErrOverlap) || !slices.ContainsFunc(p.w.marks, func(m *mark) bool { return m.address == a && len(m.words) > 0 }) {
		return
	}
	p.w.tally["texts of copies given up"]++
	p.forfeit(a.collection, a.key, a.key+"\x00")
	p.w.inspect(p)
}

// says reports whether a document has all words, shown or as candidates of a conflict.
func says(d *crdt.Document, words []string) bool {
	all := d.AppendJSON(nil, crdt.FormatTyped)
	for _, c := range d.Conflicts() {
		for _, x := range c.Candidates {
			all = append(all, x.JSON...)
		}
	}
	return !slices.ContainsFunc(words, func(word string) bool { return !bytes.Contains(all, []byte(word)) })
}

// instead tells what p has where a word is missing.
func (p *peer) instead(m *mark) string {
	rec, err := p.docs.Get(m.address.collection, m.address.key)
	d, errDecode := crdt.Decode(rec.Body)
	if len(m.words) == 0 || err != nil || errDecode != nil {
		return ""
	}
	return fmt.Sprintf(": of %q, it has %s", m.words, d.AppendJSON(nil, crdt.FormatTyped))
}
