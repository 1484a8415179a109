package antientropy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// failer is a test, of testing or of rapid.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// pair is two sessions and the wire between them. Nothing moves by itself.
type pair struct {
	t     failer
	sides [2]*side
	story string
	names []*fake // whose identities the story abbreviates
	bytes int     // delivered in both directions
	mute  bool    // no story is told
	now   time.Time
}

type side struct {
	*fake
	session *Session
	inbox   [][]byte
	heard   [][]byte // everything delivered
	reader  wire     // reads along, for the story
	merges  []Merge
	hashes  []Hash
	events  []Output
	closed  *Close
	slow    bool // merges wait for commit()
	onMerge func(Merge)
}

func newPair(t failer, a, b *fake, with ...func(side int, c *Config)) *pair {
	p := &pair{t: t, names: []*fake{a, b}, now: time.Unix(1_700_000_000, 0)}
	for i, f := range []*fake{a, b} {
		c := Config{Name: f.name, Self: f.id, Replica: f, Initiator: i == 0, Salt: [16]byte{byte(i)}}
		for _, w := range with {
			w(i, &c)
		}
		p.sides[i] = &side{fake: f, session: NewSession(c), reader: wire{limits: c.Limits.withDefaults()}}
	}
	return p
}

func (p *pair) muted() *pair {
	p.mute = true
	return p
}

func (p *pair) start() *pair {
	p.step(0, Start{})
	p.step(1, Start{})
	return p
}

// step feeds one side and carries out what it wants.
func (p *pair) step(i int, in Input) {
	s, o := p.sides[i], p.sides[1-i]
	for _, out := range s.session.Step(in) {
		switch out := out.(type) {
		case Send:
			o.inbox = append(o.inbox, out.Message)
		case Merge:
			s.merges = append(s.merges, out)
			if s.onMerge != nil {
				s.onMerge(out)
			}
		case Hash:
			s.hashes = append(s.hashes, out)
		case Close:
			s.closed = &out
			p.tell("%s closes: %s", s.name, out.Reason)
		default:
			s.events = append(s.events, out)
			p.tellEvent(s, out)
		}
	}
	if s.closed != nil && s.views != 0 {
		p.t.Fatalf("%s closed with %d views open", s.name, s.views)
	}
	p.agree(i)
}

// agree checks that InSync says what Status says.
func (p *pair) agree(i int) {
	inSync := true
	for _, st := range p.sides[i].session.Status() {
		inSync = inSync && slices.Contains([]Phase{PhaseInStep, PhaseConverged, PhaseDeclined}, st.Phase)
	}
	if got := p.sides[i].session.InSync(); got != inSync {
		p.t.Fatalf("InSync is %v, Status says %v", got, inSync)
	}
}

// reads gives what the session, which is about to read the same, has heard of a
// collection.
func (s *side) reads(collection string) *vectors {
	v := *s.session.hear.vectors(collection)
	return &v
}

// deliver hands side i its oldest message.
func (p *pair) deliver(i int) bool {
	s, o := p.sides[i], p.sides[1-i]
	if len(s.inbox) == 0 {
		return false
	}
	b := s.inbox[0]
	s.inbox = s.inbox[1:]
	s.heard = append(s.heard, b)
	p.bytes += len(b)
	if p.mute {
		p.step(i, Received{b})
		return true
	}
	m, err := s.reader.decode(b)
	if k, ok := m.(*know); ok && err == nil {
		if c := s.session.collections[k.Collection]; c != nil {
			k.common = c.common
		}
		err = k.unpack(&s.reader.names, s.reads(k.Collection), s.reader.limits)
	}
	if f, ok := m.(*frame); ok && err == nil {
		err = f.unpack(&s.reader.names, s.reads(f.Collection), s.reader.limits)
	}
	if k, ok := m.(*check); ok && err == nil {
		err = k.unpack(&s.reader.names, s.reads(k.Collection))
	}
	if h, ok := m.(*have); ok && err == nil {
		err = h.unpack(&s.reader.names, s.reads(h.Collection))
	}
	switch {
	case err != nil:
		p.tell("%s→%s %d bytes: %v", o.name, s.name, len(b), err)
	case m != nil:
		p.tell("%s→%s %s", o.name, s.name, m)
		p.tellReduced(m)
	}
	p.step(i, Received{b})
	return true
}

// commit carries out the oldest merge of side i.
func (p *pair) commit(i int) bool {
	s := p.sides[i]
	if len(s.merges) == 0 {
		return false
	}
	m := s.merges[0]
	s.merges = s.merges[1:]
	done := s.collection(m.Collection).merge(m.Frame)
	done.ID = m.ID
	p.step(i, done)
	return true
}

// settle lets everything happen until both sides wait.
func (p *pair) settle() *pair {
	for range 100_000 {
		moved := false
		for i, s := range p.sides {
			moved = p.deliver(i) || moved
			if !s.slow {
				moved = p.commit(i) || moved
			}
			if len(s.hashes) > 0 {
				c := s.collection(s.hashes[0].Collection)
				k := c.know
				c.hashed = &k
				p.step(i, Hashed{s.hashes[0].Collection})
				s.hashes = s.hashes[1:]
				moved = true
			}
		}
		if !moved {
			return p
		}
	}
	p.t.Fatal("the conversation does not end")
	return p
}

// tick lets d pass, second by second.
func (p *pair) tick(d time.Duration) *pair {
	for ; d > 0; d -= time.Second {
		p.now = p.now.Add(time.Second)
		p.step(0, Tick{p.now})
		p.step(1, Tick{p.now})
	}
	return p
}

// changed tells side i that it wrote.
func (p *pair) changed(i int, collection string) *pair {
	p.step(i, Changed{collection})
	return p
}

func (p *pair) tell(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	for _, f := range p.names {
		line = strings.ReplaceAll(line, f.id.String(), strings.ToLower(f.name))
	}
	p.story += line + "\n"
}

// tellReduced says which documents of a frame do not come whole.
func (p *pair) tellReduced(m message) {
	if f, ok := m.(*frame); ok {
		for _, d := range f.content.Documents {
			left := parseFake(d.Body).left
			if len(left) == 0 {
				continue
			}
			p.tell("   %s comes in %d bytes, without %s", plain(d.Key), len(d.Body), left)
			if !covered(f.content.Base, left) {
				p.t.Fatalf("base %s does not count what was left out\n%s", f.content.Base, p.story)
			}
		}
	}
}

func (p *pair) tellEvent(s *side, o Output) {
	switch o := o.(type) {
	case InStep:
		p.tell("%s is in step in %s", s.name, o.Collection)
	case Converged:
		p.tell("%s has converged in %s at %s", s.name, o.Collection, short(o.Root[:]))
	case Incident:
		p.tell("%s: incident in %s, %s here, %s there", s.name, o.Collection, short(o.Mine[:]), short(o.Theirs[:]))
	case Refused:
		if o.ByPeer {
			p.tell("%s: %s/%s was refused: %s", s.name, o.Collection, o.Key, o.Reason)
		} else {
			p.tell("%s refuses %s/%s: %s", s.name, o.Collection, o.Key, o.Reason)
		}
	case Diverged:
		p.tell("%s: %s differs in %q", s.name, o.Collection, o.Keys)
	}
}

// same fails unless both sides know and hold the same.
func (p *pair) same(collection string) {
	p.t.Helper()
	a, b := p.sides[0].collection(collection), p.sides[1].collection(collection)
	if !a.know.Equal(b.know) {
		p.t.Fatalf("knowledge %s and %s\n%s", a.know, b.know, p.story)
	}
	va, vb := fakeView{fakeCollection: *a}, fakeView{fakeCollection: *b}
	la, lb := va.leafs(), vb.leafs()
	if fmt.Sprint(la) != fmt.Sprint(lb) {
		p.t.Fatalf("content differs: %d and %d documents\n%s", len(la), len(lb), p.story)
	}
	for _, s := range p.sides {
		if s.closed != nil {
			p.t.Fatalf("%s closed: %s %s\n%s", s.name, s.closed.Reason, s.closed.Detail, p.story)
		}
		if s.views != 0 {
			p.t.Fatalf("%s has %d views open", s.name, s.views)
		}
	}
}
