package node

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/storage"
)

// verdict is what comes of comparing a store with its watermark.
type verdict struct {
	incidents []IncidentEvent
	// renew says why the store takes a new incarnation; "" if it goes on.
	renew string
}

func (v *verdict) find(kind, collection, detail string) {
	v.incidents = append(v.incidents, IncidentEvent{Kind: kind, Collection: collection, Detail: detail})
}

// must is find for what proves that the store is not the only continuation of
// its past.
func (v *verdict) must(kind, collection, detail string) {
	v.find(kind, collection, detail)
	if v.renew == "" {
		v.renew = detail
	}
}

// compare looks whether the store is the one that the watermark speaks of, as it
// was then or later. w is nil if there is none, damage why it cannot be read; copied says
// that it is a copy of the one that was written.
func compare(w *watermark, damage error, past storage.Past, place string, copied bool) (v verdict, err error) {
	fresh := past.Boot == [16]byte{} // the store was never opened with a watermark beside it
	switch {
	case damage != nil:
		v.must(Watermark, "", "what is noted beside the store cannot be read ("+damage.Error()+"): whether the store is whole is not known")
		return v, nil
	case w == nil && fresh:
		return v, nil
	case w == nil:
		v.must(Watermark, "", "what was noted beside the store is missing: whether the store is whole is not known")
		return v, nil
	case fresh:
		v.must(Rollback, "", "there is a note of what the store held, and the store is one that has never seen it: it is empty, or another one")
	case past.Boot != w.Boot && past.Boot != w.Before:
		v.must(Rollback, "", "the store is of another time than what is noted beside it: it was put back, or is a copy of another one")
	}
	if place != "" && w.Place != "" && place != w.Place {
		v.must(Clone, "", "the data directory is a copy, or has been moved to another disk or machine: if the other one is used too, the two are told apart")
	} else if copied && v.renew == "" {
		v.must(Rollback, "", "the files of the data directory were put back, in the place where they are: what was written since is missing")
	}
	return v, v.counts(w, past)
}

// counts compares what the two say of each collection.
func (v *verdict) counts(w *watermark, past storage.Past) error {
	var short []string
	for _, name := range slices.Sorted(maps.Keys(w.Collections)) {
		m := w.Collections[name]
		n, err := past.Counted(name, w.Replica)
		if errors.Is(err, storage.ErrDamaged) {
			n, err = 0, nil
		}
		if err != nil {
			return err
		}
		if n < m.Counter {
			v.must(Rollback, name, fmt.Sprintf("of its own changes the store holds %d, and held %d: %d missing", n, m.Counter, m.Counter-n))
			short = append(short, name)
		}
		if d := past.Documents(name); w.Stopped && !past.Unclean && past.Boot == w.Boot && n == m.Counter && d != m.Documents {
			v.must(Rollback, name, fmt.Sprintf("of its documents the store holds %d, and held %d when it was closed", d, m.Documents))
			short = append(short, name)
		}
	}
	if len(short) == 0 && past.HighWater < w.Clock {
		v.must(Rollback, "", fmt.Sprintf("the clock of the store stands at %s, and stood at %s", past.HighWater, w.Clock))
	}
	if len(short) > 0 {
		v.renew = "changes are missing in " + strings.Join(short, ", ")
	}
	return nil
}
