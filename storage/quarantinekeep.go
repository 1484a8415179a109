package storage

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
)

// ErrQuarantineFull is returned by Keep when there is no room for something, and what is
// there must not go for it. It is not kept; what was kept before it is.
var ErrQuarantineFull = errors.New("the quarantine is full")

// The bounds of the quarantine. What a peer has sent makes the oldest go that peers have
// sent, first what it has sent itself. What was held here may be all that there is of it:
// it makes room among what peers have sent, and never goes by itself.
const (
	// MaxQuarantined is how many peers may have sent, MaxQuarantinedFrom one of them.
	MaxQuarantined     = 1024
	MaxQuarantinedFrom = 64
	// MaxQuarantinedOwn is how many may have been held here.
	MaxQuarantinedOwn = 16384
	// MaxQuarantinedBytes is how long all may be.
	MaxQuarantinedBytes = 64 << 20

	quarantineCommit = 128 << 10 // about as many bytes are written in one commit
)

// Keep puts something into quarantine, in commits of its own, which update makes as
// Update does, and returns their IDs. The same content of the same document is kept
// once. dropped is what had to go for it. With ErrQuarantineFull ids are of
// those in front that are kept.
func (d *Documents) Keep(update func(func(*Batch) error) error, all ...Quarantined) (ids []uint64, dropped []Quarantined, err error) {
	d.keeping.Lock()
	defer d.keeping.Unlock()
	k := keeper{d: d, from: map[string]int{}, at: map[string][]Quarantined{}, gone: map[uint64]bool{}}
	have, err := d.Quarantine()
	if err != nil {
		return nil, nil, err
	}
	for _, q := range have {
		k.count(q)
	}
	if err := k.begin(); err != nil {
		return nil, nil, err
	}
	for _, q := range all {
		id, err := k.add(q)
		if errors.Is(err, ErrQuarantineFull) {
			if failed := k.write(update, 0); failed != nil {
				return nil, k.dropped, failed // nothing may be taken for kept
			}
			return ids, k.dropped, err
		}
		if err == nil {
			err = k.write(update, quarantineCommit)
		}
		if err != nil {
			return nil, k.dropped, err
		}
		ids = append(ids, id)
	}
	return ids, k.dropped, k.write(update, 0)
}

// keeper is one Keep.
type keeper struct {
	d       *Documents
	have    []Quarantined            // with what is to be written
	at      map[string][]Quarantined // the same, by address
	gone    map[uint64]bool          // and what of it has to go
	from    map[string]int           // how many, by origin
	peers   int                      // how many peers have sent
	size    int                      // of all
	last    uint64                   // the greatest number that ever was
	dropped []Quarantined
	todo    []keeping // in this order: what is said of one behind its pieces
	bytes   int       // of it
}

// keeping is one change that a keeper makes, and about how much of a commit it takes.
type keeping struct {
	do    func(*Batch) error
	bytes int
}

// address is what two have in common that may be the same.
func (q Quarantined) address() string {
	return fmt.Sprint(q.Kind, "\x00", q.Origin, "\x00", q.Collection, "\x00", q.Key, "\x00", q.Size)
}

// count adds one to what is there.
func (k *keeper) count(q Quarantined) {
	k.have, k.at[q.address()] = append(k.have, q), append(k.at[q.address()], q)
	k.size += q.Size
	k.last = max(k.last, q.ID)
	if k.from[q.Origin]++; q.Origin != "" {
		k.peers++
	}
}

// fits reports whether there is room for one more.
func (k *keeper) fits(q Quarantined) bool {
	if k.size+q.Size > MaxQuarantinedBytes {
		return false
	}
	if q.Origin == "" {
		return k.from[""] < MaxQuarantinedOwn
	}
	return k.peers < MaxQuarantined && k.from[q.Origin] < MaxQuarantinedFrom
}

// add makes room for one and gives it a number.
func (k *keeper) add(q Quarantined) (id uint64, err error) {
	q.Raw = q.Raw[:min(len(q.Raw), MaxQuarantinedOne)]
	q.Size = len(q.Raw)
	q.Reason, q.Origin = q.Reason[:min(len(q.Reason), quarantineText)], q.Origin[:min(len(q.Origin), quarantineText)]
	for _, have := range k.at[q.address()] {
		if !k.gone[have.ID] && k.same(have, q) {
			return have.ID, nil
		}
	}
	due, ok := k.due(q)
	if !ok {
		return 0, ErrQuarantineFull
	}
	for _, old := range due {
		k.todo = append(k.todo, keeping{func(b *Batch) error {
			if err := b.DropQuarantined(old.ID); !errors.Is(err, ErrNotFound) {
				return err
			}
			return nil
		}, quarantineText})
		k.dropped, k.gone[old.ID] = append(k.dropped, old), true
		k.size -= old.Size
		k.from[old.Origin]--
		k.peers--
	}
	q.ID = k.last + 1
	k.d.lastKept = q.ID
	k.count(q)
	k.put(q)
	return q.ID, nil
}

// due is what has to go to make room for one more, of what peers have sent the oldest,
// first of who has sent it; ok is false if that makes no room.
func (k *keeper) due(q Quarantined) (due []Quarantined, ok bool) {
	if k.fits(q) {
		return nil, true
	}
	if q.Origin == "" && k.from[""] >= MaxQuarantinedOwn {
		return nil, false
	}
	size, peers, from, gone := k.size, k.peers, k.from[q.Origin], map[uint64]bool{}
	drop := func(which func(Quarantined) bool, enough func() bool) {
		for _, have := range k.have {
			if enough() {
				return
			}
			if have.Origin != "" && !k.gone[have.ID] && !gone[have.ID] && which(have) {
				due, gone[have.ID] = append(due, have), true
				size -= have.Size
				peers--
				if have.Origin == q.Origin {
					from--
				}
			}
		}
	}
	if q.Origin != "" {
		drop(func(h Quarantined) bool { return h.Origin == q.Origin }, func() bool { return from < MaxQuarantinedFrom })
	}
	enough := func() bool {
		return size+q.Size <= MaxQuarantinedBytes && (q.Origin == "" || peers < MaxQuarantined)
	}
	drop(func(Quarantined) bool { return true }, enough)
	return due, enough()
}

// same reports whether one that is in quarantine, or about to be, has the content of q.
func (k *keeper) same(have, q Quarantined) bool {
	if len(have.Raw) == 0 && have.Size > 0 {
		var err error
		if have, err = k.d.QuarantinedOne(have.ID); err != nil {
			return false
		}
	}
	return sha256.Sum256(have.Raw) == sha256.Sum256(q.Raw)
}

// put writes the pieces and, last of all, what is said of them: a stop in between
// leaves pieces of nothing, which the first Keep of the next opening takes away.
func (k *keeper) put(q Quarantined) {
	set := func(piece uint32, value []byte) {
		key := quarantineKey(q.ID, piece)
		k.todo = append(k.todo, keeping{func(b *Batch) error { return b.set(key, seal(key, append(unsealed(len(value)), value...))) }, len(value)})
		k.bytes += len(value)
	}
	piece := uint32(1)
	for part := range slices.Chunk(q.Raw, quarantinePiece) {
		set(piece, part)
		piece++
	}
	set(0, q.appendBinary(nil))
}

// write commits what is to be written, if it is more than so many bytes: about
// quarantineCommit of it together, and a value that is longer alone.
func (k *keeper) write(update func(func(*Batch) error) error, more int) error {
	if k.bytes <= more {
		return nil
	}
	k.todo = slices.Insert(k.todo, 0, keeping{do: k.number})
	for len(k.todo) > 0 {
		n, size := 1, k.todo[0].bytes
		for n < len(k.todo) && size+k.todo[n].bytes <= quarantineCommit {
			size += k.todo[n].bytes
			n++
		}
		err := update(func(b *Batch) error {
			for _, change := range k.todo[:n] {
				if err := change.do(b); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		k.todo = k.todo[n:]
	}
	k.todo, k.bytes = nil, 0
	return nil
}
