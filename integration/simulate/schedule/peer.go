package schedule

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// peer is one node of the simulated mesh: a real store with what stands for
// a node's writer loop.
type peer struct {
	w       *world
	name    string
	key     ed25519.PrivateKey
	nonces  nonces
	relaxed bool // acknowledges before it is durable
	skew    time.Duration
	hlc     crdt.HLC

	memory *memory.Store
	docs   *storage.Documents
	queue  []job // frames to commit, in order

	backup *backup
	gaveUp bool // keys, since the last sync
	marred bool // rotten, and not synced since

	ghosts  ghosts
	durable ghosts // as of the last sync
	shed    opset  // let go of with its keys since then: a power cut may bring it back
	unsaved bool   // it has written since the last sync

	scope []antientropy.KeyRange // what it wants of each collection

	asleep  int  // steps to come in which nobody connects to it
	core    bool // it is spared: see found
	views   int  // that its sessions have open
	slow    int  // steps to come in which nothing is committed for others
	room    room
	cramped int // steps to come in which room is what it is

	tails []tail // what a power cut may leave, beside what is synced

	rolled     crdt.ReplicaID // that it was when its store was put back, or copied, and nobody said so
	wasUnaware bool           // so was done since the process started
	opened     crdt.ReplicaID // that it was when the process started
	since      time.Time      // when that was taken
	copy       bool           // there is a copy of it, or it is one
	twin       bool           // and it did not know that

	next bool // of the next version

	rotten map[address]harm   // what is damaged on its disk, and not found yet
	was    map[address][]byte // records as they were
	whole  map[address]raw    // all that was kept of documents

	versions map[address][]*crdt.Document // that were read or written, since this process started
}

func (p *peer) String() string { return p.name }

// backup is a copy of a peer's store, and what the simulation knew of it.
type backup struct {
	memory *memory.Store
	ghosts ghosts
}

// nonces never repeats, and gives every run of a seed the same.
type nonces struct {
	name string
	next uint64
}

func (n *nonces) Read(b []byte) (int, error) {
	n.next++
	h := sha256.Sum256(binary.AppendUvarint([]byte(n.name), n.next))
	return copy(b, h[:]), nil
}

func (w *world) newPeer(name string) *peer {
	seed := sha256.Sum256([]byte(name))
	p := &peer{
		w: w, name: name, key: ed25519.NewKeyFromSeed(seed[:]), nonces: nonces{name: name},
		relaxed: w.rng.IntN(3) == 0, skew: time.Duration(w.rng.IntN(4000)-2000) * time.Millisecond,
		memory: memory.New(), ghosts: w.noGhosts(), durable: w.noGhosts(),
	}
	p.open(false)
	return p
}

// open opens the documents of whatever store the peer is left with.
func (p *peer) open(restored bool) {
	o := storage.Options{Device: p.key, Rand: &p.nonces, Relaxed: p.relaxed, Restored: restored}
	if p.w.copying {
		o.Now = p.now
	}
	docs, err := storage.OpenDocuments(p.w.seams.wrap(p, synced{p.memory, p}), p.w.seams.options(o))
	if err != nil {
		p.w.fail("open %s: %v", p, err)
	}
	p.docs, p.opened = docs, docs.Replica()
	if p.since, _, err = docs.Since(); err != nil {
		p.w.fail("open %s: %v", p, err)
	}
	p.wasUnaware = p.unaware()
	p.openScope()
	p.versions = map[address][]*crdt.Document{}
	p.hlc = crdt.HLC{}
	p.hlc.Restore(docs.HighWater())
	p.w.tell("%s is %s", p, docs.Replica())
	p.w.inspect(p)
}

// synced is a store that tells the simulation when everything so far has
// become durable.
type synced struct {
	*memory.Store
	p *peer
}

func (s synced) Sync() error {
	err := s.Store.Sync()
	if err == nil {
		s.p.durable, s.p.unsaved, s.p.tails, s.p.gaveUp, s.p.marred = s.p.ghosts.clone(), false, nil, false, false
		s.p.shed = opset{}
	}
	return err
}

// Update fails when the disk is full and there is something to write.
func (s synced) Update(fn func(storage.Tx) error) error {
	if s.p.room == diskFull {
		s.Store.Inject(memory.Faults{BeforeCommit: errFull})
	}
	return s.Store.Update(fn)
}

// acknowledge makes durable what must be before anybody is told.
func (p *peer) acknowledge() error {
	if p.relaxed {
		return nil
	}
	if err := p.docs.Sync(); err != nil {
		return err
	}
	if p.unsaved {
		p.w.fail("%s acknowledges what is not durable", p)
	}
	return nil
}

// restart ends the process of p in one of several ways and starts it again.
// Its sessions die.
func (p *peer) restart(how string) {
	p.w.tell("%s restarts after a %s", p, how)
	p.w.tally["restarts after a "+how]++
	had := p.hears()
	if how == "power cut" {
		p.shed = opset{}
	}
	p.calm()
	p.w.cutOff(p)
	p.queue = nil
	switch how {
	case "stop":
		if err := p.docs.Close(); err != nil {
			p.w.fail("close %s: %v", p, err)
		}
	case "kill":
		p.memory = p.memory.Kill()
	case "power cut":
		p.powerCut()
	case "restore", "rollback":
		p.restore()
	}
	p.unsaved, p.tails, p.was, p.whole = false, nil, nil, nil
	p.open(how == "restore")
	p.missed(had)
	if how == "rollback" {
		p.wasRolledBack()
		p.wasUnaware = p.unaware()
	}
}

// save makes a backup of what is durable.
func (p *peer) save() {
	if len(p.rotten) > 0 || p.gaveUp {
		return
	}
	p.backup = &backup{p.memory.Crash(), p.durable.clone()}
	p.w.tell("%s is backed up", p)
}

// restore puts the backup back: what came after it is gone here.
func (p *peer) restore() {
	b := p.backup
	p.backup = nil
	if b == nil {
		return
	}
	p.excuse("", crdt.Range{})
	p.rotten = nil
	p.w.restored = true
	for i, g := range p.ghosts.each() {
		for d := range g.live {
			p.vanish(p.w.addresses[i], d)
		}
	}
	p.memory, p.ghosts = b.memory, b.ghosts
}

// calm takes back a fault that has not happened yet: it is meant for writes
// and merges.
func (p *peer) calm() {
	p.room, p.cramped = roomy, 0
	p.memory.Inject(memory.Faults{})
}

// now is the wall clock of p.
func (p *peer) now() time.Time { return p.w.now.Add(p.skew) }

// renew takes a new incarnation for no reason.
func (p *peer) renew() {
	p.w.tell("%s takes a new incarnation", p)
	p.w.tally["new incarnations"]++
	p.calm()
	p.w.cutOff(p)
	if err := p.docs.Update((*storage.Batch).Renew); err != nil {
		p.w.fail("renew %s: %v", p, err)
	}
}

// forfeit gives up a range of keys as if it had been found damaged.
func (p *peer) forfeit(coll, from, to string) {
	w := p.w
	if len(p.rotten) > 0 {
		p.scrub()
	}
	w.tell("%s forfeits %s from %q to %q", p, coll, from, to)
	w.tally["ranges forfeited"]++
	p.calm()
	lost := crdt.Range{From: from, To: to}
	p.excuse(coll, lost)
	w.cutOff(p)
	err := p.docs.Update(func(b *storage.Batch) error { return b.Forfeit(coll, from, to) })
	if err != nil {
		w.fail("forfeit %s at %s: %v", coll, p, err)
	}
	w.seams.forfeited(p)
	p.was, p.whole = nil, nil // of another time, which cannot come back
	if w.wild {               // what is in a backup may have been built on what nobody has any more
		p.backup, p.gaveUp = nil, true
	}
	w.forfeits = true
	for i, a := range w.addresses {
		if a.collection != coll || !lost.Contains(a.key) {
			continue
		}
		for d := range p.ghosts.at(a).live {
			p.vanish(a, d)
		}
		p.letGo(i, a)
	}
}

// letGo ends what p has heard of the document at a, with its number i.
func (p *peer) letGo(i int, a address) {
	p.shed.union(p.ghosts.at(a).seen)
	delete(p.versions, a)
	p.ghosts.all[i] = nil
}

// vanish notes that p no longer holds d. Since a range was forfeited it may be
// that nobody does.
func (p *peer) vanish(a address, d crdt.Dot) {
	if (p.w.forfeits || p.w.left && p.w.restored) && !p.w.heldElsewhere(p, a, d) {
		p.w.vanished[dotIn{a.collection, d}] = true
	}
}

// heldElsewhere reports whether another peer holds d, and would after a power
// cut.
func (w *world) heldElsewhere(p *peer, a address, d crdt.Dot) bool {
	for _, q := range w.peers {
		_, now := q.ghosts.at(a).live[d]
		_, durable := q.durable.at(a).live[d]
		if q != p && now && durable {
			return true
		}
	}
	return false
}
