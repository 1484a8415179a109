package badger

import "slices"

// behind reads a log from an entry on that cannot be read. Each entry has a checksum of its own, so
// one that has changed takes none of the others with it, also of its own transaction: those in front of it
// and those behind it are what is left of that, and its end may be what is lost. Only what the log ends with is left
// out, if it has no end: nobody was told that it was committed.
type behind struct {
	*rawLog
	later   func([]entry) error // nil: nobody wants to know
	pending []entry             // of the transaction that is being read
	torn    bool                // some entries of that cannot be read, or it has no end
	last    uint64              // number of the commit before it; 0: not known
	first   bool                // it is the first in the log: the one before it is not missing

	// next is the number of the first commit that can be read from there on, 0 if there is none, and synced the one up to
	// which all was on disk when they were written.
	next, synced uint64
}

// read calls later with what is left of each transaction, in order, and with nothing where entries
// or whole transactions are missing.
func (b *behind) read(bad int) error {
	if b.mute {
		return nil
	}
	b.torn = true
	broken := slices.Clone(b.pending)
	for pos := b.rawLog.next(bad); pos > 0; {
		e, n := b.entry(pos)
		if n == 0 {
			b.torn, pos = true, b.rawLog.next(pos+1)
			continue
		}
		pos += n
		b.synced = max(b.synced, syncedBefore(e.version))
		if b.next == 0 {
			b.next = numberOf(e.version)
		}
		if err := b.take(e); err != nil {
			return err
		}
	}
	if len(b.pending) > 0 && len(broken) > 0 && b.pending[0].version == broken[0].version {
		return b.pass()
	}
	return nil
}

// take adds an entry to the transaction that it is of, and passes that on at its end.
func (b *behind) take(e entry) error {
	if len(b.pending) > 0 && b.pending[0].version != e.version { // its end cannot be read
		torn := b.torn
		if err := b.pass(); err != nil {
			return err
		}
		b.torn = torn // which of the two it is of is not known
	}
	if e.meta&metaEnd == 0 {
		b.pending = append(b.pending, e)
	}
	if e.meta&metaTx != 0 || len(b.pending) == 0 {
		return nil
	}
	return b.pass()
}

// pass calls later with a transaction.
func (b *behind) pass() error {
	tx, torn, number := b.pending, b.torn, numberOf(b.pending[0].version)
	missing := !b.first && (b.last == 0 || number != b.last+1)
	b.pending, b.torn, b.first, b.last = nil, false, false, number
	if b.later == nil {
		return nil
	}
	parts := [][]entry{tx}
	if missing {
		parts = [][]entry{nil, tx}
	}
	if torn {
		parts = append(parts, nil)
	}
	for _, part := range parts {
		if err := b.later(part); err != nil {
			return err
		}
	}
	return nil
}
