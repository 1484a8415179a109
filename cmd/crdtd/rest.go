package main

import "log/slog"

// rest is what a process holds that only its use needs, and lets go of when its store has come to rest.
type rest struct {
	heap    heap
	program program
	log     *slog.Logger
	failed  bool
}

// come is called when the store has come to rest.
func (r *rest) come() {
	if !r.heap.rested() || r.failed {
		return
	}
	if err := r.program.letGo(); err != nil { // after the collection, which runs much of it
		r.failed = true
		r.log.Warn("the program is not kept small in memory any more", "error", err)
	}
}
