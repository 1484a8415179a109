package antientropy

import (
	"crypto/sha256"
	"slices"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// Roots are compared when both sides know the same. Where somebody always
// writes they never do for long, so documents are compared instead, a run of
// about 64 leaves at a time: a document must have the same content on both
// sides if each has seen the heads that the other one shows (Law E). Only such
// documents are compared; the rest has its turn when the run comes round again.
const (
	checkAfter = 30 * time.Second // since roots could be compared last
	checkEvery = 10 * time.Second
)

// runs is where a collection stands with its leaf checks.
type runs struct {
	unsure time.Time // since when roots could not be compared; zero: they are
	next   time.Time // when the next check is due
	cursor string    // where it begins
	asked  *run      // on its way, however long that takes: what it showed holds for good; of the side that asks
	found  bool      // an answer named differences; of the side that answers
}

// run is what a check has shown.
type run struct {
	from, to string
	byHash   map[string]string   // keys by their keyed hash, likewise
	digests  map[string][32]byte // by key, of live documents that were not marked newer
	newer    map[string]bool     // keys that were
}

// checkLater lets time pass for the checks of a collection.
func (s *Session) checkLater(c *collection) error {
	r, now := &c.runs, s.clock.now
	if compared, _ := c.verdict(); compared || !c.ready || !c.shown || c.declined != "" {
		r.unsure = time.Time{}
		return nil
	}
	if r.unsure.IsZero() {
		r.unsure = now
	}
	if !s.config.Initiator || r.asked != nil || now.Sub(r.unsure) < checkAfter || now.Before(r.next) {
		return nil
	}
	r.next = now.Add(checkEvery)
	return s.check(c)
}

// check shows the next run of documents.
func (s *Session) check(c *collection) error {
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	m, r, err := s.showRun(c, v)
	if err != nil || m == nil {
		return err
	}
	c.runs.asked, c.runs.cursor = r, r.to
	return s.send(m)
}

// showRun reads a run of documents from the cursor on, as far as one vector
// holds. It is nil where the peer has shown to know nothing.
func (s *Session) showRun(c *collection, v View) (*check, *run, error) {
	from, to, vector := rangeAt(v.Knowledge(), c.runs.cursor)
	if vector.Len() == 0 {
		c.runs.cursor = to
		return nil, nil, nil
	}
	docs, end, err := s.documents(v, from, to, checkDocuments)
	if err != nil {
		return nil, nil, err
	}
	m := &check{Collection: c.name, From: from, To: end, vector: vector}
	if m.forgotten, err = forgottenIn(v, from, end); err != nil {
		return nil, nil, err
	}
	r := &run{from: from, to: end, byHash: map[string]string{}, digests: map[string][32]byte{}, newer: map[string]bool{}}
	for _, d := range docs {
		hash := s.checkKey(d.key)
		if !covered(c.theirs.At(d.key), d.heads) {
			m.Newer = append(m.Newer, hash...)
			r.newer[d.key] = true
			continue
		}
		if !d.live {
			continue
		}
		m.Documents = append(append(m.Documents, hash...), s.checkContent(d.key, d.digest)...)
		r.byHash[hash] = d.key
		r.digests[d.key] = d.digest
	}
	return m, r, nil
}

// onChecked judges an answer: what really differs is reported here, and to the
// peer.
func (s *Session) onChecked(m *checked) error {
	c, err := s.met(m.Collection, "checked")
	if err != nil {
		return err
	}
	r := c.runs.asked
	if r == nil {
		return ends(ReasonOutOfOrder, "an answer about %s that nobody asked for", c.name)
	}
	c.runs.asked = nil
	if err := m.validate(r.from, r.to); err != nil {
		return err
	}
	var keys []string
	for _, d := range m.Differ {
		mine, live := r.digests[d.Key]
		if !r.newer[d.Key] && !(live && slices.Equal(mine[:], d.Digest)) && (live || len(d.Digest) > 0) {
			keys = append(keys, d.Key)
		}
	}
	for hash := range eachHash(m.Missing, checkHash) {
		if key, ok := r.byHash[hash]; ok {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	s.differs(c, keys[:min(len(keys), checkKeys)])
	return s.send(&found{Collection: c.name, Keys: keys[:min(len(keys), checkKeys)]})
}

// differs reports documents that differ although both sides know the same of
// them. There are no roots to show.
func (s *Session) differs(c *collection, keys []string) {
	s.emit(Incident{Collection: c.name})
	s.diverged(c, keys, nil, false)
}

// checkedOne is a document as a check sees it.
type checkedOne struct {
	key    string
	heads  []crdt.Dot
	live   bool
	digest [32]byte
}

// documents reads those of [from, to), at most so many, and where they end.
func (s *Session) documents(v View, from, to string, most int) (docs []checkedOne, end string, err error) {
	keys, more, err := v.Candidates(crdt.Knowledge{}, from, most)
	if err != nil {
		return nil, "", failed("list documents to check", err)
	}
	size := 0
	for i, key := range keys {
		if !before(key, to) {
			return docs, to, nil
		}
		r, err := v.Record(key)
		if err != nil {
			return nil, "", failed("read "+key, err)
		}
		d := checkedOne{key: key, heads: r.Heads, live: r.Body != nil}
		if d.live {
			d.digest = sha256.Sum256(r.Body)
		}
		docs = append(docs, d)
		if size += len(r.Body); size > checkBytes && i+1 < len(keys) {
			return docs, key + "\x00", nil
		}
	}
	if more {
		return docs, keys[len(keys)-1] + "\x00", nil
	}
	return docs, to, nil
}

// rangeAt is what k knows of key, and the keys from it on of which it knows the
// same.
func rangeAt(k crdt.Knowledge, key string) (from, to string, v crdt.VersionVector) {
	for _, r := range k.Ranges() {
		if r.Contains(key) {
			return key, r.To, r.Vector
		}
	}
	return key, "", v
}

// forgottenIn is what is forgotten of removals of the keys [from, to).
func forgottenIn(v View, from, to string) (all crdt.VersionVector, err error) {
	f, err := v.Forgotten()
	if err != nil {
		return all, failed("what is forgotten", err)
	}
	for _, r := range f.Ranges() {
		if before(r.From, to) && before(from, r.To) {
			all = all.Merge(r.Vector)
		}
	}
	return all, nil
}
