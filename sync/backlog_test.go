package antientropy

import (
	"fmt"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// narrow is two sessions whose owners have outboxes of a bounded size, do not
// read while theirs is full, and are connected by a pipe that holds little.
type narrow struct {
	t       *testing.T
	ends    [2]*narrowEnd
	most    int // bytes of an outbox at which its owner reads no more
	largest int // outbox
	now     time.Time
}

type narrowEnd struct {
	*fake
	session   *Session
	out, pipe [][]byte
	merges    []Merge
	closed    *Close
}

func size(queue [][]byte) (n int) {
	for _, m := range queue {
		n += len(m)
	}
	return n
}

func newNarrow(t *testing.T, a, b *fake, most, backlog int) *narrow {
	n := &narrow{t: t, most: most, now: time.Unix(1_700_000_000, 0)}
	for i, f := range []*fake{a, b} {
		n.ends[i] = &narrowEnd{fake: f, session: NewSession(Config{
			Name: f.name, Self: f.id, Replica: f, Initiator: i == 0, Salt: [16]byte{byte(i)}, Backlog: backlog,
			Limits: Limits{Frame: 2 << 10, Whole: 4 << 10, Window: 256 << 10},
		})}
	}
	for i := range n.ends {
		n.step(i, Start{})
		n.step(i, Tick{n.now})
	}
	return n
}

func (n *narrow) step(i int, in Input) {
	e := n.ends[i]
	for _, out := range e.session.Step(in) {
		switch out := out.(type) {
		case Send:
			e.out = append(e.out, out.Message)
		case Merge:
			e.merges = append(e.merges, out)
		case Hash:
			c := e.collection(out.Collection)
			k := c.know
			c.hashed = &k
			n.step(i, Hashed{out.Collection})
		case Close:
			e.closed = &out
		}
	}
	n.largest = max(n.largest, size(e.out))
}

// move lets one side do what it can do now.
func (n *narrow) move(i int) (moved bool) {
	const pipe = 2 << 10
	e, o := n.ends[i], n.ends[1-i]
	for len(e.out) > 0 && (len(e.pipe) == 0 || size(e.pipe)+len(e.out[0]) <= pipe) {
		e.pipe, e.out, moved = append(e.pipe, e.out[0]), e.out[1:], true
	}
	if e.session.Clogged() && size(e.out) < e.session.config.Backlog/2 {
		n.step(i, Backlog{size(e.out)})
		moved = true
	}
	if len(o.pipe) > 0 && size(e.out) <= n.most {
		m := o.pipe[0]
		o.pipe, moved = o.pipe[1:], true
		n.step(i, Received{m})
	}
	if len(e.merges) > 0 {
		m := e.merges[0]
		e.merges, moved = e.merges[1:], true
		done := e.collection(m.Collection).merge(m.Frame)
		done.ID = m.ID
		n.step(i, done)
	}
	return moved
}

// run lets both sides go on until nothing moves.
func (n *narrow) run() *narrow {
	for idle := 0; idle < 3; {
		idle++
		for i, e := range n.ends {
			if n.move(i) {
				idle = 0
			}
			if e.closed != nil {
				n.t.Fatalf("%s closes: %+v", e.name, *e.closed)
			}
		}
		if idle == 2 {
			n.now = n.now.Add(time.Second)
			for i := range n.ends {
				n.step(i, Tick{n.now})
			}
		}
	}
	return n
}

// knowingMuch makes a replica that holds documents of as many other writers, all
// its own, in several collections.
func knowingMuch(name string, collections, writers int) *fake {
	f := newFake(name)
	for i := range collections {
		c, counters := f.collection(fmt.Sprintf("c%02d", i)), crdt.Counters{}
		for j := range writers {
			w := newFake(fmt.Sprint(name, i, "/", j)).collection(c.name)
			w.counter = 1
			d := crdt.Dot{Replica: w.owner.id, Counter: 1}
			c.docs[w.owner.name] = fakeDoc{live: []crdt.Dot{d}, heads: []crdt.Dot{d}, sizes: map[crdt.Dot]int{d: 20}}
			c.heads[d.Replica], counters[d.Replica] = w.sign(), 1
		}
		c.know = crdt.Know(counters.Vector())
	}
	return f
}

// TestBothSidesHaveMuchToSay: neither side waits for the other to read, and
// what waits to be sent stays bounded. Without a bound on what a session says,
// both sides stop reading and wait for ever.
func TestBothSidesHaveMuchToSay(t *testing.T) {
	const most, backlog = 32 << 10, 8 << 10
	peers := func() (a, b *fake) { return knowingMuch("A", 15, 200), knowingMuch("B", 15, 200) }
	a, b := peers()
	n := newNarrow(t, a, b, most, backlog).run()
	for name := range a.collections {
		if x, y := a.collection(name), b.collection(name); !x.know.Equal(y.know) || len(x.docs) != 400 || len(y.docs) != 400 {
			t.Fatalf("%s: %d and %d documents", name, len(x.docs), len(y.docs))
		}
	}
	t.Logf("at most %d bytes have waited to be sent", n.largest)
	if n.largest > most {
		t.Errorf("%d bytes have waited to be sent", n.largest)
	}
	for i, e := range n.ends {
		if e.session.Clogged() {
			n.step(i, Backlog{})
		}
		for _, st := range e.session.Status() {
			if st.Phase != PhaseConverged {
				t.Errorf("%s: %+v", e.name, st)
			}
		}
		if e.views != 0 {
			t.Errorf("%s has %d views open", e.name, e.views)
		}
	}
	a, b = peers()
	n = newNarrow(t, a, b, most, 0).run()
	if a.collection("c00").know.Equal(b.collection("c00").know) {
		t.Error("this would not show it")
	}
}

// TestQuestionsThatNobodyWaitsFor: a peer that asks and does not read makes
// itself be given up, not be remembered.
func TestQuestionsThatNobodyWaitsFor(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	for i := range 40 {
		a.collection(fmt.Sprint("c", i)).put(20, "ann")
	}
	p := newPair(t, a, b, func(_ int, c *Config) { c.Backlog = 1 << 10 }).muted().start()
	p.settleRoomy()
	s := p.sides[0].session
	p.step(0, Backlog{1 << 20})
	keys := make([]string, 900)
	for i := range keys {
		keys[i] = fmt.Sprintf("%0200d", i)
	}
	sent := len(p.sides[1].inbox)
	for i := 0; p.sides[0].closed == nil; i++ {
		if i > 100 {
			t.Fatalf("%d bytes of questions wait", s.backlog.asking)
		}
		m, err := p.sides[1].session.speak.encode(&walk{Collection: fmt.Sprint("c", i%40), Round: 1, Final: true, Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		p.step(0, Received{m})
	}
	if r := p.sides[0].closed.Reason; r != ReasonWindow {
		t.Errorf("it ends with %q", r)
	}
	if n := len(p.sides[1].inbox) - sent; n != 1 {
		t.Errorf("%d messages besides the last", n-1)
	}
}

// settleRoomy is settle where all that is said is sent at once.
func (p *pair) settleRoomy() {
	for range 3 {
		for i := range p.sides {
			p.step(i, Backlog{})
		}
		p.settle()
	}
}

// TestKnowledgeIsShownOnceWhenThereIsRoom: frames that do not fit, one behind the
// other, are answered with one showing of what is known, as it is by then.
func TestKnowledgeIsShownOnceWhenThereIsRoom(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	a.knowing(writers(100))
	a.collection("people").put(10, "ann")
	copyTo(a, b, "people")
	p := newPair(t, a, b, func(_ int, c *Config) { c.Backlog = 1 << 10 }).muted().start()
	p.settleRoomy()
	c := b.collection("people")
	c.change()
	c.know = c.know.Forfeit("a", "b")
	delete(c.docs, "ann")
	p.step(1, Backlog{1 << 20})
	heard := len(p.sides[0].heard)
	for _, key := range []string{"bob", "cid", "dan"} {
		a.collection("people").put(10, key)
		p.changed(0, "people")
		p.step(0, Backlog{})
	}
	p.settle()
	kinds := map[kind]int{}
	count := func() {
		for ; heard < len(p.sides[0].heard); heard++ {
			kinds[kind(p.sides[0].heard[heard][0])]++
		}
	}
	if count(); kinds[kindAck] != 3 || kinds[kindKnow] != 0 {
		t.Fatalf("%v before there is room", kinds)
	}
	p.settleRoomy()
	if count(); kinds[kindKnow] != 1 {
		t.Errorf("knowledge is shown %d times", kinds[kindKnow])
	}
	p.same("people")
}
