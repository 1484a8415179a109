package node

import (
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// MissingChanges are changes that a session has seen and a node has not.
type MissingChanges struct {
	Origin     Origin // who wrote them
	Have, Need uint64 // counters: have of the key that lacks the most
	// OfOtherKeys: the node has them of other keys. Who wrote them may not hold
	// these (see Options.Collections), and then says nothing of them, so that
	// waiting may not help.
	OfOtherKeys bool
}

// SessionError is the ErrSession of one collection.
type SessionError struct {
	Collection string
	// Missing are the changes that the node waited for, in order of replicas.
	Missing []MissingChanges
	// Home, if set, is the only replica that can go on with the session: it has
	// touched more collections than a token has room for.
	Home crdt.ReplicaID

	err error // of the context
}

func (e *SessionError) Error() string {
	if e.Home != (crdt.ReplicaID{}) {
		return fmt.Sprintf("%s: the session has touched more collections than a token has room for: only replica %s can go on with it", e.Collection, e.Home)
	}
	text := fmt.Sprintf("%s: %v", e.Collection, ErrSession)
	for i, m := range e.Missing {
		if i == maxMissing {
			return text + fmt.Sprintf(", and of %d others", len(e.Missing)-i)
		}
		text += fmt.Sprintf("%s %s has %d of %d", [...]string{":", ","}[min(i, 1)], m.Origin, m.Have, m.Need)
		if m.OfOtherKeys {
			text += " here, but all of other keys (who wrote them may not hold these)"
		}
	}
	return text
}

// maxMissing is how many replicas the text of a SessionError names.
const maxMissing = 3

// Is reports that a SessionError is an ErrSession.
func (e *SessionError) Is(target error) bool { return target == ErrSession }

// Unwrap gives the error of the context.
func (e *SessionError) Unwrap() error { return e.err }

// missing is the SessionError of a view that lacks some of floor.
func (n *Node) missing(v *storage.View, collection string, floor crdt.VersionVector, from, to string, err error) error {
	e := &SessionError{Collection: collection, err: err}
	origins := n.origins(v)
	for _, r := range floor.Replicas() {
		have := floor.Counter(r)
		for _, known := range n.within(collection, v.Knowledge(), from, to) {
			have = min(have, known.Counter(r))
		}
		if have == floor.Counter(r) {
			continue
		}
		o, failed := origins.of(r)
		if failed != nil {
			o = Origin{Replica: r}
		}
		e.Missing = append(e.Missing, MissingChanges{Origin: o, Have: have, Need: floor.Counter(r),
			OfOtherKeys: v.Knowledge().Max().Counter(r) >= floor.Counter(r)})
	}
	return e
}
