package antientropy

import "github.com/crdtstore/crdtstore/crdt"

// What the body of a know is a difference from.
const (
	fromNothing = 0
	fromCommon  = 1 // what the sketches have shown both sides to know
	fromLast    = 2 // what was shown in this direction before
)

// pack fills m.Body from m.content.
func (m *know) pack(n *names, last *vectors) {
	m.Tag = tagOf(m.content)
	m.Body = m.content.AppendDifference(nil, m.reference(last), n.append)
	last.show(m.content)
}

// unpack reads m.Body into m.content.
func (m *know) unpack(n *names, last *vectors, l Limits) error {
	if m.From > fromLast {
		return bad("knowledge of %s as a difference from number %d", m.Collection, m.From)
	}
	if n, _, err := cutUvarint(m.Body); err == nil && n > uint64(l.Ranges) {
		return ends(ReasonOversized, "knowledge of %d ranges", n)
	}
	k, rest, err := crdt.CutDifference(m.Body, m.reference(last), l.Ranges, l.Entries, n.cut)
	if err != nil {
		return bad("%v", err)
	}
	if len(rest) > 0 {
		return bad("%d bytes after the knowledge", len(rest))
	}
	if tagOf(k) != m.Tag {
		return bad("knowledge %x became %x", m.Tag, tagOf(k))
	}
	for _, r := range k.Ranges() {
		if err := checkEnds(r.From); err != nil {
			return err
		}
	}
	m.content = k
	last.show(k)
	return nil
}

// reference is what the body is a difference from.
func (m *know) reference(last *vectors) crdt.Knowledge {
	switch m.From {
	case fromCommon:
		return m.common
	case fromLast:
		return last.shown
	}
	return crdt.Knowledge{}
}
