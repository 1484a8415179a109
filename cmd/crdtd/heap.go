package main

import (
	"runtime/debug"
	"runtime/metrics"
)

// heap is the memory that the runtime of Go manages. It collects garbage when it has grown to
// twice what was alive, or after two minutes, and gives back to the system slowly; a process at rest
// would keep for ever what its start, or the last import, has used.
type heap struct{ allocated uint64 } // bytes until the last time

// leastGarbage is from how many bytes on that were allocated since it is worth a collection.
const leastGarbage = 1 << 20

// rested gives back to the system what is not in use.
func (h *heap) rested() {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	if now := s[0].Value.Uint64(); now-h.allocated > leastGarbage {
		debug.FreeOSMemory()
		h.allocated = now
	}
}
