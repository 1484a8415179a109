package main

import (
	"runtime/debug"
	"runtime/metrics"
)

// heap is the memory that the runtime of Go manages. It collects garbage when it has grown to
// twice what was alive, or after two minutes, and gives back to the system slowly; a process at rest
// would keep for ever what its start, or the last import, has used.
type heap struct{ allocated uint64 } // bytes until the last time

const (
	// leastGarbage is from how many bytes on that were allocated since it is worth a collection.
	leastGarbage = 1 << 20
	// garbageShare is the same as a share of what was alive the last time, which a collection looks at: a
	// process that is used a little every few seconds, and rests in between, does not collect all the time.
	garbageShare = 8
)

// rested gives back to the system what is not in use, and reports whether enough was allocated since the
// last time to be worth it.
func (h *heap) rested() (collected bool) {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	now := s[0].Value.Uint64()
	if now-h.allocated <= max(leastGarbage, s[1].Value.Uint64()/garbageShare) {
		return false
	}
	debug.FreeOSMemory()
	h.allocated = now
	return true
}
