package mesh

import (
	"errors"
	"time"

	"github.com/crdtstore/crdtstore/storage"
)

// The bounds of package node, which are not exported there.
const (
	groupBytes       = 512 << 10 // local work in one transaction
	mergeBytes       = 256 << 10 // frames of peers in one
	groupTasks       = 2048
	documentOverhead = 256 // bytes that a document counts for besides its key and body
)

// perDocument is what a document adds to the time of a commit.
const perDocument = 20 * time.Microsecond

// task is one piece of work for the writer: a local transaction, a frame of a
// peer, a step of hashing.
type task struct {
	size      int
	documents int
	run       func(b *storage.Batch) error
	// finish is called when the disk has it, or with why it has not. changed,
	// where there is any, names the collection that sessions must be told of, ""
	// for none.
	finish  func(error)
	changed func() string
	derived bool // needs no sync
}

// writer is the one writer loop of a peer (package node, writer.go): local
// tasks and frames take turns, each group is one transaction and one sync.
type writer struct {
	p             *peer
	local, remote []*task
	busy          bool
	stopped       bool // the process is gone
}

func (wr *writer) push(queue *[]*task, t *task) {
	*queue = append(*queue, t)
	if !wr.busy {
		wr.busy = true
		wr.p.w.after(0, wr.round)
	}
}

// round commits a group of each queue, and goes on while there is work.
func (wr *writer) round() {
	wr.commit(take(&wr.local, groupBytes), func() {
		wr.commit(take(&wr.remote, mergeBytes), func() {
			if wr.busy = len(wr.local)+len(wr.remote) > 0; wr.busy {
				wr.round()
			}
		})
	})
}

// take removes tasks from the front: as many as fit limit bytes, at least one.
func take(queue *[]*task, limit int) []*task {
	n, size := 0, 0
	for n < len(*queue) && n < groupTasks && (n == 0 || size+(*queue)[n].size <= limit) {
		size += (*queue)[n].size
		n++
	}
	group := (*queue)[:n:n]
	if *queue = (*queue)[n:]; len(*queue) == 0 {
		*queue = nil
	}
	return group
}

// commit lets the time pass that a transaction takes, commits, lets the time
// pass that the disk takes, and tells everybody.
func (wr *writer) commit(group []*task, then func()) {
	if wr.stopped {
		return
	}
	if len(group) == 0 {
		then()
		return
	}
	o := wr.p.w.o
	took, sync := o.Commit, time.Duration(0)
	for _, t := range group {
		took += time.Duration(t.documents) * perDocument
		if !t.derived {
			sync = o.Sync
		}
	}
	wr.p.w.after(took, func() {
		if wr.stopped {
			return
		}
		done := wr.apply(group)
		wr.p.w.after(sync, func() {
			if wr.stopped {
				return
			}
			wr.finish(done, sync > 0)
			then()
		})
	})
}

// apply runs tasks in one transaction, or in several where they do not fit,
// and returns those that are committed.
func (wr *writer) apply(group []*task) (done []*task) {
	err := wr.p.docs.Update(func(b *storage.Batch) error {
		for _, t := range group {
			if err := t.run(b); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case err == nil:
		return group
	case errors.Is(err, storage.ErrTxTooBig) && len(group) > 1:
		half := len(group) / 2
		return append(wr.apply(group[:half]), wr.apply(group[half:])...)
	case errors.Is(err, storage.ErrTxTooBig):
		group[0].finish(err)
		return nil
	}
	wr.p.w.fail("%s cannot commit: %v", wr.p, err)
	return nil
}

// finish syncs, tells the sessions what has changed, and then the tasks that
// they are done.
func (wr *writer) finish(done []*task, sync bool) {
	if sync {
		wr.p.sync()
	}
	changed := map[string]bool{}
	for _, t := range done {
		if t.changed == nil {
			continue
		}
		if c := t.changed(); c != "" && !changed[c] {
			changed[c] = true
			wr.p.changed(c)
		}
	}
	for _, t := range done {
		t.finish(nil)
	}
}
