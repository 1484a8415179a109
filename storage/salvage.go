package storage

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// Salvaged is a document that was read from a store of which something is lost,
// so that nobody can say whether it is the latest that was known (Law I). It is
// merged with the least context in which it is true however old it is, so
// that it removes nothing that it has not seen.
type Salvaged struct {
	Collection string
	Document   FrameDocument
	Vector     crdt.VersionVector
	// Beside says that the store has written its latest change, and that the context is the least: what this had
	// replaced of others may stand beside it at a peer, and a count may be the part of the others alone.
	Beside bool
}

// frame is the document as its replicas would send it.
func (s Salvaged) frame(heads []crdt.SignedHead) Frame {
	return Frame{From: s.Document.Key, To: s.Document.Key + "\x00", Vector: s.Vector, Documents: []FrameDocument{s.Document}, Heads: heads}
}

// Salvage calls fn with every document whose key in the store (see DocumentSpan)
// wanted accepts, and that is whole; nil accepts all. unreadable lists the others.
// The slices are fn's to keep.
func Salvage(r Reader, wanted func(storageKey []byte) bool, fn func(Salvaged) error) (unreadable []Finding, err error) {
	from, err := newSalvager(r)
	if err != nil {
		return nil, err
	}
	for item, err := range r.Scan(wholeSpace(spaceDocument)) {
		if err != nil {
			return unreadable, err
		}
		if wanted != nil && !wanted(item.Key) {
			continue
		}
		s, err := from.read(bytes.Clone(item.Key), bytes.Clone(item.Value))
		if errors.Is(err, ErrDamaged) {
			unreadable = append(unreadable, Finding{s.Collection, s.Document.Key, ProblemRecord, err.Error()})
			continue
		}
		if err == nil {
			err = fn(s)
		}
		if err != nil {
			return unreadable, err
		}
	}
	return unreadable, nil
}

// salvage reads one document.
func salvage(r Reader, storageKey, value []byte) (s Salvaged, err error) {
	coll, key, _ := bytes.Cut(storageKey[1:], []byte{0})
	s.Collection, s.Document.Key = string(coll), string(key)
	if err := checkAddress(s.Collection, s.Document.Key); err != nil {
		return s, &DamagedError{Collection: s.Collection, Key: s.Document.Key, What: err.Error()}
	}
	rec, err := recordOf(s.Collection, s.Document.Key, storageKey, value, (&replicaTable{}).of(r))
	if err == nil && rec.large != nil {
		rec.Body, err = bodyReader{r, s.Collection, s.Document.Key}.read(rec.large)
	}
	if err != nil {
		return s, err
	}
	doc, err := crdt.Decode(rec.Body)
	if err != nil {
		return s, &DamagedError{Collection: s.Collection, Key: s.Document.Key, What: err.Error()}
	}
	s.Document.Heads, s.Document.Body = rec.Heads, rec.Body
	s.Vector = doc.Least()
	for _, h := range rec.Heads {
		s.Vector.Raise(h.Replica, h.Counter)
	}
	return s, nil
}

// DocumentSpan gives the documents, of all collections, whose keys in the store
// are in [from, to); to nil is the end. A collection of "" stands for all.
func DocumentSpan(from, to []byte) (first, last []byte, some bool) {
	first, last = wholeSpace(spaceDocument).Start, wholeSpace(spaceDocument).End
	if bytes.Compare(from, first) > 0 {
		first = from
	}
	if to != nil && bytes.Compare(to, last) < 0 {
		last = to
	}
	return first, last, bytes.Compare(first, last) < 0
}

// CollectionOf is the collection of a document whose key in the store is key; "" of
// anything else.
func CollectionOf(key []byte) string {
	if len(key) == 0 || key[0] != spaceDocument {
		return ""
	}
	coll, _, _ := bytes.Cut(key[1:], []byte{0})
	return string(coll)
}

// InRanges reports whether a key of the store is that of a document of a collection
// in one of the ranges, which are in order and do not overlap.
func InRanges(coll string, ranges []crdt.Range, key []byte) bool {
	return CollectionOf(key) == coll && inRanges(ranges, documentKeyOf(coll, key))
}

// SpansIndex reports whether anything of the dot index of a collection, or of the numbers
// of replicas by which it names changes, lies between two keys of the store; to nil is the end.
func SpansIndex(coll string, from, to []byte) bool {
	meets := func(begin, end []byte) bool {
		return bytes.Compare(from, end) < 0 && (to == nil || bytes.Compare(to, begin) > 0)
	}
	numbers := wholeSpace(spaceReplica)
	return meets(inCollection(spaceIndex, coll, 0), afterCollection(spaceIndex, coll)) || meets(numbers.Start, numbers.End)
}

// SpansForgotten reports whether what a store says is forgotten of a collection lies
// between two keys of it; to nil is the end.
func SpansForgotten(coll string, from, to []byte) bool {
	begin, end := forgottenKey(coll), afterCollection(spaceForgotten, coll)
	return bytes.Compare(from, end) < 0 && (to == nil || bytes.Compare(to, begin) > 0)
}

// SpanOf is what documents of a collection are between two keys of the store.
// DocumentSpan gives the keys.
func SpanOf(coll string, first, last []byte) (r crdt.Range, some bool) {
	begin, end := inCollection(spaceDocument, coll, 0), afterCollection(spaceDocument, coll)
	if bytes.Compare(last, begin) <= 0 || bytes.Compare(first, end) >= 0 {
		return r, false
	}
	if bytes.HasPrefix(first, begin) {
		r.From = documentKeyOf(coll, first)
	}
	if bytes.HasPrefix(last, begin) {
		r.To = documentKeyOf(coll, last)
	}
	return r, r.To == "" || r.From < r.To
}

// Condemn makes ranges of keys of a collection unknown, in as many commits as it
// takes: see Forfeit. They may overlap, and be in any order.
func (d *Documents) Condemn(coll string, lost []crdt.Range) error {
	rest := UnitedRanges(lost)
	for limit := ForfeitLimit; len(rest) > 0; {
		var next []crdt.Range
		err := d.Update(func(b *Batch) (err error) {
			next, err = b.ForfeitSome(coll, rest, limit)
			return err
		})
		if errors.Is(err, ErrTxTooBig) && limit > 1 {
			limit /= 2
			continue
		}
		if err != nil {
			return fmt.Errorf("condemn keys of %s from %q: %w", coll, rest[0].From, err)
		}
		rest = next
	}
	return nil
}

// UnitedRanges are ranges in order, without those that overlap or touch.
func UnitedRanges(ranges []crdt.Range) (all []crdt.Range) {
	ranges = slices.SortedFunc(slices.Values(ranges), func(a, b crdt.Range) int { return strings.Compare(a.From, b.From) })
	for _, r := range ranges {
		last := len(all) - 1
		switch {
		case last < 0 || all[last].To != "" && all[last].To < r.From:
			all = append(all, crdt.Range{From: r.From, To: r.To})
		case all[last].To != "" && (r.To == "" || r.To > all[last].To):
			all[last].To = r.To
		}
	}
	return all
}

// Signatures are the signed heads that a store holds, by collection and
// replica, its own among them: what Salvaged documents need to be believed
// (Law J). What cannot be read is left out; where the state of a collection is lost, what this store has
// written is told by the fingerprints of its transactions.
type Signatures map[string]map[crdt.ReplicaID]crdt.SignedHead

// SalvageSignatures reads them. device signs for the incarnations of the store.
func SalvageSignatures(r Reader, device ed25519.PrivateKey) (Signatures, error) {
	all := Signatures{}
	for item, err := range r.Scan(wholeSpace(spaceSignedHead)) {
		if err != nil {
			return nil, err
		}
		all.believe(item.Key, item.Value)
	}
	own, err := loadIncarnations(r)
	if err != nil {
		return all, ignoreDamage(err)
	}
	for _, space := range []byte{spaceCollection, spaceOwn} {
		for item, err := range r.Scan(wholeSpace(space)) {
			if err != nil {
				return nil, err
			}
			if payload, ok := unseal(item.Key, item.Value); ok {
				all.sign(own, device, bytes.Clone(item.Key), payload)
			}
		}
	}
	return all, all.signRemembered(r, own, device)
}

// believe adds a signed head as it is stored.
func (a Signatures) believe(storageKey, value []byte) {
	coll, _, _ := bytes.Cut(storageKey[1:], []byte{0})
	payload, ok := unseal(storageKey, value)
	if !ok {
		return
	}
	if h, err := crdt.ParseSignedHead(payload); err == nil && h.Verify(string(coll)) == nil {
		a.add(string(coll), h)
	}
}

func (a Signatures) sign(own incarnations, device ed25519.PrivateKey, storageKey, payload []byte) {
	coll, _, _ := bytes.Cut(storageKey[1:], []byte{0})
	if storageKey[0] == spaceCollection {
		if len(payload) > 0 && payload[0] != 0 {
			payload = payload[1:]
		}
		if len(payload) < 20+ownHeadSize {
			return
		}
		payload = payload[20:]
	}
	if len(payload) < ownHeadSize {
		return
	}
	h, _ := cutOwnHead(payload)
	if n, ok := own.nonceOf(h.replica); ok && h.counter > 0 {
		a.add(string(coll), crdt.SignHead(device, string(coll), crdt.SignedHead{Nonce: n, Counter: h.counter, Time: h.time, Chain: h.chain}))
	}
}

func (a Signatures) add(coll string, h crdt.SignedHead) {
	if a[coll] == nil {
		a[coll] = map[crdt.ReplicaID]crdt.SignedHead{}
	}
	if r := h.Replica(); h.Counter > a[coll][r].Counter {
		a[coll][r] = h
	}
}

// of lists the heads that a vector needs.
func (a Signatures) of(coll string, v crdt.VersionVector) (heads []crdt.SignedHead) {
	for r := range v.All() {
		if h, ok := a[coll][r]; ok {
			heads = append(heads, h)
		}
	}
	return heads
}

// TakeSalvaged merges documents that were salvaged. Those that cannot be
// merged, because nobody has signed for what they hold (Law J) or for another
// reason, are listed with it.
func (d *Documents) TakeSalvaged(docs []Salvaged, a Signatures) (taken int, refused []Finding, err error) {
	for _, s := range docs {
		var m Merged
		err := d.Update(func(b *Batch) (err error) {
			m, err = b.Merge(s.Collection, s.frame(a.of(s.Collection, s.Vector)))
			return err
		})
		switch {
		case errors.Is(err, ErrUnsigned), errors.Is(err, ErrFrame):
			refused = append(refused, Finding{s.Collection, s.Document.Key, ProblemHead, err.Error()})
		case err != nil:
			return taken, refused, err
		case len(m.Refused) > 0:
			refused = append(refused, Finding{s.Collection, s.Document.Key, ProblemRecord, m.Refused[0].Err.Error()})
		default:
			taken++
		}
	}
	return taken, refused, nil
}

func ignoreDamage(err error) error {
	if errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
