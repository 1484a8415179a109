package node

import (
	"context"
	"time"

	"github.com/crdtstore/crdtstore/storage/badger"
)

// tableChecker is a store whose files can be checked while it is open.
type tableChecker interface {
	CheckTables(ctx context.Context, pace func(bytes int64) bool) ([]badger.DamageError, error)
}

// tables checks the files of the store against their checksums, at the pace of the
// scrub: after each opening, since a stop may have been a crash of the disk, and
// before each pass. What is damaged is found in the collections then, and healed as other
// damage (Law I); the next start makes the store again without the damaged table.
func (s *scrubber) tables(ctx context.Context) error {
	store, ok := s.node.store.(tableChecker)
	if !ok {
		return nil
	}
	began := time.Now()
	found, err := store.CheckTables(ctx, func(bytes int64) bool {
		reading, took := time.Duration(bytes)*time.Second/scrubRate, time.Since(began)
		ok := wait(ctx, max(reading, took*(scrubShare-1)))
		began = time.Now()
		return ok
	})
	for _, f := range found {
		s.node.sink.incident(IncidentEvent{Kind: Damage, Detail: f.Error() + ": restart the node, which makes the store anew from what is sound"})
	}
	if len(found) > 0 {
		for _, c := range s.node.docs.Collections() {
			s.node.checkBeside("", c)
		}
	}
	return err
}
