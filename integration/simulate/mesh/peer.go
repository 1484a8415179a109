package mesh

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/p2p/view"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
)

// peer is one node of the mesh: a machine, and the process that runs on it
// most of the time.
type peer struct {
	w     *world
	index int
	name  string
	x, y  float64 // where it is: distance is latency
	skew  time.Duration
	key   ed25519.PrivateKey
	draws nonces
	knows []*peer // before it was ever started
	side  int     // of a partition

	memory *memory.Store // its disk

	// Of the process.
	up      bool
	dark    bool // the machine has no power
	run     int  // so many processes were started
	since   time.Duration
	nonce   [16]byte
	docs    *storage.Documents
	hlc     crdt.HLC
	writer  *writer
	graph   graph
	ends    map[string]*end // by the peer at the other end
	wanted  map[string]*dialling
	feeders feeders
	silent  []*end // ends of others that do not know that the power went
}

func (p *peer) String() string { return p.name }

// nonces never repeats, and gives every run of a seed the same.
type nonces struct {
	name string
	next uint64
}

// Read implements io.Reader.
func (n *nonces) Read(b []byte) (int, error) {
	n.next++
	h := sha256.Sum256(binary.AppendUvarint([]byte(n.name), n.next))
	return copy(b, h[:]), nil
}

func (w *world) newPeer(i int) *peer {
	name := fmt.Sprintf("p%04d", i)
	seed := sha256.Sum256([]byte(name))
	p := &peer{
		w: w, index: i, name: name, x: w.rng.Float64(), y: w.rng.Float64(),
		key: ed25519.NewKeyFromSeed(seed[:]), draws: nonces{name: fmt.Sprint(name, w.o.Seed)},
		memory: memory.Open(memory.Options{MaxTxSize: 16 << 20, MaxTxKeys: 100_000}),
	}
	if w.o.Skew > 0 {
		p.skew = time.Duration(w.rng.Int64N(2*int64(w.o.Skew))) - w.o.Skew
	}
	return p
}

// open opens the store that is on the disk.
func (p *peer) open() {
	docs, err := storage.OpenDocuments(p.memory, storage.Options{Device: p.key, Rand: &p.draws})
	if err != nil {
		p.w.fail("open %s: %v", p, err)
	}
	for _, coll := range docs.Collections() { // a node reads large ones a second later, and frames wait for it
		if err := docs.Enrol(coll); err != nil {
			p.w.fail("read the index of %s at %s: %v", coll, p, err)
		}
	}
	p.docs, p.hlc = docs, crdt.HLC{}
	p.hlc.Restore(docs.HighWater())
	p.writer = &writer{p: p}
}

// wall is the time by the peer's clock.
func (p *peer) wall() time.Time { return epoch.Add(p.w.now + p.skew) }

// start runs the process on what is on the disk.
func (p *peer) start() {
	w := p.w
	if p.docs == nil {
		p.open()
	}
	p.up, p.dark, p.since = true, false, w.now
	p.run++
	p.draws.Read(p.nonce[:])
	p.ends, p.wanted = map[string]*end{}, map[string]*dialling{}
	p.graph, p.feeders = w.newGraph(p), nil
	w.tell("%s starts", p)
	for _, e := range p.silent { // their next word to it is answered by a reset
		w.after(2*e.link.delay, func() { e.lost(reasonLost) })
	}
	p.silent = nil
	p.hashNow()
	known := entries(p.knows)
	if w.o.Graph == Views {
		known = append(entries([]*peer{p}), known...)
	}
	p.tellGraph(view.Known{Peers: known})
	p.tickGraph(p.run)
}

// stop ends the process without a word. Without power the disk keeps what was
// synced, and nobody else hears of it.
func (p *peer) stop(power bool) {
	w := p.w
	w.tell("%s stops, power %t", p, power)
	p.up, p.dark = false, !power
	p.writer.stopped = true
	w.probes.gone(p)
	for _, name := range sortedNames(p.ends) {
		e := p.ends[name]
		if !power {
			o := e.other()
			e.stream().shut = true
			p.silent = append(p.silent, o)
			w.after(noticed, func() { o.lost(reasonLost) })
		}
		e.lost(reasonLost)
	}
	if power {
		p.memory = p.memory.Kill()
	} else {
		p.memory = p.memory.Crash()
	}
	p.docs = nil
}

// sync makes durable what is committed.
func (p *peer) sync() {
	if err := p.docs.Sync(); err != nil {
		p.w.fail("sync %s: %v", p, err)
	}
}

// changed tells every session that a collection has changed.
func (p *peer) changed(collection string) {
	for _, name := range sortedNames(p.ends) {
		p.ends[name].changed(collection)
	}
}

// knowledge is what the peer knows of a collection.
func (p *peer) knowledge(collection string) crdt.Knowledge {
	v, err := p.docs.View(collection)
	if err != nil {
		p.w.fail("view of %s at %s: %v", collection, p, err)
	}
	defer v.Close()
	return v.Knowledge()
}
