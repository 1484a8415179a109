package antientropy

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// Where both sides have seen the same of a document and hold it differently, and
// neither finds damage, one of them makes one of both, as a write (Law I). For
// that it asks the other for its content: no vector says that it lacks any.

// mends is where a collection stands with that.
type mends struct {
	asked    []askedDocument // of the side that asks: waiting for the answer
	question *ask            // of the side that answers: waiting for Answer
}

// Held is how one side holds a document.
type Held struct {
	Heads  []crdt.Dot
	Digest [32]byte // of its canonical bytes; zero if there is no content
}

func heldOf(r Record) Held {
	h := Held{Heads: r.Heads}
	if len(r.Body) > 0 {
		h.Digest = sha256.Sum256(r.Body)
	}
	return h
}

// askAbout asks how the peer holds some documents, unless it is being asked already.
func (s *Session) askAbout(in Ask) error {
	c := s.collections[in.Collection]
	if c == nil || !c.ready || !c.shown || c.declined != "" || len(c.mends.asked) > 0 || !s.both(FeatureRepair) {
		return nil
	}
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	m := &ask{Collection: c.name, Tag: tagOf(v.Knowledge())}
	keys := slices.Compact(slices.Sorted(slices.Values(in.Keys)))
	for _, key := range keys[:min(len(keys), askKeys)] {
		if !inside(c.within, key, key+"\x00") {
			continue
		}
		r, err := v.Record(key)
		if err != nil {
			return failed("read "+c.name+"/"+key, err)
		}
		m.Documents = append(m.Documents, askedOf(key, heldOf(r)))
	}
	if len(m.Documents) == 0 {
		return nil
	}
	c.mends.asked = m.Documents
	return s.send(m)
}

func askedOf(key string, h Held) askedDocument {
	d := askedDocument{Key: key, Heads: appendDots(nil, h.Heads)}
	if h.Digest != ([32]byte{}) {
		d.Digest = h.Digest[:]
	}
	return d
}

// onAsk passes a question on: whoever owns this session looks first whether what
// it holds is what was written.
func (s *Session) onAsk(m *ask) error {
	c, err := s.met(m.Collection, "ask")
	if err != nil {
		return err
	}
	switch {
	case !s.both(FeatureRepair):
		return ends(ReasonOutOfOrder, "ask of %s, which was not agreed on", c.name)
	case c.mends.question != nil:
		return ends(ReasonOutOfOrder, "ask of %s before the answer to another", c.name)
	}
	if err := m.validate(); err != nil {
		return err
	}
	keys := make([]string, len(m.Documents))
	for i, d := range m.Documents {
		if keys[i] = d.Key; !inside(c.within, d.Key, d.Key+"\x00") {
			return bad("ask of %s/%s, which is out of scope", c.name, cutText(d.Key, maxText))
		}
	}
	c.mends.question = m
	s.emit(Asked{Collection: c.name, Keys: keys})
	return nil
}

// answerAbout tells the peer what it has asked for.
func (s *Session) answerAbout(in Answer) error {
	c := s.collections[in.Collection]
	if c == nil || c.mends.question == nil {
		return nil
	}
	q := c.mends.question
	c.mends.question = nil
	m := &told{Collection: c.name}
	if !in.Sound {
		return s.send(m)
	}
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	m.Tag = tagOf(v.Knowledge())
	size := 0
	for _, d := range q.Documents {
		r, err := v.Record(d.Key)
		if err != nil {
			return failed("read "+c.name+"/"+d.Key, err)
		}
		heads, err := parseDots(d.Heads)
		if err != nil {
			return err
		}
		mine := askedOf(d.Key, heldOf(r))
		if bytes.Equal(mine.Digest, d.Digest) && bytes.Equal(mine.Heads, d.Heads) || !alike(v.Knowledge(), d.Key, r.Heads, heads, q.Tag == m.Tag) {
			continue
		}
		if size += len(r.Body); size > toldBytes && len(m.Documents) > 0 {
			break
		}
		m.Documents = append(m.Documents, toldDocument{Key: d.Key, Heads: mine.Heads, Body: bytes.Clone(r.Body)})
	}
	return s.send(m)
}

// alike reports whether who knows so much ought to hold a document as the other
// does: it has seen the heads of the other. Where a side has none, both must know
// the same of everything.
func alike(known crdt.Knowledge, key string, mine, theirs []crdt.Dot, same bool) bool {
	if len(mine) == 0 || len(theirs) == 0 {
		return same
	}
	return covered(known.At(key), theirs)
}

// onTold takes an answer: what of it still stands goes out to be made one.
func (s *Session) onTold(m *told) error {
	c, err := s.met(m.Collection, "told")
	if err != nil {
		return err
	}
	asked := c.mends.asked
	if len(asked) == 0 {
		return ends(ReasonOutOfOrder, "told of %s what nobody asked", c.name)
	}
	c.mends.asked = nil
	if len(m.Documents) > len(asked) {
		return ends(ReasonOversized, "told of %d documents, asked for %d", len(m.Documents), len(asked))
	}
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	same, last, out := tagOf(v.Knowledge()) == m.Tag, "", Told{Collection: c.name}
	for _, d := range m.Documents {
		at, ok := slices.BinarySearchFunc(asked, d.Key, func(a askedDocument, key string) int { return strings.Compare(a.Key, key) })
		if !ok || d.Key <= last || len(d.Body) > crdt.MaxMerged {
			return bad("told of %s/%s", c.name, cutText(d.Key, maxText))
		}
		last = d.Key
		theirs, err := parseDots(d.Heads)
		if err != nil {
			return err
		}
		r, err := v.Record(d.Key)
		if err != nil {
			return failed("read "+c.name+"/"+d.Key, err)
		}
		mine := heldOf(r)
		if now := askedOf(d.Key, mine); !bytes.Equal(now.Heads, asked[at].Heads) || !bytes.Equal(now.Digest, asked[at].Digest) ||
			!alike(v.Knowledge(), d.Key, r.Heads, theirs, same) {
			continue // it has moved on
		}
		mine.Heads = slices.Clone(mine.Heads)
		out.Documents = append(out.Documents, Counterpart{Key: d.Key, Mine: mine, Heads: theirs, Body: d.Body})
	}
	if len(out.Documents) > 0 {
		s.emit(out)
	}
	return nil
}
