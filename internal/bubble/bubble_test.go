package bubble_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
)

// Goroutines of one bubble look at expired tickers at the same moment, and a
// function is started by a timer. Entered through synctest.Test, a program
// with the race detector on several threads dies of this within a hundred
// rounds.
func TestExpiredTimersOfManyGoroutines(t *testing.T) {
	for range 100 {
		bubble.Test(t, func(*testing.T) {
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					tick := time.NewTicker(time.Millisecond)
					defer tick.Stop()
					for range 100 {
						time.Sleep(time.Millisecond)
						select {
						case <-tick.C:
						default:
						}
					}
				})
			}
			all.Wait()
			called := make(chan struct{})
			time.AfterFunc(time.Second, func() { close(called) })
			<-called
		})
	}
}

// The last bubble to end, of those that exist at the same time, gives back the
// threads; one whose test failed or was skipped has ended too.
func TestThreadsComeBack(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	t.Run("all", func(t *testing.T) {
		for range 4 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				bubble.Test(t, func(t *testing.T) {
					time.Sleep(time.Hour)
					bubble.Wait()
					t.Skip("ends early")
				})
			})
		}
	})
	if now := runtime.GOMAXPROCS(0); now != before {
		t.Errorf("%d threads after all bubbles, %d before", now, before)
	}
}
