package schedule

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	antientropy "github.com/crdtstore/crdtstore/sync"

	"github.com/crdtstore/crdtstore/storage/memory"
)

// world is one schedule.
type world struct {
	seed                 uint64
	rng                  *rand.Rand
	seams                seams
	now                  time.Time
	limits               antientropy.Limits
	forgetful            float64    // how often removals are forgotten, of all steps
	removing             bool       // writes remove documents
	scoping              float64    // how often scopes are changed, of all steps
	spoiling             float64    // how often a document arrives spoiled, of all frames that are merged
	may                  Faults     // that happen in this schedule, if they are drawn
	luck                 *rand.Rand // of the nemeses
	drawn                []nemesis
	wild                 bool // there are nemeses beside those of every step
	torn, lying, copying bool // of drawn
	twinned              bool // two copies have gone on with the same dots
	at, steps            int
	marks                []*mark
	loose                map[address]bool // documents of which is only checked that all hold the same
	mends                int
	collections          []string
	keys                 []string
	peers                []*peer
	links                []*link

	ops       []*op
	addresses []address       // of all documents that are written, but marks
	slots     map[address]int // their numbers
	opsOf     [][]*op         // by the number of the document
	news      []int           // likewise: how often there was another, or one was lost
	byHead    map[dotIn]*op
	records   map[address]*record
	forfeits  bool           // a range was given up: what nobody else held may be gone
	left      bool           // a scope was left: what a peer is left with may be known in parts
	spoiled   bool           // a document was refused: it may never be what all know of its key
	restored  bool           // a backup was put back: what had been sent of a drain may never be completed
	vanished  map[dotIn]bool // dots that only the given up range held
	tally     Counts
	todo      []chore                          // of drain
	tell      func(format string, args ...any) // of each step, when somebody wants to read along
}

// failure is a check that did not hold.
type failure struct{ error }

// run also returns how often what happened.
func run(o Options, s seams) (counts Counts, err error) {
	counts = Counts{}
	defer func() {
		switch x := recover().(type) {
		case nil:
		case failure:
			err = x.error
		default:
			err = fmt.Errorf("panic: %v\n%s", x, debug.Stack())
		}
	}()
	w := newWorld(o.Seed, s, o.Tell, counts)
	w.draw(o)
	w.behind()
	steps := 20 + w.rng.IntN(160)
	if o.Steps > 0 {
		steps = min(steps, o.Steps)
	}
	w.steps = steps
	for w.at = range steps {
		w.step()
		w.afflict()
	}
	if o.Mode == Liveness {
		w.live()
		return counts, nil
	}
	w.finish()
	return counts, nil
}

func newWorld(seed uint64, s seams, tell func(string, ...any), counts Counts) *world {
	if tell == nil {
		tell = func(string, ...any) {}
	}
	rng := rand.New(rand.NewPCG(seed, 0x63726474))
	w := &world{
		seed: seed, rng: rng, seams: s, tell: tell, tally: counts, now: time.UnixMilli(1_700_000_000_000),
		limits: antientropy.Limits{
			Frame: pick(rng, []int{1, 100, 300, 1 << 18}), Whole: pick(rng, []int{1, 200, 600, 1 << 20}),
			Documents: pick(rng, []int{1, 2, 4000}), Window: pick(rng, []int{1, 1000, 4 << 20}),
			Compare:  pick(rng, []int{1, 2, 4000}),
			Snapshot: 3 * time.Second, Silence: 40 * time.Second,
		},
		forgetful:   pick(rng, []float64{0, 0.04, 0.1}),
		collections: []string{"people"},
		slots:       map[address]int{}, byHead: map[dotIn]*op{}, records: map[address]*record{}, vanished: map[dotIn]bool{},
		loose: map[address]bool{},
	}
	if w.chance(0.2) {
		w.collections = append(w.collections, "places")
	}
	for i := range pick(rng, []int{1, 2, 3, 4, 5, 6, 15}) {
		w.keys = append(w.keys, fmt.Sprintf("k%02d", i))
	}
	for _, coll := range w.collections {
		for _, key := range w.keys {
			w.slots[address{coll, key}] = len(w.addresses)
			w.addresses = append(w.addresses, address{coll, key})
		}
	}
	w.opsOf, w.news = make([][]*op, len(w.addresses)), make([]int, len(w.addresses))
	for i := range 2 + rng.IntN(3) {
		w.peers = append(w.peers, w.newPeer(string(rune('A'+i))))
	}
	chain := w.chance(0.3)
	for i, a := range w.peers {
		for j, b := range w.peers[i+1:] {
			if chain && j > 0 {
				break
			}
			l := &link{w: w}
			l.ends = [2]*end{{link: l, peer: a}, {link: l, peer: b}}
			w.links = append(w.links, l)
		}
	}
	return w
}

func (w *world) fail(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }

func (w *world) chance(p float64) bool { return w.rng.Float64() < p }

// step does one thing somewhere.
func (w *world) step() {
	p, l := pick(w.rng, w.peers), pick(w.rng, w.links)
	for _, p := range w.peers {
		p.asleep--
	}
	if w.scoping > 0 && w.chance(w.scoping) {
		w.rescope()
		return
	}
	if w.chance(w.forgetful) {
		if w.chance(0.3) {
			p.remove()
		}
		if coll := pick(w.rng, w.collections); w.may.Has(Forget) {
			p.forgetRemovals(coll)
		}
		return
	}
	switch x := w.rng.Float64(); {
	case x < 0.20:
		p.write()
	case x < 0.34:
		w.wake(l)
	case x < 0.66:
		w.deliverSome()
	case x < 0.68: // a quiet while
		for range w.rng.IntN(80) {
			w.deliverSome()
			w.commitSome()
			if w.chance(0.05) {
				w.hashSome(l)
			}
		}
	case x < 0.84:
		w.commitSome()
	case x < 0.88:
		w.tick(l)
	case x < 0.92:
		if !l.core() {
			w.only(Cut, l.cut)
		}
	case x < 0.93:
		w.befall(p, Incarnation, p.renew)
	case x < 0.945:
		w.befall(p, Forfeit, func() { w.forfeitSome(p) })
	case x < 0.965:
		how := pick(w.rng, []string{"stop", "kill", "power cut", "restore"})
		w.befall(p, map[string]Faults{"stop": Stop, "kill": Crash, "power cut": Torn, "restore": Restore}[how], func() { p.restart(how) })
	case x < 0.98:
		if !l.core() {
			w.only(Pause, func() { w.pauseSome(l) })
		}
	case x < 0.982:
		p.save()
	case x < 0.985:
		w.befall(p, Away, p.sleep)
	case x < 0.99:
		w.befall(p, Fail, func() {
			w.tell("%s will fail", p)
			p.memory.Inject(w.someFault())
		})
	default:
		w.hashSome(l)
	}
}

// befall does something to a peer that is not spared, if that fault happens in this
// schedule.
func (w *world) befall(p *peer, f Faults, do func()) {
	if !p.core {
		w.only(f, do)
	}
}

// only does something if that fault happens in this schedule.
func (w *world) only(f Faults, do func()) {
	if w.may.Has(f) {
		do()
	}
}

// wake brings a link up, or tells its sessions of what has changed.
func (w *world) wake(l *link) {
	if l.ends[0].peer.asleep > 0 || l.ends[1].peer.asleep > 0 {
		return
	}
	if !l.up {
		l.connect()
		return
	}
	pick(w.rng, l.ends[:]).tell()
}

func (w *world) deliverSome() {
	var ready []*end
	for _, l := range w.links {
		for _, e := range l.ends {
			if l.up && len(e.inbox) > 0 && e.held <= 0 {
				ready = append(ready, e)
			}
		}
	}
	if len(ready) > 0 {
		pick(w.rng, ready).deliver()
	}
}

func (w *world) commitSome() {
	var ready []*peer
	for _, p := range w.peers {
		if len(p.queue) > 0 && p.slow <= 0 {
			ready = append(ready, p)
		}
	}
	if len(ready) > 0 {
		pick(w.rng, ready).commit()
	}
}

// tick lets time pass for one link.
func (w *world) tick(l *link) {
	w.now = w.now.Add(time.Duration(w.rng.IntN(4000)) * time.Millisecond)
	if w.chance(0.02) {
		w.now = w.now.Add(2 * w.limits.Silence)
	}
	for _, e := range l.ends {
		if l.up {
			e.step(antientropy.Tick{Now: w.now})
		}
	}
}

func (w *world) pauseSome(l *link) {
	if l.up {
		e := pick(w.rng, l.ends[:])
		e.paused = !e.paused
		w.tally["pauses"]++
		w.tell("%s pauses towards %s: %t", e.peer, e.other().peer, e.paused)
		e.step(antientropy.Pause{On: e.paused})
	}
}

func (w *world) forfeitSome(p *peer) {
	from, to := "", ""
	if w.chance(0.8) {
		i := w.rng.IntN(len(w.keys))
		from, to = w.keys[i], w.keys[i]+"\x00"
		if w.chance(0.5) {
			to = ""
		}
	}
	p.forfeit(pick(w.rng, w.collections), from, to)
	w.inspect(p)
}

var errInjected = errors.New("injected")

func (w *world) someFault() memory.Faults {
	return pick(w.rng, []memory.Faults{{BeforeCommit: errInjected}, {AfterCommit: errInjected}, {Sync: errInjected}})
}

// cutOff ends every session of a peer.
func (w *world) cutOff(p *peer) {
	for _, l := range w.links {
		if l.ends[0].peer == p || l.ends[1].peer == p {
			l.cut()
		}
	}
}
