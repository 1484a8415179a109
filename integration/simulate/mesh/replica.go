package mesh

import (
	"github.com/crdtstore/crdtstore/integration/simulate/snapshot"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// replica gives a session the documents of a peer.
type replica struct{ p *peer }

func (r replica) Collections() []string { return r.p.docs.Collections() }

// View opens a snapshot. What it shows is on disk: if a commit is not yet, the
// session waits for the sync (which here takes no time).
func (r replica) View(coll string) (antientropy.View, error) {
	v, err := r.p.docs.View(coll)
	if err != nil {
		return nil, err
	}
	r.p.sync()
	return snapshot.View(v, snapshot.Reducible), nil
}
