package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

const (
	diskMiB = 320
	writers = 4
	// resume is how long is waited for writes to be taken after there was room: only a peer that never goes on
	// takes so long. What was promised is within of the trial.
	resume = process.Patience
)

// trial is one disk, the peer on it, and another peer.
type trial struct {
	bin, dir   string
	random     *rand.Rand
	disk       *disk
	peer, calm *process.Peer
	told       func(number int, f fill) // called after each
	within     time.Duration            // after which writes have to be taken again; 0: it is printed only
	found      []string                 // violations
	number     int                      // of the fill
	now        fill                     // what came of it

	mu       sync.Mutex
	written  map[string]bool // acknowledged
	refused  int             // with 507
	strange  []string        // answers that should not be
	next     int
	unsteady bool // the peer is being stopped: requests may fail
	stops    int  // how often it was
}

// fill is what came of one.
type fill struct {
	written, refused int
	resumed, took    time.Duration
	note             string
}

func (t *trial) finding(format string, args ...any) {
	t.found = append(t.found, fmt.Sprintf("run %d: "+format, append([]any{t.number}, args...)...))
}

func (t *trial) run(first, count int) (err error) {
	t.written = map[string]bool{}
	if err := os.MkdirAll(t.dir, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(t.dir)
	if t.disk, err = newDisk(t.dir, diskMiB); err != nil {
		return err
	}
	defer t.disk.close()
	if err := t.start(); err != nil {
		return err
	}
	defer t.calm.Kill()
	defer t.peer.Kill()
	for i := range count {
		begun, written, refused := time.Now(), len(t.written), t.refused
		t.number, t.now = first+i, fill{}
		if err := t.once(); err != nil {
			return err
		}
		t.now.took, t.now.refused = time.Since(begun), t.refused-refused
		t.now.written = len(t.written) - written
		t.told(t.number, t.now)
		if err := t.shrink(); err != nil {
			return err
		}
	}
	if err := t.peer.Stop(); err != nil {
		t.finding("%v", err)
	}
	return nil
}

func (t *trial) start() (err error) {
	if t.calm, err = process.New(t.bin, "calm", filepath.Join(t.dir, "calm")); err != nil {
		return err
	}
	if err := t.calm.Start(); err != nil {
		return err
	}
	invite, err := t.calm.Invite()
	if err != nil {
		return err
	}
	if t.peer, err = process.New(t.bin, "peer", filepath.Join(t.disk.dir, "data")); err != nil {
		return err
	}
	return t.peer.Start("--join", invite)
}

// once writes, fills the disk to some point meanwhile, perhaps stops the peer,
// makes room, and compares.
func (t *trial) once() error {
	stop := make(chan struct{})
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() { t.write(t.peer, w, stop) })
	}
	all.Go(func() { t.write(t.calm, writers, stop) })
	end := func() { close(stop); all.Wait() }

	t.pause(50, 800)
	for range 1 + t.random.IntN(3) {
		leave := int64(0)
		if t.random.IntN(2) == 0 {
			leave = t.random.Int64N(64 << 20)
		}
		if err := t.disk.fill(leave); err != nil {
			end()
			return err
		}
		t.pause(100, 1500)
	}
	t.reads()
	if t.random.IntN(3) == 0 {
		if err := t.restart(); err != nil {
			end()
			return err
		}
		t.reads()
	}
	if !t.peer.Running() {
		t.finding("the peer has ended by itself: %s", t.peer.Log.Tail())
	}
	if err := t.disk.empty(); err != nil {
		end()
		return err
	}
	if err := t.resumes(); err != nil {
		end()
		return err
	}
	end()
	return t.compare()
}

func (t *trial) pause(from, to int) {
	<-time.After(time.Duration(from+t.random.IntN(to-from)) * time.Millisecond)
}

// restart ends the peer on the full disk, and starts it again. It has to come up, there or, if
// the neighbour has taken what opening needs, when there is room; until then it
// must not end.
func (t *trial) restart() error {
	t.mu.Lock()
	t.unsteady = true
	t.stops++
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		t.unsteady = false
		t.mu.Unlock()
	}()
	t.peer.Kill()
	if t.random.IntN(2) == 0 {
		if err := t.disk.fill(0); err != nil {
			return err
		}
	}
	ready, err := t.peer.Launch()
	if err != nil {
		return err
	}
	wait := time.After(10 * time.Second)
	select {
	case line := <-ready:
		return t.peer.Ready(line)
	case <-wait:
	}
	if !t.peer.Running() {
		t.finding("the peer has ended on the full disk: %s", t.peer.Log.Tail())
	}
	t.now.note = ", opened when there was room"
	if err := t.disk.empty(); err != nil {
		return err
	}
	select {
	case line := <-ready:
		return t.peer.Ready(line)
	case <-time.After(resume):
		return fmt.Errorf("not opened %v after there was room: %s", resume, t.peer.Log.Tail())
	}
}

// write puts documents until stop is closed.
func (t *trial) write(p *process.Peer, w int, stop <-chan struct{}) {
	filler := strings.Repeat(fmt.Sprintf("%d and what it says; ", w), 900)
	for {
		select {
		case <-stop:
			return
		default:
		}
		t.mu.Lock()
		t.next++
		key := fmt.Sprintf("w%d-%07d", w, t.next)
		base, stops := p.HTTP, t.stops
		if t.unsteady {
			stops = -1
		}
		t.mu.Unlock()
		a, err := process.Request(base, "PUT", "/v1/docs/full/"+key, fmt.Sprintf(`{"key":%q,"text":%q}`, key, filler))
		t.note(key, a, err, p == t.calm, stops)
		if err != nil || !a.OK() || p == t.calm {
			<-time.After(20 * time.Millisecond)
		}
	}
}

func (t *trial) note(key string, a process.Answer, err error, calm bool, stops int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil && a.OK():
		t.written[key] = true
	case err == nil && a.Status == 507 && strings.Contains(a.Body, "no-space") && !calm:
		t.refused++
	case (t.unsteady || t.stops != stops) && !calm:
	default:
		t.strange = append(t.strange, fmt.Sprintf("PUT %s: %d %.300s %v", key, a.Status, a.Body, err))
	}
}

// reads checks that documents which were acknowledged can be read now.
func (t *trial) reads() {
	t.mu.Lock()
	var keys []string
	for key := range t.written {
		if key[1] != '4' { // those may not have come
			keys = append(keys, key)
		}
		if len(keys) == 50 {
			break
		}
	}
	t.mu.Unlock()
	for _, key := range keys {
		a, err := t.peer.Do("GET", "/v1/docs/full/"+key, "")
		if err != nil || !a.OK() {
			t.finding("GET %s on a full disk: %d %.300s %v", key, a.Status, a.Body, err)
			return
		}
	}
}

// resumes waits for a write to be taken.
func (t *trial) resumes() error {
	begun, tick := time.Now(), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		a, err := t.peer.Do("PUT", "/v1/docs/full/resumed", `{"again":true}`)
		took := time.Since(begun)
		if err == nil && a.OK() {
			t.now.resumed = took
			if t.within > 0 && took > t.within {
				t.finding("writes were taken %v after there was room, want %v", took, t.within)
			}
			return nil
		}
		if took > resume {
			return fmt.Errorf("no writes %v after there was room: %d %s %v: %s", took, a.Status, a.Body, err, t.peer.Log.Tail())
		}
	}
}

// compare waits until both have the same root, and looks for what was
// acknowledged.
func (t *trial) compare() error {
	for _, s := range t.strange {
		t.finding("%s", s)
	}
	t.strange = nil
	var roots [2]struct{ Root string }
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(resume); ; <-tick.C {
		if err := t.peer.JSON("/v1/collections/full/root", &roots[0]); err != nil {
			return err
		}
		if err := t.calm.JSON("/v1/collections/full/root", &roots[1]); err != nil {
			return err
		}
		if roots[0] == roots[1] && roots[0].Root != "" {
			break
		}
		if time.Now().After(deadline) {
			t.finding("roots %s and %s", roots[0].Root, roots[1].Root)
			break
		}
	}
	have, err := t.peer.Documents("full")
	if err != nil {
		return err
	}
	for key := range t.written {
		if have[key] == "" {
			t.finding("%s was acknowledged and is lost", key)
		}
	}
	return nil
}

// shrink deletes what is there when the disk has no room for much more.
func (t *trial) shrink() error {
	if len(t.written) < 3000 {
		return nil
	}
	for key := range t.written {
		a, err := t.peer.Do("DELETE", "/v1/docs/full/"+key, "")
		if err != nil || !a.OK() && a.Status != 404 {
			return fmt.Errorf("DELETE %s: %d %s %v", key, a.Status, a.Body, err)
		}
		delete(t.written, key)
	}
	return nil
}
