package main

import (
	"runtime"
	"runtime/metrics"
	"testing"
)

var kept []byte

// TestHeapRested: what was allocated and is not used any more is given back to the system, and nothing is
// collected where nothing was allocated since.
func TestHeapRested(t *testing.T) {
	memory := func() (inUse, collections uint64) {
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"}, {Name: "/gc/cycles/forced:gc-cycles"}}
		metrics.Read(s)
		return s[0].Value.Uint64() + s[1].Value.Uint64(), s[2].Value.Uint64()
	}
	var h heap
	runtime.GC()
	kept = make([]byte, 64<<20)
	kept = nil
	before, _ := memory()
	h.rested()
	after, collected := memory()
	if after+32<<20 > before { // what the start of the program left is more or less
		t.Errorf("%d bytes are held, %d before", after, before)
	}
	h.rested()
	if _, n := memory(); n != collected {
		t.Errorf("%d collections of nothing", n-collected)
	}
}

// TestHeapRestsWhileUsed: where much is alive, a little that was allocated is no reason to look at all of it.
func TestHeapRestsWhileUsed(t *testing.T) {
	forced := func() uint64 {
		s := []metrics.Sample{{Name: "/gc/cycles/forced:gc-cycles"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	alive := make([]byte, 64<<20)
	var h heap
	h.rested()
	before := forced()
	kept = make([]byte, 2*leastGarbage)
	if h.rested(); forced() != before {
		t.Errorf("collected for %d bytes", len(kept))
	}
	kept = make([]byte, len(alive)/garbageShare*2)
	if h.rested(); forced() == before {
		t.Errorf("not collected for %d bytes", len(kept))
	}
	kept = nil
	runtime.KeepAlive(alive)
}
