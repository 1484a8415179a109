package view

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// solo is one View whose peers the test plays.
type solo struct {
	t   *testing.T
	v   *View
	now time.Time
}

func newSolo(t *testing.T, active int) *solo {
	return &solo{t, New(Options{Self: "me", Active: active, Rand: rand.New(rand.NewPCG(5, 6))}), time.Unix(1e9, 0)}
}

// step returns what the View says, one line for each, in the order said.
func (s *solo) step(in Input) []string {
	var out []string
	for _, o := range s.v.Step(s.now, in) {
		switch o := o.(type) {
		case Send:
			m := must(decode(o.Message))
			names := [...]string{"", "neighbour", "accepted", "full", "leaving", "walk", "shuffle", "answer"}
			out = append(out, fmt.Sprintf("%s %d to %s", names[m.Kind], m.N, o.Peer))
		default:
			out = append(out, strings.TrimPrefix(fmt.Sprintf("%T%+v", o, o), "view."))
		}
	}
	return out
}

// says checks that among what the View says there is this.
func (s *solo) says(in Input, want ...string) {
	s.t.Helper()
	got := s.step(in)
	for _, w := range want {
		if !slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, w) }) {
			s.t.Errorf("after %T%v: %q, want %q", in, in, got, w)
		}
	}
	if len(want) == 0 && len(got) > 0 {
		s.t.Errorf("after %T%v: %q, want nothing", in, in, got)
	}
}

func (s *solo) wait(d time.Duration) { s.now = s.now.Add(d) }

// friend makes a peer a neighbour, at its request.
func (s *solo) friend(peer string) {
	s.t.Helper()
	s.step(Up{peer})
	s.says(Received{peer, Request()}, "accepted 0 to "+peer, "Begin{Peer:"+peer+" Visit:false}")
}

func TestBothAskAtOnce(t *testing.T) {
	s := newSolo(t, 8)
	s.says(Known{[]Entry{{"a", []string{"x"}}}}, "Connect{Peer:a Addrs:[x]}")
	s.says(Up{"a"}, "neighbour 1 to a")
	s.says(Received{"a", Request()}, "accepted 0 to a", "Begin{Peer:a Visit:false}")
	s.says(Received{"a", message{Kind: kindAccepted}.encode()})
}

func TestFullPeerTurnsAway(t *testing.T) {
	s := newSolo(t, 2)
	s.friend("a")
	s.friend("b")
	s.step(Up{"c"})
	s.says(Received{"c", Request()}, "full 0 to c")
	s.wait(partTime + time.Second)
	s.says(Tick{}, "Disconnect{Peer:c Reason:"+ReasonNoRoom)
	if st := s.v.State("c"); st != Passive {
		t.Errorf("state %v of who was turned away", st)
	}
	s.step(Up{"d"})
	s.says(Received{"d", message{Kind: kindNeighbour, N: high}.encode()}, "accepted 0 to d", "leaving 0 to ", "walk 6 to ")
	if n := s.v.Neighbours(); len(n) != 2 || !slices.Contains(n, "d") {
		t.Errorf("neighbours %v", n)
	}
}

func TestVisitEndsInStep(t *testing.T) {
	s := newSolo(t, 1)
	s.friend("a")
	s.says(Visit{Peer: "b", For: time.Minute}, "Connect{Peer:b")
	s.says(Up{"b"}, "neighbour 2 to b")
	s.says(Received{"b", message{Kind: kindAccepted, N: 1}.encode()}, "Begin{Peer:b Visit:true}")
	s.says(InStep{"b"}) // its owner wants it for a minute
	s.says(Leave{"b"}, "Disconnect{Peer:b Reason:"+ReasonVisited)

	s.step(Down{"b"})
	s.step(Up{"b"})
	s.says(Received{"b", message{Kind: kindNeighbour, N: visit}.encode()}, "accepted 1 to b", "Begin{Peer:b Visit:true}")
	s.says(InStep{"b"}) // it is for the guest to leave
	s.says(Received{"b", message{Kind: kindNeighbour, N: insist}.encode()}, "accepted 0 to b", "leaving 0 to a")
	if n := s.v.Neighbours(); !slices.Equal(n, []string{"b"}) {
		t.Errorf("neighbours %v", n)
	}
}

// TestVisitInSpiteOfNo: that a peer has no room for a neighbour does not keep a
// visit waiting which the owner wants.
func TestVisitInSpiteOfNo(t *testing.T) {
	full := func() []byte { return message{Kind: kindFull}.encode() }
	s := newSolo(t, 8)
	s.says(Known{[]Entry{{"a", []string{"x"}}}}, "Connect{Peer:a Addrs:[x]}")
	s.says(Up{"a"}, "neighbour 1 to a")
	s.says(Received{"a", full()}, "Disconnect{Peer:a Reason:"+ReasonNoRoom)
	s.step(Down{"a"})
	s.says(Visit{Peer: "a", For: time.Minute}, "Connect{Peer:a")
	s.says(Up{"a"}, "neighbour 2 to a")
	s.says(Received{"a", full()}, "Disconnect{Peer:a Reason:"+ReasonNoRoom)
	s.step(Down{"a"})
	s.wait(2 * time.Second)
	s.says(Tick{}, "Connect{Peer:a")

	// Asked as a neighbour already when the owner wants the visit.
	s = newSolo(t, 8)
	s.step(Known{[]Entry{{"a", []string{"x"}}}})
	s.says(Visit{Peer: "a", For: time.Minute})
	s.says(Up{"a"}, "neighbour 1 to a")
	s.says(Received{"a", full()}, "Disconnect{Peer:a Reason:"+ReasonNoRoom)
	s.step(Down{"a"})
	s.wait(2 * time.Second)
	s.says(Tick{}, "Connect{Peer:a")
}

func TestSilenceEnds(t *testing.T) {
	s := newSolo(t, 8)
	s.step(Known{[]Entry{{"a", nil}}})
	s.step(Up{"a"})
	s.wait(answerTime + time.Second)
	s.says(Tick{}, "Disconnect{Peer:a Reason:"+ReasonSilent)
	if st := s.v.State("a"); st != Away {
		t.Errorf("state %v of who does not answer", st)
	}
}

func TestMalformedIsCut(t *testing.T) {
	s := newSolo(t, 8)
	s.friend("a")
	many := message{Kind: kindFull}
	for i := range maxSample + 1 {
		many.Sample = append(many.Sample, []string{fmt.Sprint(i)})
	}
	for _, bad := range [][]byte{
		nil, {0xff}, []byte("hello"), many.encode(), message{}.encode(), make([]byte, MaxMessage+1),
		message{Kind: kindWalk, N: maxHops + 1}.encode(), message{Kind: kindShuffle, Path: []string{""}}.encode(),
		message{Kind: kindWalk, About: []string{strings.Repeat("x", maxID+1)}}.encode(),
		message{Kind: kindWalk, About: []string{"x", strings.Repeat("x", maxAddr+1)}}.encode(),
	} {
		s.says(Received{"a", bad}, "Cut{Peer:a Reason:"+errMalformed.Error())
		s.step(Down{"a"})
		s.friend("a")
	}
	s.says(Received{"a", message{Kind: 200, N: 1}.encode()}) // of a later version
}

// TestFloodEndsHere: what one peer makes another pass on is bounded.
func TestFloodEndsHere(t *testing.T) {
	s := newSolo(t, 8)
	s.friend("a")
	s.friend("b")
	passed := 0
	for i := range 1000 {
		walk := message{Kind: kindWalk, N: 6, About: []string{fmt.Sprint("made up ", i)}}
		passed += len(s.step(Received{"a", walk.encode()}))
		shuffle := message{Kind: kindShuffle, N: 6, Path: []string{"a"}}
		passed += len(s.step(Received{"a", shuffle.encode()}))
	}
	if passed > maxBudget {
		t.Errorf("%d messages passed on at once, want %d at most", passed, maxBudget)
	}
}

// TestFewerAllowed: a smaller limit sends neighbours away.
func TestFewerAllowed(t *testing.T) {
	s := newSolo(t, 8)
	for i := range 5 {
		s.friend(fmt.Sprint("p", i))
	}
	s.says(Limit{2}, "leaving")
	if n := s.v.Neighbours(); len(n) != 2 {
		t.Errorf("neighbours %v", n)
	}
}

// TestSameSeedSameStory: nothing but the inputs and the seed decides.
func TestSameSeedSameStory(t *testing.T) {
	story := func() (w *world) {
		w = grow(t, 9, 40, Options{})
		w.kill(name(3))
		w.run(time.Minute)
		return w
	}
	a, b := story(), story()
	if a.sent != b.sent || a.steps != b.steps {
		t.Errorf("%d messages in %d steps, then %d in %d", a.sent, a.steps, b.sent, b.steps)
	}
	for _, id := range a.ids {
		if x, y := a.peers[id].view.Neighbours(), b.peers[id].view.Neighbours(); !slices.Equal(x, y) {
			t.Errorf("%s: %v, then %v", id, x, y)
		}
	}
}
