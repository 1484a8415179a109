package schedule

import (
	"github.com/crdtstore/crdtstore/integration/simulate/snapshot"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// replica gives a session the documents of a peer.
type replica struct{ p *peer }

func (r replica) Collections() []string { return r.p.docs.Collections() }

// View opens a snapshot, from which any document is reduced, however small.
func (r replica) View(coll string) (antientropy.View, error) {
	v, err := r.p.w.seams.view(r.p, coll)
	if err != nil {
		return nil, err
	}
	r.p.views++
	return r.p.w.seams.show(r.p, coll, &counted{View: snapshot.View(v, 0), p: r.p}), nil
}
