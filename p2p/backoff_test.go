package p2p

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBackoffCourse(t *testing.T) {
	const middle = 0.5 // jitter that changes nothing
	for _, c := range []struct {
		b    Backoff
		want []time.Duration // after 1, 2, 3… failures
	}{
		{Backoff{}, []time.Duration{1e9, 2e9, 4e9, 8e9, 16e9, 32e9, 64e9, 128e9, 256e9, 300e9, 300e9}},
		{Refusal, []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute}},
		{Backoff{Min: 10, Max: 25}, []time.Duration{10, 20, 25, 25}},
		{Backoff{Min: 10, Max: 5}, []time.Duration{5, 5}},
	} {
		for i, want := range c.want {
			// Delay takes a quarter off in whole nanoseconds.
			if got := c.b.Delay(i+1, middle); got < want-2 || got > want+2 {
				t.Errorf("%+v after %d failures: %v, want %v", c.b, i+1, got, want)
			}
		}
	}
	if got := Refusal.Delay(1000, middle); got != 24*time.Hour {
		t.Errorf("refused a thousand times: %v, want a day", got)
	}
}

func TestBackoffBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Backoff{
			Min: time.Duration(rapid.Int64Range(0, math.MaxInt64/4).Draw(t, "min")),
			Max: time.Duration(rapid.Int64Range(0, math.MaxInt64/4).Draw(t, "max")),
		}
		n := rapid.IntRange(0, 1<<30).Draw(t, "failures")
		j := rapid.Float64Range(0, 0.999999).Draw(t, "jitter")
		limit := b.Max
		if limit == 0 {
			limit = 5 * time.Minute
		}
		if d := b.Delay(n, j); d < 0 || d > limit+limit/4+1 {
			t.Fatalf("%+v.Delay(%d, %v) = %v", b, n, j, d)
		}
		if b.Delay(n, 0) > b.Delay(n+1, 0) {
			t.Fatalf("%+v: waits less after more failures", b)
		}
	})
}
