package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// ErrSpace is returned for a write while the disk that holds Options.Dir is
// nearly full. Nothing was written. Reads go on, and writes are taken again
// some seconds after there is room.
var ErrSpace = storage.ErrSpace

// SpaceLevel says what is still done with the disk as full as it is.
type SpaceLevel string

// The levels, from much room to none.
const (
	SpaceUnguarded SpaceLevel = "unguarded" // in memory, or it is not known what is free
	SpaceOK        SpaceLevel = "ok"
	SpaceLow       SpaceLevel = "low"    // everything is done, and said
	SpaceRefuse    SpaceLevel = "refuse" // writes fail with ErrSpace; peers' changes are taken
	SpaceFull      SpaceLevel = "full"   // those are not either: sessions are paused
)

// rank orders the levels.
func (l SpaceLevel) rank() int {
	switch l {
	case SpaceLow:
		return 1
	case SpaceRefuse:
		return 2
	case SpaceFull:
		return 3
	}
	return 0
}

// SpaceStatus is how full the disk is.
type SpaceStatus struct {
	Level       SpaceLevel
	Free, Total int64  // bytes
	Ballast     int64  // bytes that are kept to open a full disk; 0 while there are none
	Why         string // why writes are refused, or the level is not known; ""
}

// SpaceEvent says that the level is another one.
type SpaceEvent struct {
	Old, New    SpaceLevel
	Free, Total int64
}

const (
	// spaceEvery is how often the disk is looked at.
	spaceEvery = time.Second
	// spaceAge is how old that may be when a group of writes begins.
	spaceAge = 100 * time.Millisecond
	// lowShare is which part of a disk is little: one in so many; but at most lowMost.
	lowShare = 20
	lowMost  = 2 << 30
)

// spaceLimits are what must be free for a level not to be taken, in bytes. A level is left when a quarter more
// is free, so that it does not come and go.
type spaceLimits struct{ low, refuse, full int64 }

// limitsOf are those of a profile, on a disk of so many bytes. What is refused
// at is room for the memtables that are open to become tables, and for the
// compaction behind them.
func limitsOf(p Profile, total int64) spaceLimits {
	l := spaceLimits{low: 128 << 20, refuse: 48 << 20, full: 32 << 20}
	if p == Server {
		l = spaceLimits{low: 512 << 20, refuse: 256 << 20, full: 192 << 20}
	}
	l.low = max(l.low, min(total/lowShare, lowMost))
	return l
}

// level is what so much free space amounts to, after now.
func (l spaceLimits) level(now SpaceLevel, free int64) SpaceLevel {
	for _, x := range []struct {
		level SpaceLevel
		limit int64
	}{{SpaceFull, l.full}, {SpaceRefuse, l.refuse}, {SpaceLow, l.low}} {
		limit := x.limit
		if now.rank() >= x.level.rank() {
			limit += limit / 4
		}
		if free < limit {
			return x.level
		}
	}
	return SpaceOK
}

// spaceGuard looks at the disk, and says what may still be written.
type spaceGuard struct {
	probe   func() (free, total int64, err error) // nil: nothing is guarded
	room    func() error                          // of the store: whether it can commit now
	profile Profile
	ballast *ballast
	changed func(SpaceEvent)

	mu      sync.Mutex
	at      time.Time
	status  SpaceStatus
	starved error // of the store, which could not commit
}

// newSpaceGuard guards a directory; changed is called when the level changes.
func newSpaceGuard(o Options, store storage.Store, b *ballast, changed func(SpaceEvent)) *spaceGuard {
	g := &spaceGuard{profile: o.Profile, ballast: b, changed: changed, status: SpaceStatus{Level: SpaceUnguarded}}
	if o.Dir == "" && o.space == nil {
		return g
	}
	g.probe = func() (int64, int64, error) { return diskSpace(o.Dir) }
	if o.space != nil {
		g.probe = o.space
	}
	if s, ok := store.(interface{ Room() error }); ok {
		g.room = s.Room
	}
	g.look()
	return g
}

// look brings the level up to date.
func (g *spaceGuard) look() {
	if g.probe == nil {
		return
	}
	free, total, err := g.probe()
	g.mu.Lock()
	old := g.status
	g.at = time.Now()
	if err != nil {
		g.status = SpaceStatus{Level: SpaceUnguarded, Why: err.Error()}
	} else {
		g.status = SpaceStatus{Free: free, Total: total}
		g.status.Level = limitsOf(g.profile, total).level(old.Level, free)
	}
	switch {
	case g.starved != nil:
		g.status.Level, g.status.Why = SpaceFull, g.starved.Error()
	case g.status.Level.rank() >= SpaceRefuse.rank():
		g.status.Why = fmt.Sprintf("%d MiB are free of %d MiB", free>>20, total>>20)
	}
	g.status.Ballast = g.ballast.bytes()
	now := g.status
	g.mu.Unlock()
	if now.Level != old.Level {
		g.changed(SpaceEvent{old.Level, now.Level, now.Free, now.Total})
	}
}

// tend looks whether a store that could not commit can again, and keeps the
// ballast.
func (g *spaceGuard) tend() {
	g.mu.Lock()
	starved := g.starved != nil
	g.mu.Unlock()
	if starved && g.room != nil && !errors.Is(g.room(), storage.ErrSpace) {
		g.mu.Lock()
		g.starved = nil
		g.mu.Unlock()
	}
	g.look()
	if now := g.now(); now.Level == SpaceOK || now.Level == SpaceLow {
		limits := limitsOf(g.profile, now.Total)
		g.ballast.make(now.Free - limits.refuse - limits.refuse/4)
	}
}

// loop tends the disk until ctx ends.
func (g *spaceGuard) loop(ctx context.Context) {
	if g.probe == nil {
		return
	}
	tick := time.NewTicker(spaceEvery)
	defer tick.Stop()
	for {
		g.tend()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// now is what was seen last.
func (g *spaceGuard) now() SpaceStatus {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.status
}

// check is ErrSpace if nothing may be written now, by peers or by others.
func (g *spaceGuard) check(peers bool) error {
	if g == nil || g.probe == nil {
		return nil
	}
	g.mu.Lock()
	old := time.Since(g.at) > spaceAge
	g.mu.Unlock()
	if old {
		g.look()
	}
	limit := SpaceRefuse
	if peers {
		limit = SpaceFull
	}
	if now := g.now(); now.Level.rank() >= limit.rank() {
		return fmt.Errorf("%w: %s", ErrSpace, now.Why)
	}
	return nil
}

// failed notes that the store could not commit for want of room: the disk was
// filled since it was looked at.
func (g *spaceGuard) failed(err error) {
	if g == nil || !errors.Is(err, storage.ErrSpace) || g.probe == nil || g.room == nil {
		return
	}
	g.mu.Lock()
	g.starved = err
	g.mu.Unlock()
	g.look()
}

// full reports whether nothing is taken from peers.
func (g *spaceGuard) full() bool { return g != nil && g.now().Level == SpaceFull }

// spaceChanged tells what the level is, and pauses sessions, or lets them go
// on.
func (n *Node) spaceChanged(e SpaceEvent) {
	n.sink.space(e)
	if n.mesh == nil || (e.Old == SpaceFull) == (e.New == SpaceFull) {
		return
	}
	for _, p := range n.mesh.all() {
		for _, s := range p.running() {
			s.tell(antientropy.Pause{On: n.mesh.pauses(p)})
		}
	}
	n.progress.changed("")
}
