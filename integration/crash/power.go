package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
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
	image   []byte // of the disk while it is off
	lost    int    // writes to the disk that a cut has lost or torn
	flushes int
	cuts    int
	broken  int // cuts after which the store did not open: a control may
}

// runPower cuts the power of one peer again and again.
func runPower(w io.Writer, s settings, bin string) error {
	if s.control != "" && s.control != controlRelaxed && s.control != controlLying {
		return fmt.Errorf("-control %s: want %s or %s", s.control, controlRelaxed, controlLying)
	}
	begin := time.Now()
	image, err := formatted(s.dir)
	if err != nil {
		return err
	}
	st := &station{book: newBook(), random: newRandom(s.seed), dir: s.dir, control: s.control, image: image}
	args := []string{"--forget-after", "1s", "--log-level", "warn"}
	if s.control == controlRelaxed {
		args = append(args, "--durability", "relaxed")
	}
	if st.peer, err = process.New(bin, "a", filepath.Join(s.dir, "disk", "a"), args...); err != nil {
		return err
	}
	for st.cuts < s.n {
		if err := st.cut(); err != nil {
			report(w, st.book)
			return fmt.Errorf("cut %d: %w\nrun it again: go run ./integration/crash -power -seed %d -n %d", st.cuts, err, s.seed, s.n)
		}
		if len(st.book.violated) > 0 && s.control == "" {
			break
		}
	}
	losses := len(st.book.violated) + st.broken
	fmt.Fprintf(w, "crash: %d power cuts; acknowledged: %d writes, %d removals, %d increments; %d flushes; %d writes to the disk lost or torn; %v\n",
		st.cuts, st.book.written, st.book.removed, st.book.sum, st.flushes, st.lost, time.Since(begin).Round(time.Second))
	if s.control != "" {
		fmt.Fprintf(w, "crash: control %s: %d runs, %d losses\n", s.control, st.cuts, losses)
		if losses == 0 {
			return fmt.Errorf("control %s has lost nothing: the rig proves nothing", s.control)
		}
		return nil
	}
	report(w, st.book)
	fmt.Fprintf(w, "crash: %d runs, %d violations\n", st.cuts, losses)
	if losses > 0 {
		return fmt.Errorf("%d violations\nrun it again: go run ./integration/crash -power -seed %d -n %d", losses, s.seed, s.n)
	}
	return nil
}

// cut turns the disk on, starts the peer, compares it with the book, lets
// clients write, and cuts the power in the middle of that.
func (st *station) cut() (err error) {
	// A disk that keeps its promises up to the cut, or never.
	d, err := plug(st.dir, st.image, st.control == controlLying && st.cuts > 0)
	if err != nil {
		return err
	}
	unplugged := false
	defer func() {
		st.peer.Kill()
		if !unplugged {
			err = errors.Join(err, d.unplug())
		}
	}()
	if err := st.open(); err != nil {
		if st.control == "" {
			st.book.violate("cut %d: %v", st.cuts, err)
			return err
		}
		st.broken++ // a control may lose the store itself: the next one begins anew
		if st.book, err = newBook(), os.RemoveAll(st.peer.Dir); err != nil {
			return err
		}
		if err := st.open(); err != nil {
			return err
		}
	}
	most := int64(1 + st.random.IntN(200))
	var answered atomic.Int64
	enough, gone := make(chan struct{}), make(chan struct{})
	var writers sync.WaitGroup
	for n := range 4 {
		w := &writer{
			book: st.book, base: st.peer.HTTP, peer: "a", prefix: "all/", name: fmt.Sprintf("a%d/%d", st.cuts, n),
			random: rand.New(rand.NewPCG(st.random.Uint64(), uint64(n))), alone: true,
		}
		writers.Go(func() {
			for w.write() {
				if answered.Add(1) == most {
					close(enough)
				}
			}
		})
	}
	go func() { writers.Wait(); close(gone) }()
	select {
	case <-enough:
	case <-gone:
		return fmt.Errorf("crdtd is gone\n%s", st.peer.Log.Tail())
	case <-time.After(process.Patience):
		return fmt.Errorf("%d of %d requests answered in %v", answered.Load(), most, process.Patience)
	}
	// What is in the book now was acknowledged before the cut; what clients hear
	// while the image is taken is unsure.
	sure := st.book.freeze()
	image, lost := d.medium.arm(st.random, 1+st.random.IntN(40), time.Second)
	st.peer.Kill()
	<-gone
	st.book.thaw(sure)
	st.image, st.lost, st.flushes = image, st.lost+lost, st.flushes+d.medium.flushes
	st.cuts++
	unplugged = true
	return d.unplug()
}

// open starts the peer and compares what it holds with the book; what it holds is
// what the keys hold from then on.
func (st *station) open() error {
	if err := st.peer.Start(); err != nil {
		return err
	}
	if st.cuts == 0 || len(st.book.names) == 0 {
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
	st.book.compareCounter("a", n)
	st.book.compare("a", have, true)
	st.book.reckon(n)
	return st.findings()
}

// findings are to be none of damage. What had not been flushed may be on the disk in any
// order, so a store may come to be moved aside, and be made again of all that was flushed.
func (st *station) findings() error {
	var s struct{ Failed string }
	if err := st.peer.JSON("/v1/status", &s); err != nil {
		return err
	}
	var f struct {
		Findings []struct{ Kind, Happened string }
	}
	if err := st.peer.JSON("/v1/findings", &f); err != nil {
		return err
	}
	for _, x := range f.Findings {
		switch x.Kind {
		case "damage", "diverged", "forged", "rollback", "failed":
			st.book.violate("cut %d: %s: %s, failed %q\n%s", st.cuts, x.Kind, x.Happened, s.Failed, st.peer.Log.Tail())
		}
	}
	return nil
}

func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
