package schedule

import (
	"github.com/crdtstore/crdtstore/crdt"
	antientropy "github.com/crdtstore/crdtstore/sync"

	"github.com/crdtstore/crdtstore/storage"
)

// seams are the places where a mutant may break a rule. The zero value breaks
// none.
type seams struct {
	onStore   func(*peer, storage.Store) storage.Store
	onOpen    func(*storage.Options)
	onView    func(*peer, string) (*storage.View, error)
	onShow    func(*peer, string, antientropy.View) antientropy.View
	onMerge   func(*peer, *storage.Batch, string, storage.Frame) (storage.Merged, error)
	onForfeit func(*peer)
	onSend    func(message []byte) (lost bool)
	onObserve func(*peer, crdt.Timestamp)
	onHeal    func(*peer) (heals bool)
	careless  bool // who is to find out that it is a copy writes
}

func (s seams) wrap(p *peer, store storage.Store) storage.Store {
	if s.onStore == nil {
		return store
	}
	return s.onStore(p, store)
}

// loses reports whether a message never arrives.
func (s seams) loses(message []byte) bool { return s.onSend != nil && s.onSend(message) }

func (s seams) observe(p *peer, t crdt.Timestamp) {
	if s.onObserve != nil {
		s.onObserve(p, t)
		return
	}
	p.hlc.Observe(t, p.now())
}

func (s seams) options(o storage.Options) storage.Options {
	if s.onOpen != nil {
		s.onOpen(&o)
	}
	return o
}

func (s seams) view(p *peer, coll string) (*storage.View, error) {
	if s.onView == nil {
		return p.docs.ViewDurable(coll)
	}
	return s.onView(p, coll)
}

func (s seams) show(p *peer, coll string, v antientropy.View) antientropy.View {
	if s.onShow == nil {
		return v
	}
	return s.onShow(p, coll, v)
}

func (s seams) merge(p *peer, b *storage.Batch, coll string, f storage.Frame) (storage.Merged, error) {
	if s.onMerge == nil {
		return b.Merge(coll, f)
	}
	return s.onMerge(p, b, coll, f)
}

func (s seams) forfeited(p *peer) {
	if s.onForfeit != nil {
		s.onForfeit(p)
	}
}
