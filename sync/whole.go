package antientropy

import "slices"

// whole is what the peer has asked for whole: it cannot complete these
// documents, because it has dropped what they build on. They go whole for the
// rest of the session, so that nothing is asked for twice; if they are too
// many, everything does.
type whole struct {
	keys map[string]map[string]bool // by collection
	n    int
	all  bool
}

func (w *whole) has(collection, key string) bool { return w.all || w.keys[collection][key] }

func (w *whole) add(collection, key string, most int) {
	if w.has(collection, key) {
		return
	}
	if w.n++; w.n > most {
		w.all, w.keys = true, nil
		return
	}
	if w.keys == nil {
		w.keys = map[string]map[string]bool{}
	}
	if w.keys[collection] == nil {
		w.keys[collection] = map[string]bool{}
	}
	w.keys[collection][key] = true
}

// onWant notes which documents of a frame must come whole. Nothing of the
// frame has been applied; the peer's knowledge follows, and the drain starts
// over from it. This ends: a document that was not reduced cannot be wanted.
func (s *Session) onWant(m *want) error {
	c, f, err := s.answered(m.Collection, m.Seq, "want", FeatureReduced)
	if err != nil {
		return err
	}
	if len(m.Keys) == 0 || len(m.Keys) > s.limits.Wanted {
		return bad("want of %d documents", len(m.Keys))
	}
	for _, key := range m.Keys {
		if !slices.Contains(f.reduced, key) {
			return ends(ReasonOutOfOrder, "%s/%s is wanted whole, and was sent so", c.name, cutText(key, maxText))
		}
		s.whole.add(c.name, key, s.limits.Wanted)
	}
	c.astray, c.resync = c.sent, true
	c.notTried(f)
	return nil
}
