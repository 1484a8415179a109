package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

var (
	// ErrQuarantined is returned by PutAside for what is no Quarantined: of another kind, or of an
	// address that cannot be.
	ErrQuarantined = errors.New("nothing that can be in quarantine")
	// ErrQuarantineFull is returned by PutAside when there is no room.
	ErrQuarantineFull = storage.ErrQuarantineFull
)

// PutAside puts something into quarantine that was in that of this node, or of another one, before:
// what a backup cannot hold. Its number is another one then; the same content of the same document is kept
// once. What is in quarantine is believed no more for that: Release looks at it. It is no incident.
func (n *Node) PutAside(ctx context.Context, q Quarantined) error {
	why, err := n.PutAllAside(ctx, q)
	if err != nil {
		return err
	}
	return why[0]
}

// PutAllAside is PutAside of several, in as few commits as hold them. why has for each what keeps it
// out, nil where it is in quarantine: one that is refused keeps out no other, and where there is no room for one
// none behind it is tried (ErrQuarantineFull). With an error of the store, or the end of ctx, some
// may be there, each of them whole: the same again brings the rest.
func (n *Node) PutAllAside(ctx context.Context, all ...Quarantined) (why []error, err error) {
	why = make([]error, len(all))
	var good []Quarantined
	var at []int // of those in all
	for i, q := range all {
		if why[i] = mayBeAside(q); why[i] == nil {
			good, at = append(good, q), append(at, i)
		}
	}
	kept, err := n.keepSilently(ctx, good...)
	if !errors.Is(err, ErrQuarantineFull) {
		return why, err
	}
	for _, i := range at[len(kept):] {
		why[i] = err
	}
	return why, nil
}

// mayBeAside fails with ErrQuarantined for what can have been in no quarantine.
func mayBeAside(q Quarantined) error {
	switch q.Kind {
	case storage.QuarantinedDocument, storage.QuarantinedMessage:
		if q.Origin == "" {
			return fmt.Errorf("%w: a %s that nobody has sent", ErrQuarantined, q.Kind)
		}
	case storage.QuarantinedRecord, storage.QuarantinedRaw:
		if q.Origin != "" {
			return fmt.Errorf("%w: a %s that was held here and sent by a peer", ErrQuarantined, q.Kind)
		}
	default:
		return fmt.Errorf("%w: kind %q", ErrQuarantined, q.Kind)
	}
	if q.Kind != storage.QuarantinedMessage || q.Collection != "" || q.Key != "" {
		if err := errors.Join(crdt.CheckCollection(q.Collection), crdt.CheckKey(q.Key)); err != nil {
			return fmt.Errorf("%w: %w", ErrQuarantined, err)
		}
	}
	if len(q.Raw) > storage.MaxQuarantinedOne {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrQuarantined, len(q.Raw), storage.MaxQuarantinedOne)
	}
	return nil
}
