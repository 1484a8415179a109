package schedule

import (
	"errors"

	"github.com/crdtstore/crdtstore/storage/memory"
)

// room is how full a disk is.
type room int

// The levels, as a node tells them apart.
const (
	roomy        room = iota
	writesNo          // local writes are refused
	takesNothing      // so is what peers send
	diskFull          // it refuses whatever is written to it
)

var errFull = errors.New("no space left on the disk")

// fill fills the disk of a peer for a while.
func (w *world) fill() {
	p := w.someone()
	p.room = pick(w.luck, []room{writesNo, takesNothing, diskFull})
	p.cramped = 5 + w.luck.IntN(40)
	w.tally["disks full"]++
	w.tell("the disk of %s is full: %d", p, p.room)
}

// pass lets a step pass.
func (p *peer) pass() {
	p.slow--
	if p.cramped--; p.cramped == 0 {
		p.calm()
		p.w.tell("the disk of %s has room again", p)
	}
}

// writes reports whether p takes local writes.
func (p *peer) writes() bool {
	switch {
	case p.room >= writesNo && p.room != diskFull:
		p.w.tally["writes refused for want of room"]++
		return false
	case p.unaware() && !p.w.seams.careless: // what it writes would take dots that are taken: see rollBack
		return false
	}
	return true
}

// tail is a store as it was at some moment since the last sync.
type tail struct {
	memory *memory.Store
	ghosts ghosts
}

// wag remembers what a power cut may leave.
func (p *peer) wag() {
	if p.w.torn && p.w.luck.Float64() < 0.5 && len(p.tails) < 4 && len(p.rotten) == 0 {
		p.tails = append(p.tails, tail{p.memory.Kill(), p.ghosts.clone()})
	}
}

// powerCut leaves p with what was synced, and maybe with some of what came
// after it. Damage that no sync has followed goes with the rest.
func (p *peer) powerCut() {
	if p.marred {
		p.rotten, p.marred = nil, false
	}
	if n := len(p.tails); n > 0 && p.w.luck.Float64() < 0.7 {
		t := p.tails[p.w.luck.IntN(n)]
		p.w.tally["power cuts that leave a part"]++
		if err := t.memory.Sync(); err != nil {
			p.w.fail("sync what is left: %v", err)
		}
		p.memory, p.durable = t.memory, t.ghosts
		p.ghosts = p.durable.clone()
		return
	}
	p.memory = p.memory.Crash()
	p.ghosts = p.durable.clone()
}
