package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

// The controls: what must lose.
const (
	controlRelaxed = "relaxed" // writes are acknowledged before they are synced
	controlLying   = "lying"   // the disk does not do what it is told to
)

// station is one peer on one disk whose power is cut.
type station struct {
	peer    *process.Peer
	book    *book
	random  *rand.Rand
	dir     string
	control string
	blank   []byte // a disk with nothing on it
	image   []byte // of the disk while it is off
	lost    int    // writes to the disk that a cut has lost or torn
	flushes int
	cuts    int
	// Of a control: cuts after which the disk or the store did not open, and what was
	// lost before the last of them. It begins anew then.
	broken, violated int
}

// newStation is a peer, with arguments for crdtd, whose disk is below dir.
func newStation(s settings, bin, name string, image []byte, args ...string) (st *station, err error) {
	st = &station{book: newBook(), random: newRandom(s.seed), dir: filepath.Join(s.dir, name), control: s.control, blank: image, image: image}
	st.peer, err = process.New(bin, name, filepath.Join(st.dir, "disk", name), append(args, "--forget-after", "1s", "--log-level", "warn")...)
	return st, err
}

// unproven reports whether this is a control that has lost nothing.
func (st *station) unproven() bool { return st.control != "" && st.losses() == 0 }

// losses is what was lost, of a control also before the disk or the store did not open any more.
func (st *station) losses() int { return st.broken + st.violated + st.book.violations() }

// cut turns the disk on, starts the peer, compares it with the book, lets
// clients write, and cuts the power in the middle of that.
func (st *station) cut() error {
	d, err := st.plug()
	if err != nil {
		return st.ruined(nil, err)
	}
	if err := st.open(); err != nil {
		return st.ruined(d, err)
	}
	return st.strike(d, all(st.writers(4)), mostAnswers)
}

// plug turns the disk on. One that lies keeps its promises up to the first cut.
func (st *station) plug() (*disk, error) {
	return plug(st.dir, st.image, st.control == controlLying && st.cuts > 0)
}

// ruined: the disk or the store did not open, which is a loss. A control begins anew.
func (st *station) ruined(d *disk, err error) error {
	st.peer.Kill()
	if d != nil {
		err = errors.Join(err, d.unplug())
	}
	if st.control == "" || st.cuts == 0 || errors.Is(err, errSkipped) {
		st.book.violate("cut %d: %v", st.cuts, err)
		return err
	}
	st.cuts++
	st.broken++
	st.violated += len(st.book.violated)
	st.book, st.image = newBook(), st.blank
	return nil
}

// writers are clients of the peer.
func (st *station) writers(n int) (all []*writer) {
	for n := range n {
		all = append(all, &writer{
			book: st.book, base: st.peer.HTTP, peer: st.peer.Name, prefix: "all/", name: fmt.Sprintf("%s%d/%d", st.peer.Name, st.cuts, n),
			random: rand.New(rand.NewPCG(st.random.Uint64(), uint64(n))), alone: true,
		})
	}
	return all
}

// client sends requests one after the other and notes what was answered; false when the process does not answer
// any more.
type client interface{ write() bool }

func all(writers []*writer) (clients []client) {
	for _, w := range writers {
		clients = append(clients, w)
	}
	return clients
}

// mostAnswers is how many requests are answered at most before the power is cut.
const mostAnswers = 200

// strike lets clients write and cuts the power in the middle of that, when so many requests at most were answered.
func (st *station) strike(d *disk, clients []client, answers int) error {
	most := int64(1 + st.random.IntN(answers))
	var answered atomic.Int64
	var stop atomic.Bool
	enough, gone := make(chan struct{}), make(chan struct{})
	var writers sync.WaitGroup
	for _, w := range clients {
		writers.Go(func() {
			for !stop.Load() && w.write() {
				if answered.Add(1) == most {
					close(enough)
				}
			}
		})
	}
	go func() { writers.Wait(); close(gone) }()
	var err error
	select {
	case <-enough:
	case <-gone:
		err = fmt.Errorf("crdtd is gone\n%s", st.peer.Log.Tail())
	case <-time.After(process.Patience):
		err = fmt.Errorf("%d of %d requests answered in %v", answered.Load(), most, process.Patience)
	}
	if err != nil {
		stop.Store(true)
		return st.ruined(d, err)
	}
	// What is in the book now was acknowledged before the cut; what clients hear
	// while the image is taken is unsure. The cut is between a write to the disk and its
	// flush, or right behind an answer.
	sure := st.book.freeze()
	image, lost := d.medium.arm(st.random, 1+st.random.IntN(40), time.Duration(st.random.IntN(2))*time.Second)
	st.peer.Kill()
	stop.Store(true)
	<-gone
	st.book.thaw(sure)
	st.image, st.lost, st.flushes = image, st.lost+lost, st.flushes+d.medium.flushes
	st.cuts++
	return d.unplug()
}

// open starts the peer and compares what it holds with the book; what it holds is
// what the keys hold from then on.
func (st *station) open() error {
	if err := st.peer.Start(); err != nil {
		return err
	}
	if len(st.book.names) == 0 {
		_, err := st.peer.Do("PUT", "/v1/docs/"+collection+"/"+counterKey, `{"n":{"$counter":0}}`)
		return err
	}
	have, err := st.peer.Documents(collection)
	if err != nil {
		return err
	}
	var n int
	if i := strings.Index(have[counterKey], ":"); i > 0 {
		fmt.Sscan(strings.TrimRight(have[counterKey][i+1:], "}"), &n)
	}
	st.book.compareCounter(st.peer.Name, n)
	st.book.compare(st.peer.Name, have, true)
	st.book.reckon(n)
	return st.findings(st.peer)
}

// findings: a power cut is no incident, and nothing that an operator should do something
// about, but that this disk is small.
func (st *station) findings(p *process.Peer) error {
	var s struct {
		Incidents int
		Failed    string
	}
	if err := p.JSON("/v1/status", &s); err != nil {
		return err
	}
	var f struct {
		Findings []struct {
			Kind, Happened string
			Notice         bool
		}
	}
	if err := p.JSON("/v1/findings", &f); err != nil {
		return err
	}
	told := ""
	for _, x := range f.Findings {
		if !x.Notice && x.Kind != "space" {
			told += fmt.Sprintf("; %s: %s", x.Kind, x.Happened)
		}
	}
	if s.Incidents > 0 || s.Failed != "" || told != "" {
		st.book.violate("cut %d: %s: %d incidents, failed %q%s\n%s", st.cuts, p.Name, s.Incidents, s.Failed, told, p.Log.Tail())
	}
	return nil
}

func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
