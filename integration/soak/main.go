package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

func main() {
	length := flag.Duration("for", 10*time.Minute, "how long")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of everything that is random here")
	flag.Parse()
	dir, err := os.MkdirTemp("", "crdtstore-soak-")
	if err == nil {
		err = run(os.Stdout, dir, *length, *seed)
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "soak: %v\nrun it again: go run ./integration/soak -for %v -seed %d\n", err, *length, *seed)
		os.Exit(1)
	}
}

// soak is a mesh, and what was seen of it.
type soak struct {
	out     io.Writer
	mu      sync.RWMutex // held for reading by clients, for writing while a peer is restarted
	peers   []*process.Peer
	random  *rand.Rand
	writes  atomic.Int64
	refused atomic.Int64
	samples map[string][]float64 // by peer and figure
	starts  int
}

func run(w io.Writer, dir string, length time.Duration, seed uint64) error {
	bin, err := process.Build(dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "soak: seed %d, %v\n", seed, length)
	s := &soak{out: w, random: rand.New(rand.NewPCG(seed, 2)), samples: map[string][]float64{}}
	for i, name := range []string{"a", "b", "c"} {
		p, err := process.New(bin, name, filepath.Join(dir, name), "--forget-after", "5s", "--log-level", "warn")
		if err != nil {
			return err
		}
		var join []string
		if i > 0 {
			invite, err := s.peers[0].Invite()
			if err != nil {
				return err
			}
			join = []string{"--join", invite}
		}
		if err := p.Start(join...); err != nil {
			return err
		}
		defer p.Kill()
		s.peers = append(s.peers, p)
	}
	end := time.Now().Add(length)
	var stop atomic.Bool
	var clients sync.WaitGroup
	for i := range s.peers {
		clients.Go(func() { s.client(i, seed, &stop) })
	}
	err = s.watch(end, length)
	stop.Store(true)
	clients.Wait()
	return errors.Join(err, s.converged(), s.report())
}

// keys is how many documents there are about.
const keys = 2000

// client writes one document after the other, at most some hundred a second.
func (s *soak) client(i int, seed uint64, stop *atomic.Bool) {
	r := rand.New(rand.NewPCG(seed, uint64(10+i)))
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !stop.Load() {
		<-tick.C
		path := fmt.Sprintf("/v1/docs/c/%04d", r.IntN(keys))
		method, body := "PUT", fmt.Sprintf(`{"n":%d,"list":[%d,%d]}`, r.Int32(), r.IntN(9), r.IntN(9))
		if r.IntN(3) == 0 {
			method, body = "DELETE", ""
		}
		s.mu.RLock()
		a, err := s.peers[i].Do(method, path, body)
		s.mu.RUnlock()
		if s.writes.Add(1); err != nil || !a.OK() && a.Status != 404 && a.Status != 409 {
			s.refused.Add(1)
		}
	}
}

// watch takes samples and, between them, disturbs.
func (s *soak) watch(end time.Time, length time.Duration) error {
	every := max(length/100, 250*time.Millisecond)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 1; time.Now().Before(end); n++ {
		<-tick.C
		for _, p := range s.peers {
			for _, f := range figures {
				v, err := f.read(p)
				if err != nil {
					return err
				}
				s.samples[p.Name+" "+f.name] = append(s.samples[p.Name+" "+f.name], v)
			}
		}
		if n%10 == 0 {
			fmt.Fprintf(s.out, "soak: %v to go, %d writes, %d without success, %d restarts\n", time.Until(end).Round(time.Second), s.writes.Load(), s.refused.Load(), s.starts)
		}
		if n%10 == 5 { // the first peer is never restarted: what grows, grows there
			if err := s.restart(s.peers[1], n%20 == 5); err != nil {
				return err
			}
		}
		if n%10 == 0 {
			scope := []string{`{"collections":["c/0"]}`, `{"collections":["*"]}`}[n/10%2]
			c := s.peers[2]
			if _, err := c.Do("PUT", "/v1/scope", scope, c.Token(), "Content-Type: application/json"); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *soak) restart(p *process.Peer, gently bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starts++
	if gently {
		if err := p.Stop(); err != nil {
			return err
		}
	} else {
		p.Kill()
	}
	if bad := p.Log.Bad(); bad != "" {
		return fmt.Errorf("%s: %q in the log\n%s", p.Name, bad, p.Log.Tail())
	}
	return p.Start()
}

// converged waits until all peers have one root.
func (s *soak) converged() error {
	c := s.peers[2]
	if !c.Running() {
		return nil
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var roots [3]struct{ Root string }
	for begin := time.Now(); time.Since(begin) < process.Patience; <-tick.C {
		if _, err := c.Do("PUT", "/v1/scope", `{"collections":["*"]}`, c.Token(), "Content-Type: application/json"); err != nil {
			return err
		}
		for i, p := range s.peers {
			if err := p.JSON("/v1/collections/c/root", &roots[i]); err != nil {
				return err
			}
		}
		if roots[0] == roots[1] && roots[1] == roots[2] {
			return nil
		}
	}
	return fmt.Errorf("not converged in %v: %v", process.Patience, roots)
}

// report prints each figure, and fails for one that has grown.
func (s *soak) report() error {
	bad := 0
	for _, p := range s.peers {
		for _, f := range figures {
			before, after, ok := f.bounded(s.samples[p.Name+" "+f.name])
			verdict := ""
			if !ok {
				bad, verdict = bad+1, ": grows"
			}
			fmt.Fprintf(s.out, "soak: %s %s%s: %.0f → %.0f%s\n", p.Name, f.name, f.unit, before, after, verdict)
		}
	}
	fmt.Fprintf(s.out, "soak: %d writes, %d without success, %d restarts\n", s.writes.Load(), s.refused.Load(), s.starts)
	fmt.Fprintf(s.out, "soak: 1 runs, %d violations\n", bad)
	if bad > 0 {
		return fmt.Errorf("%d figures grow", bad)
	}
	return nil
}
