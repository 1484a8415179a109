package integration

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// churning is how long TestChurn kills and restarts; two minutes is the
// acceptance run.
var churning = flag.Duration("churn", 6*time.Second, "how long TestChurn kills and restarts a fifth of its 20 peers")

// acceptance reports whether this is that run, which has the machine alone: times are
// bounded in it, and in no other.
func acceptance() bool { return *churning >= 2*time.Minute }

const (
	crowdSize = 20
	victims   = crowdSize / 5 // that are dead at a time
	pace      = 100 * time.Millisecond
)

// crowd starts peers on ports of the system's choice, each with at most eight
// sessions; all were invited by the first.
func crowd(t *testing.T, n int) []*peer {
	t.Helper()
	all := make([]*peer, n)
	for i := range all {
		all[i] = newPeer(t, fmt.Sprintf("p%02d", i))
		all[i].port = 0
	}
	all[0].start("--sessions", "8")
	invite := all[0].invite()
	var wg sync.WaitGroup
	failed := make(chan error, n)
	slots := make(chan struct{}, 4)
	for _, p := range all[1:] {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := p.tryStart("--sessions", "8", "--join", invite); err != nil {
				failed <- err
			}
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
	return all
}

// ledger is what was acknowledged to writers of the crowd.
type ledger struct {
	mu    sync.Mutex
	wrote map[string]string // key → document
}

// writer writes to one life of a peer until it does not answer any more, or
// stop is closed; done is closed at its end.
func (l *ledger) writer(p *peer, life int, stop <-chan struct{}) (done chan struct{}) {
	done = make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			key := fmt.Sprintf("%s/%d/%d", p.name, life, n)
			doc := fmt.Sprintf(`{"by":%q,"n":%d}`, p.name, n)
			a, err := p.try("PUT", docPath("w", key), doc)
			if err != nil {
				return // killed
			}
			if a.status/100 != 2 {
				p.t.Errorf("%s: PUT %s: %d %s", p.name, key, a.status, a.body)
				return
			}
			l.mu.Lock()
			l.wrote[key] = doc
			l.mu.Unlock()
		}
	}()
	return done
}

// TestChurn: of twenty peers with eight sessions each a fifth is killed and
// restarted again and again while all are written to. Soon after the last
// restart all hold the same, and nothing that was acknowledged is lost.
func TestChurn(t *testing.T) {
	if testing.Short() {
		t.Skip("twenty processes")
	}
	m := crowd(t, crowdSize)
	m[0].request("PUT", docPath("w", "first"), `{}`)
	converged(t, "w", m...)
	few(t, m)
	spread(t, m)
	l := &ledger{wrote: map[string]string{}}
	stop := make(chan struct{})
	writers := make([]chan struct{}, len(m))
	for i, p := range m {
		writers[i] = l.writer(p, 0, stop)
	}
	kills := 0
	for begin := time.Now(); time.Since(begin) < *churning; {
		kills++
		gone := rand.Perm(len(m))[:victims]
		for _, i := range gone {
			m[i].kill()
			<-writers[i]
			m[i].checkLog()
		}
		for _, i := range gone {
			m[i].start("--sessions", "8")
			writers[i] = l.writer(m[i], kills, stop)
		}
	}
	last := time.Now()
	close(stop)
	for _, w := range writers {
		<-w
	}
	converged(t, "w", m...)
	took := time.Since(last)
	t.Logf("%d peers killed and restarted in %v, %d writes acknowledged; one root %v after the last restart",
		kills*victims, churning, len(l.wrote), took.Round(time.Millisecond))
	if took > 10*time.Second && acceptance() {
		t.Errorf("converged %v after the last restart, want 10 s", took)
	}
	have := m[rand.IntN(len(m))].export("w") // all hold the same
	for key, doc := range l.wrote {
		if got, ok := have[key]; !ok {
			t.Errorf("acknowledged %s is lost", key)
		} else if d := diffJSON(got, doc); d != "" {
			t.Errorf("%s: %s", key, d)
		}
	}
	few(t, m)
}

// few checks that nobody has more sessions than it may, but for visits.
func few(t *testing.T, m []*peer) {
	t.Helper()
	most, total := 0, 0
	for _, p := range m {
		s, err := p.status()
		must(t, err)
		n := 0
		for _, q := range s.Peers {
			if q.State == "in-sync" || q.State == "syncing" {
				n++
			}
		}
		if n > 8+1+2 {
			t.Errorf("%s has %d sessions", p.name, n)
		}
		most, total = max(most, n), total+n
	}
	t.Logf("sessions: %d at most, %.1f on average", most, float64(total)/float64(len(m)))
}
