package mesh

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// collection is the one that everybody writes to.
const collection = "things"

// counted are the keys of documents that hold a counter: what they come to is
// known to the simulation, and to nobody else.
const counted = 10

// write lets a peer that is up write something: half of the time another body
// of some document, else a new document, one more on a counter, or a removal.
func (w *world) write() {
	var up []*peer
	for _, p := range w.peers {
		if p.up {
			up = append(up, p)
		}
	}
	if len(up) == 0 {
		return
	}
	p := up[w.rng.IntN(len(up))]
	switch x := w.rng.Float64(); {
	case x < 0.5 && w.written > 0:
		p.put(keyOf(w.rng.IntN(w.written)))
	case x < 0.7:
		w.written++
		p.put(keyOf(w.written - 1))
	case x < 0.95:
		p.increment(fmt.Sprintf("count/%d", w.rng.IntN(counted)))
	default:
		p.edit(keyOf(w.rng.IntN(max(w.written, 1))), func(d *crdt.Document, wr *crdt.Writer) (*crdt.Document, bool, error) {
			return d.Delete(wr)
		}, nil)
	}
}

func keyOf(n int) string { return fmt.Sprintf("thing/%07d", n) }

func (p *peer) put(key string) {
	body := p.w.body()
	p.edit(key, func(d *crdt.Document, wr *crdt.Writer) (*crdt.Document, bool, error) { return d.Put(wr, body) }, nil)
}

// increment counts one more; the world counts too.
func (p *peer) increment(key string) {
	w := p.w
	w.counts[key] = count{w.counts[key].acknowledged, w.counts[key].begun + 1}
	incr := []crdt.Op{{Op: "incr", Path: crdt.Pointer{"n"}, By: 1}}
	p.edit(key, func(d *crdt.Document, wr *crdt.Writer) (*crdt.Document, bool, error) { return d.Apply(wr, incr) }, func() {
		w.counts[key] = count{w.counts[key].acknowledged + 1, w.counts[key].begun}
	})
}

// count is what a counter must come to, at least and at most: a write that
// was begun and not acknowledged when the process stopped may have happened.
type count struct{ acknowledged, begun int }

// edit gives a local transaction to the writer; acknowledged, if not nil, is
// called when it is on disk.
func (p *peer) edit(key string, change func(*crdt.Document, *crdt.Writer) (*crdt.Document, bool, error), acknowledged func()) {
	var head crdt.Dot
	var changed bool
	p.writer.push(&p.writer.local, &task{
		size: documentOverhead + p.w.o.Size, documents: 1,
		run: func(b *storage.Batch) error {
			changed = false
			rec, err := b.Get(collection, key)
			if err != nil {
				return err
			}
			old, err := crdt.Decode(rec.Body)
			if err != nil {
				return err
			}
			wr := b.Begin(collection, p.hlc.Next(p.wall()))
			d, ok, err := change(old, wr)
			if err != nil || !ok {
				return err
			}
			changed = true
			head, _ = wr.Last()
			return b.Write(collection, wr, []storage.Written{{Key: key, Document: d, Head: head}})
		},
		changed: func() string {
			if changed {
				return collection
			}
			return ""
		},
		finish: func(err error) {
			if err != nil {
				p.w.fail("%s cannot write %s: %v", p, key, err)
			}
			if changed {
				p.w.acknowledge(p, key, head)
			}
			if acknowledged != nil {
				acknowledged()
			}
		},
	})
}

// acknowledge notes that the writer of a change was told that it is kept.
func (w *world) acknowledge(p *peer, key string, head crdt.Dot) {
	w.acknowledged[head.Replica] = max(w.acknowledged[head.Replica], head.Counter)
	w.writes++
	w.probes.add(p, collection, key, head)
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789 "

// body is a JSON object of about Size bytes that hardly compresses better than
// real text does.
func (w *world) body() crdt.Plain {
	return bodyOf(w.rng, w.o.Size)
}

func bodyOf(rng *rand.Rand, size int) crdt.Plain {
	var b strings.Builder
	fmt.Fprintf(&b, `{"number":%d,"done":%t,"name":"`, rng.IntN(1e9), rng.IntN(2) == 0)
	for b.Len() < size-2 {
		b.WriteByte(letters[rng.IntN(len(letters))])
	}
	b.WriteString(`"}`)
	p, err := crdt.ParseJSON([]byte(b.String()))
	if err != nil {
		panic(err) // letters need no escape
	}
	return p
}

// writeOn plans the local writes until the moment end: their distances are
// random, as those of people who know nothing of each other.
func (w *world) writeOn(end time.Duration) {
	if w.o.Rate == 0 {
		return
	}
	wait := time.Duration(w.rng.ExpFloat64() / w.o.Rate * float64(time.Second))
	w.after(wait, func() {
		if w.now < end {
			w.write()
			w.writeOn(end)
		}
	})
}
