package bubble

import (
	"testing"
	"testing/synctest"
)

// Test runs f in a new bubble and waits for every goroutine of it, as
// [synctest.Test] does. Tests that run in parallel may each have a bubble.
func Test(t *testing.T, f func(*testing.T)) {
	t.Helper()
	defer enter()()
	synctest.Test(t, f)
}

// Wait returns when every other goroutine of the bubble waits for something in
// it. It panics outside a bubble.
func Wait() { synctest.Wait() }
