package integration

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/patience"
)

// sighting is a change that a peer told its watcher.
type sighting struct {
	key string
	at  time.Time
}

// watch follows the changes of a collection at a peer until ctx ends.
func (p *peer) watch(ctx context.Context, collection string) (<-chan sighting, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", p.http+"/v1/changes?collection="+collection, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/x-ndjson")
	resp, err := (&http.Client{}).Do(req) // without a time limit
	if err != nil {
		return nil, err
	}
	out := make(chan sighting, 1024)
	go func() {
		defer close(out)
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			var c struct{ Key string }
			if json.Unmarshal(lines.Bytes(), &c) == nil && c.Key != "" {
				out <- sighting{c.Key, time.Now()}
			}
		}
	}()
	return out, nil
}

// mostSpread is after how long one write is everywhere, but for one in a hundred, on two quiet cores.
const mostSpread = 250 * time.Millisecond

// spread measures how long a write takes to be seen at every peer, through
// their HTTP interfaces, and reports it; in the acceptance run it is bounded.
func spread(t *testing.T, m []*peer) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := make([]<-chan sighting, len(m))
	for i, p := range m {
		var err error
		seen[i], err = p.watch(ctx, "spread")
		must(t, err)
	}
	const writes = 100
	took := make([]time.Duration, 0, writes)
	for i := range writes {
		key, begin := fmt.Sprint("k", i), time.Now()
		m[i%len(m)].request("PUT", docPath("spread", key), `{}`)
		var last time.Duration
		for j, s := range seen {
			last = max(last, waitFor(t, m[j], s, key).Sub(begin))
		}
		took = append(took, last)
	}
	slices.Sort(took)
	p99 := took[writes*99/100]
	t.Logf("one write seen at all %d peers: p50 %v, p99 %v", len(m), took[writes/2], p99)
	if p99 > mostSpread && acceptance() {
		t.Errorf("one write is seen at all %d peers after %v (p99), want %v", len(m), p99, mostSpread)
	}
}

// waitFor waits until a watcher has seen a key, and says when that was.
func waitFor(t *testing.T, p *peer, seen <-chan sighting, key string) time.Time {
	t.Helper()
	limit := patience.Of(t).Done()
	for {
		select {
		case s, ok := <-seen:
			if !ok {
				t.Fatalf("%s: the changes ended", p.name)
			}
			if s.key == key {
				return s.at
			}
		case <-limit:
			t.Fatalf("%s: %s is not seen", p.name, key)
		}
	}
}
