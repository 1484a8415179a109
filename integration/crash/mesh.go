package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

// writerCount is how many clients write to each peer at once.
const writerCount = 3

// scopes are what the third peer holds, in turn, and the prefix of keys that
// are in both: only those are written to it.
var scopes = []string{`{"collections":["*"]}`, `{"collections":["w/all/c"]}`, `{"collections":["w/all/"]}`}

// mesh is three peers under fire.
type mesh struct {
	peers  []*process.Peer
	book   *book
	random *rand.Rand
	scope  int // of the third one
	round  int
	kills  int
	early  int // of these, before the process was ready
}

// newMesh starts the peers; the first founds the mesh.
func newMesh(bin, dir string, seed uint64) (*mesh, error) {
	m := &mesh{book: newBook(), random: rand.New(rand.NewPCG(seed, 0))}
	for i, name := range []string{"a", "b", "c"} {
		p, err := process.New(bin, name, filepath.Join(dir, name), "--forget-after", "1s", "--log-level", "warn")
		if err != nil {
			return nil, err
		}
		var join []string
		if i > 0 {
			invite, err := m.peers[i-1].Invite()
			if err != nil {
				return nil, err
			}
			join = []string{"--join", invite}
		}
		m.peers = append(m.peers, p)
		if err := p.Start(join...); err != nil {
			return nil, err
		}
	}
	_, err := m.peers[0].Do("PUT", "/v1/docs/"+collection+"/"+counterKey, `{"n":{"$counter":0}}`)
	return m, errors.Join(err, m.converge())
}

// close kills what still runs.
func (m *mesh) close() {
	for _, p := range m.peers {
		p.Kill()
	}
}

// strike lets clients write to all peers, kills some of them at a random moment
// while all go on, starts those again, and compares each with the book.
func (m *mesh) strike() error {
	m.round++
	victims := m.victims()
	var answered atomic.Int64
	enough := make(chan struct{})
	most := int64(1 + m.random.IntN(120))
	var stop atomic.Bool
	var writers sync.WaitGroup
	for i, p := range m.peers {
		for n := range writerCount {
			w := m.writer(p, i, n)
			writers.Go(func() {
				for !stop.Load() && w.write() {
					if answered.Add(1) == most {
						close(enough)
					}
				}
			})
		}
	}
	if m.random.IntN(4) == 0 {
		writers.Go(func() { m.rescope() })
	}
	select {
	case <-enough:
	case <-time.After(process.Patience):
		stop.Store(true)
		writers.Wait()
		return fmt.Errorf("round %d: %d of %d requests answered in %v", m.round, answered.Load(), most, process.Patience)
	}
	<-time.After(time.Duration(m.random.IntN(3000)) * time.Microsecond) // between two answers
	m.kill(victims)
	stop.Store(true)
	writers.Wait()
	return m.restart(victims)
}

// victims are one peer, at times two or all.
func (m *mesh) victims() []*process.Peer {
	n := 1
	switch m.random.IntN(10) {
	case 0:
		n = 3
	case 1, 2:
		n = 2
	}
	out := make([]*process.Peer, 0, n)
	for _, i := range m.random.Perm(len(m.peers))[:n] {
		out = append(out, m.peers[i])
	}
	return out
}

func (m *mesh) writer(p *process.Peer, i, n int) *writer {
	w := &writer{
		book: m.book, base: p.HTTP, peer: p.Name, name: fmt.Sprintf("%s%d/%d", p.Name, m.round, n),
		random: rand.New(rand.NewPCG(m.random.Uint64(), uint64(n))),
	}
	if w.prefix = "all/"; i == 2 {
		w.prefix = "all/c"
	}
	return w
}

// kill ends peers at the same moment.
func (m *mesh) kill(victims []*process.Peer) {
	var gone sync.WaitGroup
	for _, p := range victims {
		gone.Go(p.Kill)
		m.kills++
	}
	gone.Wait()
	for _, p := range victims {
		if bad := p.Log.Bad(); bad != "" {
			m.book.violate("%s: %q in the log\n%s", p.Name, bad, p.Log.Tail())
		}
	}
}

// restart starts peers again, some of them twice, because they are killed while
// they start, and compares what each holds with what it had acknowledged.
func (m *mesh) restart(victims []*process.Peer) error {
	done := make(chan error)
	for _, p := range victims {
		var early []time.Duration
		for m.random.IntN(5) == 0 {
			early = append(early, time.Duration(m.random.IntN(80_000))*time.Microsecond)
		}
		m.kills, m.early = m.kills+len(early), m.early+len(early)
		go func() { done <- m.again(p, early) }()
	}
	var err error
	for range victims {
		err = errors.Join(err, <-done)
	}
	return err
}

// again starts a peer that was killed, first for as long as early says.
func (m *mesh) again(p *process.Peer, early []time.Duration) error {
	for _, after := range early {
		if _, err := p.Launch(); err != nil {
			return err
		}
		<-time.After(after)
		p.Kill()
	}
	if err := p.Start(); err != nil {
		m.book.violate("round %d: %v", m.round, err)
		return err
	}
	have, err := p.Documents(collection)
	if err != nil {
		return m.silent(p, err)
	}
	m.book.compare(p.Name, have, false)
	return nil
}

// silent: a peer that is ready and does not answer is a violation. What its
// goroutines were doing is left in a file.
func (m *mesh) silent(p *process.Peer, err error) error {
	file := filepath.Join(os.TempDir(), fmt.Sprintf("crash-%s-%d.txt", p.Name, p.Pid()))
	m.book.violate("round %d: %s does not answer: %v, see %s", m.round, p.Name, err, file)
	return errors.Join(err, os.WriteFile(file, []byte(p.Abort()), 0o600))
}

// rescope changes what the third peer holds.
func (m *mesh) rescope() error {
	m.scope++
	return m.setScope(scopes[m.scope%len(scopes)])
}

// setScope asks for another scope. That it is refused while something is
// unsent, or not answered while the peer is killed, is no violation.
func (m *mesh) setScope(to string) error {
	c := m.peers[2]
	a, err := c.Do("PUT", "/v1/scope", to, c.Token(), "Content-Type: application/json")
	if err == nil && !a.OK() && !strings.Contains(a.Body, `"unsent"`) && !strings.Contains(a.Body, "scope") {
		m.book.violate("c: scope %s: %d %.200s", to, a.Status, a.Body)
	}
	if err == nil && !a.OK() {
		err = fmt.Errorf("scope %s: %d %.200s", to, a.Status, a.Body)
	}
	return err
}
