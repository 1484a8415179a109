package antientropy

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// Messages print themselves, so that a conversation reads as a story.

// plain prints a key without quotes, with what does not print escaped.
func plain(key string) string { q := strconv.Quote(key); return q[1 : len(q)-1] }

func short(b []byte) string { return hex.EncodeToString(b[:min(len(b), 4)]) }

func (m *hello) String() string {
	return fmt.Sprintf("hello, version %d, I am %q", m.Version, m.Name)
}

func (m *open) String() string {
	s := "open " + m.Collection + " at " + short(m.Hash[:])
	if len(m.Root) > 0 {
		s += " root " + short(m.Root)
	}
	for _, r := range m.Ranges {
		s += " [" + plain(r.From) + ".." + plain(r.To) + ")"
	}
	return s
}

func (m *counted) String() string {
	return fmt.Sprintf("counted to %d in %s, %x", m.Counter, m.Collection, m.Chain[:4])
}

func (m *shownHead) String() string {
	h, err := crdt.ParseSignedHead(m.Head)
	if err != nil {
		return "a head of you in " + m.Collection + ": " + err.Error()
	}
	return fmt.Sprintf("I hold of you in %s: %s, %x", m.Collection, h, h.Chain[:4])
}

func (*twins) String() string { return "somebody takes turns with you" }

func (m *wall) String() string {
	return "my clock says " + time.UnixMilli(m.Millis).UTC().Format(time.RFC3339)
}

func (m *know) String() string {
	part := ""
	if m.Part {
		part = ", of what you know"
	}
	return "know " + m.Collection + " " + m.content.String() + part
}

func (m *frame) String() string {
	f := m.content
	var b strings.Builder
	fmt.Fprintf(&b, "frame %d %s [%s..%s) %s→%s", m.Seq, m.Collection, plain(m.From), plain(m.To), f.Base, f.Vector)
	for _, d := range f.Documents {
		sign := " +"
		switch {
		case len(d.Heads) == 0:
			sign = " no "
		case d.Body == nil:
			sign = " -"
		}
		fmt.Fprintf(&b, "%s%s%s", sign, plain(d.Key), d.Heads)
	}
	if f.Forgotten.Len() > 0 {
		fmt.Fprintf(&b, " forgotten %s", f.Forgotten)
	}
	if f.comparison > 0 {
		fmt.Fprintf(&b, " after sketch %d", f.comparison)
	}
	if len(f.Heads) > 0 {
		fmt.Fprintf(&b, " signed %s", f.Heads)
	}
	if m.Left > 0 {
		fmt.Fprintf(&b, " left %s", Count(m.Left))
	}
	return b.String()
}

func (m *ack) String() string {
	if !m.Applied {
		return fmt.Sprintf("ack %d %s: does not fit", m.Seq, m.Collection)
	}
	return fmt.Sprintf("ack %d %s", m.Seq, m.Collection)
}

func (m *want) String() string {
	return fmt.Sprintf("want %d %s: %q whole", m.Seq, m.Collection, m.Keys)
}

func (m *refuse) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "refuse %d %s:", m.Seq, m.Collection)
	for _, d := range m.Documents {
		fmt.Fprintf(&b, " %s (%s)", plain(d.Key), d.Reason)
	}
	return b.String()
}

func (m *root) String() string {
	return fmt.Sprintf("root %s at %s is %s", m.Collection, short(m.Tag[:]), short(m.Root[:]))
}

func (m *walk) String() string {
	if m.Final {
		return fmt.Sprintf("walk %s: differing here %q, name yours %d", m.Collection, m.Keys, m.Open)
	}
	return fmt.Sprintf("walk %s round %d below %d", m.Collection, m.Round, m.Open)
}

func (m *nodes) String() string {
	switch {
	case m.Moved:
		return "nodes " + m.Collection + ": moved on"
	case m.Keys != nil:
		return fmt.Sprintf("nodes %s: differing here %q", m.Collection, m.Keys)
	case m.Level == documentLevel:
		return fmt.Sprintf("nodes %s: %d documents", m.Collection, len(m.Hashes)/documentHash)
	}
	return fmt.Sprintf("nodes %s: %d of level %d", m.Collection, len(m.Hashes)/nodeHash, m.Level)
}

func (m *prune) String() string { return fmt.Sprintf("prune %s after frame %d", m.Collection, m.Seq) }
func (m *check) String() string {
	return fmt.Sprintf("check %s [%s..%s) at %s: %d documents, %d newer", m.Collection, plain(m.From), plain(m.To), m.vector, len(m.Documents)/(2*checkHash), len(m.Newer)/checkHash)
}

func (m *checked) String() string {
	if len(m.Differ)+len(m.Missing) == 0 {
		return "checked " + m.Collection + ": alike"
	}
	var keys []string
	for _, d := range m.Differ {
		keys = append(keys, d.Key)
	}
	return fmt.Sprintf("checked %s: other here %q, %d not here", m.Collection, keys, len(m.Missing)/checkHash)
}

func (m *found) String() string { return fmt.Sprintf("found %s: %q differ", m.Collection, m.Keys) }

func (m *share) String() string {
	return fmt.Sprintf("share %s: begin at part %d of %d", m.Collection, m.Part, m.Parts)
}
func (m *graft) String() string { return "graft " + m.Collection }

func (m *have) String() string {
	return fmt.Sprintf("have %s [%s..%s) %s", m.Collection, plain(m.From), plain(m.To), m.vector)
}

func (m *count) String() string { return fmt.Sprintf("count %s %s", m.Collection, m.Ahead) }
func (m *ping) String() string  { return fmt.Sprintf("ping %d", m.N) }
func (m *pong) String() string  { return fmt.Sprintf("pong %d", m.N) }
func (m *decline) String() string {
	if m.Full {
		return "decline " + m.Collection + ": no room"
	}
	return "decline " + m.Collection
}

func (m *pause) String() string {
	if m.On {
		return "pause"
	}
	return "resume"
}

func (m *bye) String() string {
	s := "bye: " + string(m.Reason)
	if m.Detail != "" {
		s += " (" + m.Detail + ")"
	}
	return s
}
