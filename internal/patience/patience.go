package patience

import (
	"context"
	"testing"
	"time"
)

const (
	// toSay is what is kept back at the end, to say what did not happen and to clean up.
	toSay = 20 * time.Second
	// unlimited is how long a test waits that has no time limit.
	unlimited = 24 * time.Hour
)

// End is when t gives up waiting for what must happen.
func End(t testing.TB) time.Time {
	limited, ok := t.(interface{ Deadline() (time.Time, bool) })
	if !ok {
		return time.Now().Add(unlimited)
	}
	end, ok := limited.Deadline()
	if !ok {
		return time.Now().Add(unlimited)
	}
	return end.Add(-min(toSay, max(0, time.Until(end)/2)))
}

// Of is a context that is over at the End of t, or when t is.
func Of(t testing.TB) context.Context {
	ctx, cancel := context.WithDeadline(context.Background(), End(t))
	t.Cleanup(cancel)
	return ctx
}
