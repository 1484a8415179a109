package schedule

import (
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/integration/simulate/snapshot"
	antientropy "github.com/crdtstore/crdtstore/sync"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// BenchmarkFreshPeer drains 100,000 documents of about 200 bytes into an
// empty peer: real documents, store in memory, real sessions, one thread.
func BenchmarkFreshPeer(b *testing.B) {
	const documents = 100_000
	for b.Loop() {
		b.StopTimer()
		w := newWorld(1, seams{}, nil, Counts{})
		w.limits.Frame, w.limits.Whole, w.limits.Documents, w.limits.Window = 0, 0, 0, 0
		w.keys = nil // nothing is checked here
		from, to := w.peers[0], w.peers[1]
		from.relaxed, to.relaxed = true, true
		fill(b, from, documents)
		l := &link{w: w, ends: [2]*end{{peer: from}, {peer: to}}}
		l.ends[0].link, l.ends[1].link = l, l
		bytes := 0
		b.StartTimer()
		l.connect()
		for busy := true; busy; {
			busy = false
			for _, e := range l.ends {
				for len(e.inbox) > 0 {
					bytes += len(e.inbox[0])
					e.deliver()
					busy = true
				}
			}
			for len(to.queue) > 0 {
				commitPlain(b, to)
				busy = true
			}
		}
		if v := knowledgeOf(w, to, "people"); v.Max().Counter(from.docs.Replica()) == 0 {
			b.Fatal("nothing arrived")
		}
		b.ReportMetric(float64(bytes)/documents, "wire-B/doc")
		l.cut()
	}
	b.ReportMetric(float64(documents)*float64(b.N)/b.Elapsed().Seconds(), "docs/s")
}

func fill(b *testing.B, p *peer, documents int) {
	for at := 0; at < documents; at += 1000 {
		err := p.docs.Update(func(batch *storage.Batch) error {
			wr := batch.Begin("people", p.hlc.Next(p.now()))
			var docs []storage.Written
			for i := at; i < at+1000; i++ {
				json := fmt.Sprintf(`{"name":"Person %d","email":"person%d@example.org","age":%d,"city":"Bern","tags":["a","b"],"active":true,"score":%d.5,"street":"Main %d"}`, i, i, i%90, i, i)
				d, _, err := (*crdt.Document)(nil).Put(wr, parse(json))
				if err != nil {
					return err
				}
				head, _ := wr.Last()
				docs = append(docs, storage.Written{Key: fmt.Sprintf("person/%08d", i*7919%documents), Document: d, Head: head})
			}
			return batch.Write("people", wr, docs)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// commitPlain is commit without the checks of the simulation.
func commitPlain(b *testing.B, p *peer) {
	j := p.queue[0]
	p.queue = p.queue[1:]
	err := p.docs.Update(func(batch *storage.Batch) error {
		_, err := batch.Merge(j.merge.Collection, snapshot.Frame(j.merge.Frame))
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	j.end.step(antientropy.Committed{ID: j.merge.ID})
}
