package schedule

import (
	"bytes"
	"cmp"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	antientropy "github.com/crdtstore/crdtstore/sync"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// mutant breaks one rule at a seam.
type mutant struct {
	rule   string
	seeds  int // within which it must be caught
	seams  func() seams
	mode   Mode
	faults Faults // classic
}

// mutants proves that the checks of the simulation see what they are there
// for: each of these must fail.
var mutants = []mutant{
	{rule: "a frame is merged whatever its base", seeds: 2000, seams: func() seams {
		return seams{onMerge: func(_ *peer, b *storage.Batch, coll string, f storage.Frame) (storage.Merged, error) {
			f.Base = crdt.VersionVector{}
			return b.Merge(coll, f)
		}}
	}},
	{rule: "a frame claims the keys behind its last document", seeds: 200, seams: func() seams {
		return seams{onMerge: func(_ *peer, b *storage.Batch, coll string, f storage.Frame) (storage.Merged, error) {
			f.To = ""
			return b.Merge(coll, f)
		}}
	}},
	{rule: "a vector is raised without the documents", seeds: 100, seams: func() seams {
		return seams{onMerge: func(_ *peer, b *storage.Batch, coll string, f storage.Frame) (storage.Merged, error) {
			f.Documents = nil
			return b.Merge(coll, f)
		}}
	}},
	{rule: "removals are dropped when they arrive", seeds: 200, seams: func() seams {
		return seams{onMerge: func(_ *peer, b *storage.Batch, coll string, f storage.Frame) (storage.Merged, error) {
			f.Documents = slices.DeleteFunc(slices.Clone(f.Documents), func(d storage.FrameDocument) bool { return len(d.Body) == 0 })
			return b.Merge(coll, f)
		}}
	}},
	{rule: "documents are united, not merged with their contexts", seeds: 200, seams: func() seams {
		return seams{onMerge: uniting}
	}},
	{rule: "knowledge is committed before the documents", seeds: 200, seams: func() seams {
		return seams{onMerge: knowledgeFirst()}
	}},
	{rule: "removals are no candidates", seeds: 200, seams: func() seams {
		return seams{onShow: func(_ *peer, _ string, v antientropy.View) antientropy.View { return noRemovals{v} }}
	}},
	{rule: "a frame carries the vector of all ranges together", seeds: 500, seams: func() seams {
		return seams{onShow: func(_ *peer, _ string, v antientropy.View) antientropy.View { return widest{v} }}
	}},
	{rule: "candidates are bounded by the own vector of the last range", seeds: 500, seams: func() seams {
		return seams{onShow: func(_ *peer, _ string, v antientropy.View) antientropy.View { return bounded{v} }}
	}},
	{rule: "the vector is newer than the snapshot of the documents", seeds: 500, seams: func() seams {
		return seams{onShow: older()}
	}},
	{rule: "only the latest head of a document arrives", seeds: 500, seams: func() seams {
		return seams{onMerge: func(_ *peer, b *storage.Batch, coll string, f storage.Frame) (storage.Merged, error) {
			f.Documents = slices.Clone(f.Documents)
			for i, d := range f.Documents {
				f.Documents[i].Heads = d.Heads[len(d.Heads)-1:]
			}
			return b.Merge(coll, f)
		}}
	}},
	{rule: "a session starts from what the peer showed in an earlier one", seeds: 1000, seams: func() seams {
		return seams{onShow: remembering()}
	}},
	{rule: "no new incarnation after a lost range", seeds: 500, seams: func() seams {
		return seams{onStore: sameIncarnation, onForfeit: (*peer).reopen}
	}},
	{rule: "no new incarnation after acknowledged writes were lost", seeds: 2000, seams: func() seams {
		return seams{
			onOpen: func(o *storage.Options) { o.Relaxed = false },
			onView: func(p *peer, coll string) (*storage.View, error) { return p.docs.View(coll) },
		}
	}},
	{rule: "a lost range stays known", seeds: 100, seams: func() seams {
		return seams{onStore: stillKnown, onForfeit: (*peer).reopen}
	}},
	{rule: "no new incarnation after a backup was put back, and nobody is told how far it has counted", seeds: 300, seams: func() seams {
		return seams{careless: true, onSend: aboutCounting}
	}, mode: Safety, faults: classic | Rollback},
	{rule: "a copy that does not know it writes on", seeds: 300, seams: func() seams { return seams{careless: true} }, mode: Safety, faults: classic | Rollback},
	{rule: "a peer drags the clock as far as it likes", seeds: 300, seams: func() seams {
		return seams{onObserve: func(p *peer, t crdt.Timestamp) { p.hlc.Restore(t) }}
	}, mode: Safety, faults: Clock},
	{rule: "damage is found, and stays", seeds: 300, seams: func() seams { return seams{onHeal: func(*peer) bool { return false }} }, mode: Safety, faults: Rot},
	{rule: "what is damaged is sent as it is", seeds: 2000, seams: func() seams {
		return seams{onShow: func(p *peer, coll string, v antientropy.View) antientropy.View { return trusting{v, p, coll} }}
	}, mode: Safety, faults: Rot | Cut},
	{rule: "a session keeps its snapshots", seeds: 20, seams: func() seams {
		return seams{onShow: func(_ *peer, _ string, v antientropy.View) antientropy.View { return unclosed{v} }}
	}, mode: Safety, faults: All},
	{rule: "a document that nobody touched is lost on its way", seeds: 100, seams: func() seams {
		return seams{onMerge: func(_ *peer, b *storage.Batch, coll string, f storage.Frame) (storage.Merged, error) {
			f.Documents = slices.DeleteFunc(slices.Clone(f.Documents), func(d storage.FrameDocument) bool { return d.Key[0] == '~' })
			return b.Merge(coll, f)
		}}
	}, mode: Safety, faults: Slow},
	{rule: "a frame is acknowledged and dropped", seeds: 100, seams: func() seams {
		return seams{onMerge: func(p *peer, b *storage.Batch, coll string, f storage.Frame) (storage.Merged, error) {
			if len(f.Documents) == 1 && len(p.w.ops)%3 == 0 {
				return storage.Merged{Changed: []string{f.Documents[0].Key}}, nil
			}
			return b.Merge(coll, f)
		}}
	}},
	{rule: "what is acknowledged is not durable", seeds: 20, seams: func() seams {
		return seams{onStore: func(_ *peer, s storage.Store) storage.Store { return unsynced{s} }}
	}},
	{rule: "what was synced goes with the power", seeds: 100, seams: func() seams {
		return seams{onStore: func(p *peer, s storage.Store) storage.Store { return volatile{s, p} }}
	}},
	{rule: "frames do not arrive", seeds: 50, seams: func() seams {
		return seams{onSend: func(message []byte) bool { return message[0] == 4 }}
	}, mode: Liveness, faults: All},
}

func TestMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.rule, func(t *testing.T) {
			var next, caught atomic.Int64
			var workers sync.WaitGroup
			var how atomic.Value
			for range runtime.GOMAXPROCS(0) {
				workers.Go(func() {
					for caught.Load() == 0 {
						n := next.Add(1)
						if int(n) > m.seeds {
							return
						}
						o := Options{Seed: uint64(n), Faults: cmp.Or(m.faults, classic), Mode: m.mode}
						if _, err := run(o, m.seams()); err != nil {
							caught.Store(n)
							how.Store(err.Error())
						}
					}
				})
			}
			workers.Wait()
			if caught.Load() == 0 {
				t.Fatalf("%d schedules did not see it", m.seeds)
			}
			t.Logf("seed %d: %.200s", caught.Load(), how.Load())
		})
	}
}

// aboutCounting finds the messages by which copies of a store are told apart
// before anything is sent: counted and shown.
func aboutCounting(message []byte) bool { return message[0] == 129 || message[0] == 130 }

// uniting adds to every document what is held here already, as if nothing had
// ever been removed.
func uniting(_ *peer, b *storage.Batch, coll string, f storage.Frame) (storage.Merged, error) {
	f.Documents = slices.Clone(f.Documents)
	for i, d := range f.Documents {
		rec, err := b.Get(coll, d.Key)
		if err != nil {
			return storage.Merged{}, err
		}
		mine, err := crdt.Decode(rec.Body)
		if err != nil {
			return storage.Merged{}, err
		}
		theirs, err := crdt.Decode(d.Body)
		if err != nil {
			return storage.Merged{}, err
		}
		if !mine.CoveredBy(f.Vector) {
			continue
		}
		both, err := crdt.Merge(crdt.State{Document: mine}, crdt.State{Document: theirs})
		if err != nil {
			return storage.Merged{}, err
		}
		f.Documents[i].Body = both.Document.Canonical()
	}
	return b.Merge(coll, f)
}

// knowledgeFirst commits the vector of a frame now, and its documents with
// the next frame.
func knowledgeFirst() func(*peer, *storage.Batch, string, storage.Frame) (storage.Merged, error) {
	later := map[*peer]func(*storage.Batch) error{}
	return func(p *peer, b *storage.Batch, coll string, f storage.Frame) (storage.Merged, error) {
		if do := later[p]; do != nil {
			if err := do(b); err != nil {
				return storage.Merged{}, err
			}
		}
		later[p] = func(b *storage.Batch) error { _, err := b.Merge(coll, f); return err }
		g := f
		g.Documents = nil
		return b.Merge(coll, g)
	}
}

// noRemovals hides removed documents from a drain.
type noRemovals struct{ antientropy.View }

func (v noRemovals) Candidates(peer crdt.Knowledge, from string, limit int) ([]string, bool, error) {
	keys, more, err := v.View.Candidates(peer, from, limit)
	return slices.DeleteFunc(keys, func(key string) bool {
		r, err := v.View.Record(key)
		return err == nil && len(r.Body) == 0
	}), more, err
}

// widest claims, for every key, what is known of any.
type widest struct{ antientropy.View }

func (v widest) Knowledge() crdt.Knowledge { return crdt.Know(v.View.Knowledge().Max()) }

// bounded leaves out candidates that the vector of the last range does not
// cover.
type bounded struct{ antientropy.View }

func (v bounded) Candidates(peer crdt.Knowledge, from string, limit int) ([]string, bool, error) {
	own := v.Knowledge().At("\xff")
	keys, more, err := v.View.Candidates(peer, from, limit)
	return slices.DeleteFunc(keys, func(key string) bool {
		r, err := v.View.Record(key)
		return err == nil && slices.ContainsFunc(r.Heads, func(d crdt.Dot) bool { return !own.Has(d) })
	}), more, err
}

// older gives each session the documents of the view before, with the
// knowledge of this one.
func older() func(*peer, string, antientropy.View) antientropy.View {
	type of struct {
		p    *peer
		coll string
	}
	last := map[of]antientropy.View{}
	return func(p *peer, coll string, v antientropy.View) antientropy.View {
		before := last[of{p, coll}]
		last[of{p, coll}] = v
		if before == nil {
			before = v
		}
		return stale{released{before, v}, v.Knowledge()}
	}
}

// trusting shows what is there, whatever is known of it.
type trusting struct {
	antientropy.View
	p    *peer
	coll string
}

func (v trusting) Record(key string) (antientropy.Record, error) {
	rec, err := v.View.Record(key)
	if errors.Is(err, storage.ErrDamaged) {
		r, errGet := v.p.docs.Get(v.coll, key)
		return antientropy.Record{Heads: r.Heads, Body: r.Body}, errGet
	}
	return rec, err
}

func (v trusting) Delta(key string, _ crdt.VersionVector) (antientropy.Record, error) {
	return v.Record(key)
}

// released is a view that is read in place of another, also after it was closed.
type released struct {
	antientropy.View
	other antientropy.View
}

func (v released) Close() error {
	if c, ok := v.other.(*counted); ok && !c.closed {
		c.closed = true
		c.p.views--
	}
	return nil
}

type unclosed struct{ antientropy.View }

func (unclosed) Close() error { return nil }

// remembering shows the first knowledge of a peer that was larger than the
// present one: what a store would do that keeps it in another place than the
// documents.
func remembering() func(*peer, string, antientropy.View) antientropy.View {
	best := map[*peer]map[string]crdt.Knowledge{}
	return func(p *peer, coll string, v antientropy.View) antientropy.View {
		if best[p] == nil {
			best[p] = map[string]crdt.Knowledge{}
		}
		best[p][coll] = best[p][coll].Merge(v.Knowledge())
		return stale{v, best[p][coll]}
	}
}

type stale struct {
	antientropy.View
	knowledge crdt.Knowledge
}

func (v stale) Knowledge() crdt.Knowledge { return v.knowledge }

// sameIncarnation is a store that forgets a new incarnation, so that the old
// one goes on after a reopening.
func sameIncarnation(_ *peer, s storage.Store) storage.Store {
	return filtered{s, func(tx storage.Tx, key []byte, _ bool) bool {
		if !bytes.HasSuffix(key, []byte("incarnations")) {
			return true
		}
		_, err := tx.Get(key)
		return err != nil
	}}
}

// stillKnown is a store in which the knowledge outlives lost records: keys of
// records begin with d, keys of knowledge with c.
func stillKnown(_ *peer, s storage.Store) storage.Store {
	return filtered{s, func(_ storage.Tx, key []byte, lost bool) bool { return !lost || key[0] != 'c' }}
}

// filtered is a store that drops writes; keep is told whether the transaction
// has dropped a record.
type filtered struct {
	storage.Store
	keep func(tx storage.Tx, key []byte, lost bool) bool
}

func (s filtered) Update(fn func(storage.Tx) error) error {
	return s.Store.Update(func(tx storage.Tx) error { return fn(&filteredTx{tx, s.keep, false}) })
}

type filteredTx struct {
	storage.Tx
	keep func(storage.Tx, []byte, bool) bool
	lost bool
}

func (t *filteredTx) Set(key, value []byte) error {
	if !t.keep(t.Tx, key, t.lost) {
		return nil
	}
	return t.Tx.Set(key, value)
}

func (t *filteredTx) Delete(key []byte) error {
	t.lost = t.lost || key[0] == 'd'
	return t.Tx.Delete(key)
}

// unsynced is a store that says that all is on disk.
type unsynced struct{ storage.Store }

func (unsynced) Sync() error { return nil }

// volatile is a store of which the simulation too believes that all is on disk.
type volatile struct {
	storage.Store
	p *peer
}

func (s volatile) Sync() error {
	s.p.durable, s.p.unsaved = s.p.ghosts.clone(), false
	return nil
}

// reopen opens the documents again without ending the process.
func (p *peer) reopen() {
	docs, err := storage.OpenDocuments(p.w.seams.wrap(p, synced{p.memory, p}), storage.Options{Device: p.key, Rand: &p.nonces})
	if err != nil {
		p.w.fail("reopen %s: %v", p, err)
	}
	p.docs = docs
}
