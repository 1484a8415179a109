package crdt

import (
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// prose is a text: what it shows and the canonical bytes of the events that
// made it, none if there are none. It is immutable. The events are decoded
// when somebody edits or merges them, not to read the text. A partial prose,
// which exists on the wire only, has the bytes of a delta and no content.
type prose struct {
	content string
	graph   string
	partial bool
	loaded  *text.Text // the events, if they are at hand; never modified
}

// emptyProse is a text without events.
var emptyProse = &prose{}

// newProse makes a prose of t, which must not be modified any more.
func newProse(t *text.Text) *prose {
	if t.Events() == 0 {
		return emptyProse
	}
	t.Cool()
	return &prose{content: t.String(), graph: t.Canonical(), loaded: t}
}

// read returns the text with its events, which must not be modified. It
// replays nothing: that content and events belong together is believed.
func (p *prose) read() (*text.Text, error) {
	if p.loaded != nil {
		return p.loaded, nil
	}
	return p.own()
}

// own returns the text with its events, a copy of the caller's own.
func (p *prose) own() (*text.Text, error) {
	switch {
	case p.partial:
		return nil, fmt.Errorf("%w: only some events of a text are here", ErrNeedsWhole)
	case p.loaded != nil:
		return p.loaded.Fork(), nil
	case p.graph == "":
		return &text.Text{}, nil
	}
	return text.Load([]byte(p.graph), p.content)
}

// delta returns the events, to be taken in by another text.
func (p *prose) delta() (*text.Delta, error) {
	if p.graph == "" {
		return &text.Delta{}, nil
	}
	return text.Decode([]byte(p.graph))
}

// append appends content and events as they stand in an escape.
func (p *prose) append(b []byte) []byte {
	if p.partial {
		b = append(b, valueNull...)
	} else {
		b = appendText(b, p.content)
	}
	return appendBytes(b, p.graph)
}

// valueHead is the payload of an entry that is a head of a text's events;
// that of its presence is null.
const valueHead = valueTrue

// isHead reports whether the entry is a head of a text's events.
func (e *entry) isHead() bool { return e.Kind == KindText && e.Value == valueHead }

// headsOf are the heads among the entries of a node, as a version of its text.
func headsOf(entries []entry) text.Version {
	var v text.Version
	for i := range entries {
		if e := &entries[i]; e.isHead() {
			v = append(v, eventID(e.Dot))
		}
	}
	slices.SortFunc(v, text.ID.Compare)
	return v
}

// eventID names the event of a text that has the dot: an author is the 16
// bytes of a replica, and events are numbered by its counter.
func eventID(d Dot) text.ID { return text.ID{Agent: agentOf(d.Replica), Seq: d.Counter} }

// agentOf is the replica as the author of events.
func agentOf(r ReplicaID) text.Agent { return text.Agent(r[:]) }

// replicaOf is the replica that an author is; ok is false if it is none.
func replicaOf(a text.Agent) (r ReplicaID, ok bool) {
	return r, copy(r[:], a) == len(a) && len(a) == len(r)
}
