package node

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/crdtstore/crdtstore/storage"
)

const (
	// groupBytes is how much local work is put into one storage transaction.
	groupBytes = 512 << 10
	// mergeBytes is the same for frames of peers; it is what a local write may
	// have to wait for.
	mergeBytes = 256 << 10
	// groupTasks bounds a group in the number of tasks.
	groupTasks = 2048
	// queueTasks is how many local writers may wait; who comes later blocks.
	queueTasks = 4096
	// relaxedSync is how long a relaxed commit may stay off the disk.
	relaxedSync = 200 * time.Millisecond
)

// writer is the one writer loop of a node. It drains its queues into storage
// transactions; the flusher syncs each once, then finishes all tasks that went
// into it: a hundred concurrent writers pay for one sync (Law H). The loop is
// ahead of the disk by one transaction of each queue at most, so that what comes
// meanwhile goes together.
type writer struct {
	disk    *disk
	flusher *flusher
	clock   *clock
	recent  *recent
	relaxed bool
	sink    *sink
	space   *spaceGuard
	// courtesy counts the local writes that somebody waits for.
	courtesy courtesy
	// writable is what local tasks may write; nil is everything.
	writable atomic.Pointer[scope]
	// committed is called after each commit that changed something, when it is
	// as durable as was asked for, before its tasks are finished.
	committed func([]change)

	unread        *unread
	local, remote *queue
	slots         chan struct{} // one for each local task that waits
	stop          chan struct{} // closed to end the loop
	stopped       chan struct{} // closed when it has ended

	turn  chan struct{} // of capacity 1: full while somebody commits
	crowd int           // local tasks of the last group; whose turn it is may touch it

	unsynced atomic.Bool   // relaxed: something may not be on disk, and the loop is to see to it
	dirtied  chan struct{} // unsynced has become true
}

func newWriter(d *disk, c *clock, r *recent, relaxed bool, s *sink) *writer {
	w := &writer{
		disk: d, clock: c, recent: r, relaxed: relaxed, sink: s,
		local: newQueue(), remote: newQueue(), slots: make(chan struct{}, queueTasks),
		stop: make(chan struct{}), stopped: make(chan struct{}),
		turn: make(chan struct{}, 1), dirtied: make(chan struct{}, 1),
	}
	w.flusher = newFlusher(d, w.told)
	w.unread = newUnread(w.remote)
	return w
}

// do queues a local task and waits until it is committed, in fsync mode
// durably. When ctx ends first the work may still be done.
func (w *writer) do(t *task) error {
	if err, done := w.atOnce(t); done {
		return err
	}
	wait, err := w.submit(t)
	if err != nil {
		return err
	}
	return wait()
}

// submit queues a local task; wait returns its outcome.
func (w *writer) submit(t *task) (wait func() error, err error) {
	select {
	case w.slots <- struct{}{}:
	case <-t.ctx.Done():
		return nil, t.ctx.Err()
	case <-w.stop:
		return nil, ErrClosed
	}
	done := make(chan error, 1)
	w.courtesy.begin(t)
	t.finish = func(err error) {
		w.courtesy.end(t)
		<-w.slots
		done <- err
	}
	w.local.push(t)
	return func() error {
		select {
		case err := <-done:
			return err
		case <-t.ctx.Done():
			return t.ctx.Err()
		case <-w.stopped:
		}
		select {
		case err := <-done:
			return err
		default:
			return ErrClosed
		}
	}, nil
}

// loop runs until stop is closed. It finishes what was committed; tasks that
// still wait are never run.
func (w *writer) loop() {
	defer close(w.stopped)
	go w.flusher.run()
	defer w.flusher.finish()
	flush := time.NewTimer(relaxedSync)
	flush.Stop()
	for {
		select {
		case <-w.stop:
		case <-w.local.wake:
		case <-w.remote.wake:
		case <-w.flusher.ready:
		case <-w.dirtied:
			flush.Reset(relaxedSync)
		case <-flush.C:
			w.unsynced.Store(false)
			w.flusher.put(&group{commit: w.disk.ended.Load()})
		}
		w.turn <- struct{}{}
		if w.stopping() {
			return // and nobody has a turn any more
		}
		w.round()
		<-w.turn
	}
}

// round commits what waits. Both sides take turns, so that neither starves.
func (w *writer) round() {
	free := w.flusher.free(w.local.count())
	if (free || w.relaxed) && !w.commit(w.gather(), false) && w.unsynced.CompareAndSwap(false, true) {
		signal(w.dirtied)
	}
	if free {
		w.unread.release()
		w.commit(w.remote.take(mergeBytes, groupTasks), true)
		w.flusher.went()
	}
}

// gather takes the local tasks of the next group. While a group waits for the
// disk the next one comes together by itself. Where none waits, those of the
// last group have just been told, and have their next tasks nearly ready: the
// loop lets them run first, so as not to commit one by one.
func (w *writer) gather() []*task {
	if w.relaxed && w.crowd > 1 {
		runtime.Gosched()
	}
	tasks := w.local.take(groupBytes, groupTasks)
	w.crowd = len(tasks)
	return tasks
}

// stopping reports whether nothing new is to be begun.
func (w *writer) stopping() bool {
	select {
	case <-w.stop:
		return true
	default:
		return false
	}
}

// commit commits the tasks of a group together, or in parts where they do not
// fit. Those that must be synced it gives to the flusher, others it finishes. It
// reports whether all that was committed is on disk, or will be at once.
func (w *writer) commit(tasks []*task, peers bool) (synced bool) {
	if len(tasks) == 0 {
		return true
	}
	if tasks = w.spared(tasks, peers); len(tasks) == 0 {
		return true
	}
	if err := w.disk.failure(); err != nil {
		finish(tasks, err)
		return true
	}
	g := &group{begun: time.Now()}
	if g.tasks, g.changes = w.apply(tasks); len(g.tasks) == 0 {
		return true
	}
	if w.mustSync(g.tasks) {
		g.commit = w.disk.ended.Load()
		w.flusher.put(g)
		return true
	}
	w.told(g, 0, nil)
	return !w.relaxed || len(g.changes) == 0
}

// told finishes the tasks of a group that is as durable as it has to be, or
// where the sync has failed. It is called by the loop and the flusher.
func (w *writer) told(g *group, sync time.Duration, err error) {
	if err == nil && len(g.changes) > 0 {
		w.courtesy.committed(g.changes)
		w.committed(g.changes)
		w.report(g.tasks, g.changes, time.Since(g.begun), sync)
	}
	finish(g.tasks, err)
}

// spared is what of a group is still written, with the disk as full as it is;
// the others are finished. What is derived, and roots are, needs little.
func (w *writer) spared(group []*task, peers bool) []*task {
	if err := w.space.check(true); err != nil {
		finish(group, err)
		return nil
	}
	err := w.space.check(peers)
	if err == nil {
		return group
	}
	var refused []*task
	for _, t := range group {
		if !t.derived {
			refused = append(refused, t)
		}
	}
	finish(refused, err)
	return without(group, refused)
}

// mustSync reports whether the outcome of a task promises durability.
func (w *writer) mustSync(done []*task) bool {
	for _, t := range done {
		if t.durable || !w.relaxed && !t.derived {
			return true
		}
	}
	return false
}

// apply runs the tasks in one storage transaction. It returns those that are
// committed now and finishes the others with their errors.
func (w *writer) apply(group []*task) (done []*task, changes []change) {
	for len(group) > 0 {
		if group = w.unread.behind(group); len(group) == 0 {
			break
		}
		b := &batch{clock: w.clock, recent: w.recent, writable: w.writable.Load()}
		var failed []*task // wrote nothing
		var spoiler *task  // failed after it had begun to write
		err := w.disk.update(func(sb *storage.Batch) error {
			b.Batch = sb
			for _, t := range group {
				b.writing = false
				if t.err = t.ctx.Err(); t.err == nil {
					t.err = t.run(b)
				}
				switch {
				case t.err == nil:
				case b.writing:
					spoiler = t
					return t.err
				default:
					failed = append(failed, t)
				}
			}
			return nil
		})
		if errors.Is(err, storage.ErrUnread) && spoiler != nil {
			if w.unread.hold(spoiler) {
				continue // without it, and those behind it
			}
			err = spoiler.err
		}
		switch {
		case err == nil:
			finish(failed, nil)
			return without(group, failed), b.changes
		case errors.Is(err, storage.ErrTxTooBig) && len(group) > 1:
			half := len(group) / 2
			d1, c1 := w.apply(group[:half])
			d2, c2 := w.apply(group[half:])
			return append(d1, d2...), append(c1, c2...)
		case spoiler == nil || len(group) == 1: // the commit itself failed
			w.space.failed(err)
			finish(group, tooLarge(err))
			return nil, nil
		}
		finish([]*task{spoiler}, nil)
		group = without(group, []*task{spoiler})
	}
	return nil, nil
}

// tooLarge says in the words of this package that one task alone exceeds what
// the store can commit.
func tooLarge(err error) error {
	if errors.Is(err, storage.ErrTxTooBig) {
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return err
}

func (w *writer) report(done []*task, changes []change, took, sync time.Duration) {
	e := CommitEvent{Took: took, Sync: sync}
	for _, t := range done {
		if t.durable {
			e.Merges++
		} else if !t.derived {
			e.Requests++
		}
	}
	for _, c := range changes {
		e.Documents += c.documents
	}
	w.sink.commit(e)
}

// finish tells tasks their outcome; err, if not nil, is that of all.
func finish(tasks []*task, err error) {
	for _, t := range tasks {
		if err != nil {
			t.err = err
		}
		t.finish(t.err)
	}
}

// without is the group without some of its tasks, in the same order.
func without(group, gone []*task) []*task {
	if len(gone) == 0 {
		return group
	}
	drop := make(map[*task]bool, len(gone))
	for _, t := range gone {
		drop[t] = true
	}
	var rest []*task
	for _, t := range group {
		if !drop[t] {
			rest = append(rest, t)
		}
	}
	return rest
}

// step runs work that can be done again from what is stored, such as hashing,
// between two groups.
func (w *writer) step(ctx context.Context, run func(b *batch) error) error {
	return w.do(&task{ctx: ctx, derived: true, run: run})
}
