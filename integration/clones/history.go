package main

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

// history is one device, what becomes of its directory, and a peer that its lives meet.
type history struct {
	r      *rand.Rand
	bin    string
	blind  bool // nothing tells a copy from its original
	dir    string
	b      *process.Peer
	join   []string
	lives  []*life
	past   []moment
	files  []moment // backups
	has    map[int]bool
	story  strings.Builder
	number int

	written                                   []write
	copies, restores, putBacks, kills, starts int
	atStart, forks, met, both                 int
	lostFields, lostCounts, fields, counts    int
}

func newHistory(bin string, seed uint64) *history {
	h := &history{r: rand.New(rand.NewPCG(seed, 58)), bin: bin, has: map[int]bool{}}
	h.blind = h.r.IntN(4) == 0
	return h
}

func (h *history) say(format string, args ...any) { fmt.Fprintf(&h.story, format+"\n", args...) }

// make founds the mesh of the device and its peer.
func (h *history) make(dir string) (err error) {
	if _, err := os.Stat(memoryDir); h.blind && err == nil {
		dir = memoryDir
	} else {
		h.blind = false
	}
	if h.dir, err = os.MkdirTemp(dir, "crdtstore-history-"); err != nil {
		return err
	}
	a, err := h.begin("founded", "dir-0", map[int]bool{})
	if err != nil {
		return err
	}
	if err := h.start(a); err != nil {
		return err
	}
	if err := errors.Join(a.change("PUT", "both", `{"base":1}`, "application/json"), a.change("PUT", "count", `{"n":{"$counter":0}}`, "application/json")); err != nil {
		return err
	}
	invite, err := a.Invite()
	if err != nil {
		return err
	}
	if h.b, err = process.New(h.bin, "b", filepath.Join(h.dir, "b")); err != nil {
		return err
	}
	if err := h.b.Start("--join", invite); err != nil {
		return err
	}
	if invite, err = h.b.Invite(); err != nil {
		return err
	}
	h.join = []string{"--join", invite}
	return errors.Join(h.settle(a), h.b.Stop())
}

// begin adds a life.
func (h *history) begin(how, dir string, has map[int]bool) (*life, error) {
	p, err := process.New(h.bin, "a", filepath.Join(h.dir, dir))
	if err != nil {
		return nil, err
	}
	l := &life{Peer: p, name: h.number, has: maps.Clone(has), fresh: true, how: how}
	h.number++
	h.lives = append(h.lives, l)
	return l, nil
}

// start starts a life, if it does not run. One that is not the only continuation of its past has to
// find that, where it can.
func (h *history) start(l *life) error {
	if l.Running() {
		return nil
	}
	if err := l.Start(h.join...); err != nil {
		return err
	}
	h.starts++
	if !l.fresh {
		return nil
	}
	l.fresh = false
	if err := l.listen(); err != nil {
		return err
	}
	found := l.told
	if l.how == "restored" { // it has taken a new incarnation when it was made
		found = true
	}
	if h.blind || l.how == "founded" {
		return nil
	}
	if !found {
		return fmt.Errorf("life %d (%s) does not know of it", l.name, l.how)
	}
	h.atStart++
	return nil
}

// halt ends a life's process in one way or another.
func (h *history) halt(l *life) error {
	if !l.Running() {
		return nil
	}
	if err := l.listen(); err != nil {
		return err
	}
	if h.r.IntN(3) == 0 {
		h.kills++
		l.Kill()
		return nil
	}
	return l.Stop()
}

// play lets random things happen, then all lives meet the peer, twice.
func (h *history) play() error {
	for range 4 + h.r.IntN(6) {
		if err := h.step(h.lives[h.r.IntN(len(h.lives))]); err != nil {
			return err
		}
	}
	for range 2 {
		for _, i := range h.r.Perm(len(h.lives)) {
			if err := h.meet(h.lives[i]); err != nil {
				return err
			}
		}
	}
	if err := h.b.Start(); err != nil {
		return err
	}
	return errors.Join(h.holds(), h.judge(), h.b.Stop(), h.dots())
}

func (h *history) step(l *life) (err error) {
	dir := fmt.Sprintf("dir-%d", h.number)
	switch h.r.IntN(9) {
	case 0, 1, 2:
		return h.write(l, 1+h.r.IntN(4))
	case 3:
		return h.meet(l)
	case 4: // a copy, of one that is stopped or of one that runs
		if h.r.IntN(2) == 0 {
			err = h.halt(l)
		} else {
			err = h.start(l)
		}
		if err == nil {
			err = copyDir(l.Dir, filepath.Join(h.dir, dir))
		}
		if err != nil {
			return err
		}
		h.copies++
		n, err := h.begin("copied", dir, l.has)
		if err == nil {
			h.say("life %d: copied from %d, which runs: %v", n.name, l.name, l.Running())
			err = h.write(n, h.r.IntN(3))
		}
		return err
	case 5: // remember
		if err := h.halt(l); err != nil {
			return err
		}
		m := moment{filepath.Join(h.dir, fmt.Sprintf("past-%d", len(h.past))), maps.Clone(l.has), l.Dir}
		h.past = append(h.past, m)
		return copyDir(l.Dir, m.path)
	case 6: // put back
		return h.putBack(l)
	case 7:
		if err := h.start(l); err != nil {
			return err
		}
		m := moment{filepath.Join(h.dir, fmt.Sprintf("backup-%d", len(h.files))), maps.Clone(l.has), l.Dir}
		h.files = append(h.files, m)
		return l.backup(m.path)
	}
	if len(h.files) == 0 {
		return nil
	}
	m := h.files[h.r.IntN(len(h.files))]
	h.restores++
	n, err := h.begin("restored", dir, m.has)
	if err != nil {
		return err
	}
	h.say("life %d: restored", n.name)
	if err := restore(h.bin, m.path, n.Dir); err != nil {
		return err
	}
	return h.write(n, h.r.IntN(3))
}

// putBack replaces the files of a directory by those that it had.
func (h *history) putBack(l *life) error {
	var of []moment
	for _, m := range h.past {
		if m.of == l.Dir {
			of = append(of, m)
		}
	}
	if len(of) == 0 {
		return nil
	}
	if err := h.halt(l); err != nil {
		return err
	}
	m := of[h.r.IntN(len(of))]
	if err := copyDir(m.path, l.Dir); err != nil {
		return err
	}
	h.putBacks++
	was := l.name
	l.name, l.has, l.fresh, l.told, l.how = h.number, maps.Clone(m.has), true, false, "put back"
	h.number++
	h.say("life %d: put back in the place of %d", l.name, was)
	return h.write(l, h.r.IntN(3))
}

// write makes some changes.
func (h *history) write(l *life, n int) error {
	if err := h.start(l); err != nil {
		return err
	}
	for range n {
		replica, err := l.replica()
		if err != nil {
			return err
		}
		id, kind := len(h.written), []string{"document", "document", "field", "count"}[h.r.IntN(4)]
		if err := l.carryOut(id, kind); err != nil {
			return err
		}
		h.say("life %d: %s %d as %.8s", l.name, kind, id, replica)
		h.written = append(h.written, write{l.name, replica, kind, maps.Clone(l.has)})
		l.has[id] = true
	}
	return nil
}

// meet lets one life and the peer come to hold the same, while no other runs.
func (h *history) meet(l *life) error {
	for _, o := range h.lives {
		if o != l {
			if err := h.halt(o); err != nil {
				return err
			}
		}
	}
	if err := h.b.Start(); err != nil {
		return err
	}
	if err := h.start(l); err != nil {
		return err
	}
	if err := h.settle(l); err != nil {
		return err
	}
	maps.Copy(h.has, l.has)
	maps.Copy(l.has, h.has)
	h.say("life %d: has met the peer", l.name)
	if h.r.IntN(3) == 0 { // it writes while the peer is there, as who it has become
		if err := h.write(l, 1); err != nil {
			return err
		}
		if err := h.settle(l); err != nil {
			return err
		}
		maps.Copy(h.has, l.has)
	}
	return errors.Join(h.halt(l), h.b.Stop())
}

// settle waits until a life and the peer hold the same, and say so of one another.
func (h *history) settle(l *life) (err error) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for begin := time.Now(); time.Since(begin) < process.Patience; <-tick.C {
		if err = h.same(l); err == nil {
			return nil
		}
	}
	return fmt.Errorf("life %d and the peer are not the same after %v: %w\n%s\n%s", l.name, process.Patience, err, l.Log.Tail(), h.b.Log.Tail())
}

func (h *history) same(l *life) error {
	var roots [2]string
	for i, p := range []*process.Peer{l.Peer, h.b} {
		var s struct {
			Peers []struct{ Peer, State string }
		}
		if err := p.JSON("/v1/status", &s); err != nil {
			return err
		}
		in := false
		for _, q := range s.Peers {
			in = in || q.State == "in-sync"
		}
		if !in {
			return fmt.Errorf("%s is in sync with nobody: %+v", p.Name, s)
		}
		var r struct{ Root string }
		if err := p.JSON("/v1/collections/"+collection+"/root", &r); err != nil {
			return err
		}
		roots[i] = r.Root
	}
	if roots[0] != roots[1] || roots[0] == "" {
		return fmt.Errorf("roots %q", roots)
	}
	return nil
}
