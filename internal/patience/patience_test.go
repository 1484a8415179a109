package patience_test

import (
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/internal/patience"
)

// limited is a test whose time limit is known.
type limited struct {
	testing.TB
	end time.Time
}

func (l limited) Deadline() (time.Time, bool) { return l.end, !l.end.IsZero() }

// TestEnd: something is kept back of the time limit, and never more than half of it; who has none waits long.
func TestEnd(t *testing.T) {
	for _, left := range []time.Duration{10 * time.Minute, 10 * time.Second} {
		end := time.Now().Add(left)
		if got := end.Sub(patience.End(limited{t, end})); got <= 0 || got > left/2 {
			t.Errorf("of %v %v are kept back", left, got)
		}
	}
	over := time.Now().Add(-time.Second)
	if got := patience.End(limited{t, over}); got.After(over) {
		t.Errorf("%v after the time limit", got.Sub(over))
	}
	for _, tb := range []testing.TB{limited{t, time.Time{}}, struct{ testing.TB }{t}} {
		if left := time.Until(patience.End(tb)); left < time.Hour {
			t.Errorf("a test without a limit waits for %v", left)
		}
	}
	if ctx := patience.Of(limited{t, over}); ctx.Err() == nil {
		t.Error("goes on behind its end")
	}
}

// TestEndInABubble: there the time limit is no moment of the time that passes, and no test may ask for it.
func TestEndInABubble(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		begin := time.Now()
		<-patience.Of(t).Done()
		if took := time.Since(begin); took != time.Minute {
			t.Errorf("given up after %v", took)
		}
	})
}
