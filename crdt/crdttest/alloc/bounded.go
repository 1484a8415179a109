package alloc

import (
	"math"
	"runtime"
	"runtime/metrics"
	"testing"
)

const (
	// Factor is how many bytes may be allocated for each one of the input.
	Factor = 16
	// Extra is how many bytes may be allocated whatever the input, 1 MiB.
	Extra = 1 << 20
)

// Bounded runs decode, which decodes an input of so many bytes, and fails t if
// it allocates more than Factor times that, and Extra. It may run decode again.
func Bounded(t testing.TB, input int, decode func()) {
	t.Helper()
	limit := Factor*uint64(input) + Extra
	if joint(limit) {
		decode()
		return
	}
	before := allocated()
	decode()
	if allocated()-before <= limit {
		return
	}
	most := uint64(0)
	for range 2 { // others may have allocated meanwhile
		took := exactly(decode)
		if took <= limit {
			return
		}
		most = took
	}
	t.Errorf("%d bytes of input took %d of memory, at most %d are allowed", input, most, limit)
}

// BoundedOnce is Bounded of what cannot be done twice, such as a step of a
// session. As it cannot be measured again it allows twice as much.
func BoundedOnce(t testing.TB, input int, decode func()) {
	t.Helper()
	limit := 2 * (Factor*uint64(input) + Extra)
	if joint(limit) {
		decode()
		return
	}
	before := allocated()
	decode()
	if took := allocated() - before; took > limit {
		t.Errorf("%d bytes of input took %d of memory", input, took)
	}
}

// least is what Together has seen allowed so far; nil: it does not run.
var least *uint64

// Together runs do and says what it took, and the least that a Bounded in it
// allows; these do not measure themselves meanwhile. Where took is no more than
// allowed, none of them has taken more than it may. Where it is more, do has to
// be done again, without Together. Nothing else may run in the process.
func Together(do func()) (took, allowed uint64) {
	allowed = math.MaxUint64
	least = &allowed
	defer func() { least = nil }()
	before := allocated()
	do()
	return allocated() - before, allowed
}

// joint notes a limit if Together measures.
func joint(limit uint64) bool {
	if least == nil {
		return false
	}
	*least = min(*least, limit)
	return true
}

func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// exactly stops the world to count.
func exactly(run func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
