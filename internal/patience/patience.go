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
	// simulated is how long a test waits in a bubble, whose time passes only when all that is in it waits: there a
	// slow machine takes no longer, and who is to wait for more says so itself.
	simulated = time.Minute
)

// bubbleYear is the year in which the time of every bubble begins (testing/synctest).
const bubbleYear = 2000

// End is when t gives up waiting for what must happen: within a bubble after a simulated minute.
func End(t testing.TB) time.Time {
	if now := time.Now(); now.Year() == bubbleYear {
		return now.Add(simulated) // and the time limit cannot be asked for
	}
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
