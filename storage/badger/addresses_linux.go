package badger

import (
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"unsafe"
)

// addresses is a part of the address space in which files of stores are mapped,
// and nothing else is: whatever asks for no place is put far above by the
// system, and the heap of Go begins above it as well. So pages there can be let
// go of at any time. If a table is gone meanwhile, and even if another one has
// its place, nothing but pages of files is lost from memory, which are read
// again.
type addresses struct {
	from, to uintptr // both 0 if nothing is known of this architecture
	mu       sync.Mutex
	next     uintptr
}

// places are the addresses by architecture. On arm64 they are those of the
// smallest address space in use, of 39 bits. Both begin above what a program
// that is not relocated has behind itself, and end below the heap of Go
// (0xc000000000 and 0x4000000000), the shadow memory of the race detector,
// relocated programs, and where the system begins to map, in either direction
// (2/3, and 1/3 or 1/4, of the address space, and its end).
var places = map[string][2]uint64{
	"amd64": {1 << 36, 1 << 39},
	"arm64": {1 << 36, 1 << 37},
}

// own are the addresses of this process, for all its stores.
var own = newAddresses(places[runtime.GOARCH])

// newAddresses begins at one of them by chance, as the system does.
func newAddresses(place [2]uint64) *addresses {
	a := &addresses{from: uintptr(place[0]), to: uintptr(place[1])}
	if a.to > a.from {
		a.next = a.from + uintptr(rand.Uint64N(uint64(a.to-a.from)))&^inPage
	}
	return a
}

// inPage are the bits of an address within a page.
var inPage = uintptr(os.Getpagesize() - 1)

// take is where so many bytes are to be mapped; 0 leaves it to the system. No
// address is given out again before all others were. It may be in use then:
// the system maps the file somewhere else, and its pages are not let go of.
func (a *addresses) take(length uintptr) uintptr {
	a.mu.Lock()
	defer a.mu.Unlock()
	length = (length + inPage) &^ inPage
	if length > a.to-a.from {
		return 0
	}
	if length > a.to-a.next {
		a.next = a.from
	}
	at := a.next
	a.next += length
	return at
}

// forget drops what unix.Mmap has noted of mappings at these addresses. It does so
// itself when they are unmapped by unix.Munmap, which Badger does not call, or when
// there is another one at the same place, which here takes long.
func (a *addresses) forget() {
	mapper.Lock()
	defer mapper.Unlock()
	for last := range mapper.active {
		if a.has(uintptr(unsafe.Pointer(last))) {
			delete(mapper.active, last)
		}
	}
}

// has reports whether an address is one of them.
func (a *addresses) has(at uintptr) bool { return a.from <= at && at < a.to }
