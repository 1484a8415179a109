package schedule

import (
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// BenchmarkBehind measures what it takes a peer with 100,000 documents to catch
// up with one that has removed some of them, and forgotten that: bytes of the
// comparison, of everything, and sketches asked for.
func BenchmarkBehind(b *testing.B) {
	for _, removed := range []int{0, 100, 300, 3000, 30_000} {
		b.Run(fmt.Sprint(removed, " removed"), func(b *testing.B) {
			for b.Loop() {
				benchmarkBehind(b, 100_000, removed)
			}
		})
	}
}

func benchmarkBehind(b *testing.B, documents, removed int) {
	w := newWorld(1, seams{}, nil, Counts{})
	w.limits.Frame, w.limits.Whole, w.limits.Documents, w.limits.Window, w.limits.Compare = 0, 0, 0, 0, 0
	w.keys = nil // nothing is checked here
	from, to := w.peers[0], w.peers[1]
	from.relaxed, to.relaxed = true, true
	fill(b, from, documents)
	l := &link{w: w, ends: [2]*end{{peer: from}, {peer: to}}}
	l.ends[0].link, l.ends[1].link = l, l
	run := func() (compared, all int) {
		l.connect()
		for busy := true; busy; {
			busy = false
			for _, e := range l.ends {
				for ; len(e.inbox) > 0; busy = true {
					m := e.inbox[0]
					all += len(m)
					if comparing[m[0]] != "" {
						compared += len(m)
					}
					e.deliver()
				}
				for ; len(e.hash) > 0; busy = true {
					e.hashOne()
				}
				for ; len(e.peer.queue) > 0; busy = true {
					commitPlain(b, e.peer)
				}
			}
		}
		l.cut()
		return compared, all
	}
	run()
	removeSome(b, from, documents, max(removed, 1))
	from.hash("people")
	v := viewOf(b, from)
	horizon := v.Knowledge()
	keys, _, err := v.Forgettable(horizon, "", documents)
	if err != nil || len(keys) != max(removed, 1) {
		b.Fatalf("%d removals to forget: %v", len(keys), err)
	}
	v.Close()
	for at := 0; removed > 0 && at < len(keys); at += 1000 {
		some := keys[at:min(at+1000, len(keys))]
		err := from.docs.Update(func(batch *storage.Batch) error {
			_, err := batch.Forget("people", horizon, some[0], "", some)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	clear(w.tally)
	compared, all := run()
	v = viewOf(b, to)
	defer v.Close()
	if n := v.Count(); n != uint64(documents-max(removed, 1)) {
		b.Fatalf("%d documents are left", n)
	}
	b.ReportMetric(float64(compared), "compared-B")
	b.ReportMetric(float64(all), "all-B")
	b.ReportMetric(float64(w.tally["sketches"]), "sketches")
}

func viewOf(b *testing.B, p *peer) *storage.View {
	v, err := p.docs.View("people")
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// removeSome removes documents that lie apart.
func removeSome(b *testing.B, p *peer, documents, removed int) {
	v := viewOf(b, p)
	var keys []string
	at := 0
	err := v.Existing("", "", func(key string, _ [32]byte) bool {
		if at++; at%(documents/removed) == 0 && len(keys) < removed {
			keys = append(keys, key)
		}
		return true
	})
	v.Close()
	if err != nil {
		b.Fatal(err)
	}
	for at := 0; at < len(keys); at += 1000 {
		err := p.docs.Update(func(batch *storage.Batch) error {
			wr := batch.Begin("people", p.hlc.Next(p.now()))
			var docs []storage.Written
			for _, key := range keys[at:min(at+1000, len(keys))] {
				old, err := batch.Get("people", key)
				if err != nil {
					return err
				}
				d, _, err := decode(b, old.Body).Delete(wr)
				if err != nil {
					return err
				}
				head, _ := wr.Last()
				docs = append(docs, storage.Written{Key: key, Document: d, Head: head})
			}
			return batch.Write("people", wr, docs)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func decode(b *testing.B, body []byte) *crdt.Document {
	d, err := crdt.Decode(body)
	if err != nil {
		b.Fatal(err)
	}
	return d
}
