package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// maxTaken is how many documents of a collection are taken over one by one: each
// is a range of keys of which something else is known.
const maxTaken = 4096

// readSuffix is behind the name of a rebuilt store that cannot be used and is only read.
const readSuffix = ".read"

// maxLost is how many documents a report names.
const maxLost = 1000

// salvager makes a new store in the place to rebuild in, and fills the report.
type salvager struct {
	asider
	report *Aside
	rest   *os.File // documents that are not taken over
	taken  map[string]int
	docs   []storage.Salvaged
	// spared are documents that are not whole behind the damage in a log, as they were written last or before, so that
	// what is in front of it is the last that there is of them.
	spared map[string]bool
	// numbers are those of replicas that are told behind one that nothing tells: only to be read with.
	numbers storage.Transaction
}

func (s *salvager) run(ctx context.Context) error {
	s.taken = map[string]int{}
	defer func() {
		if s.rest != nil {
			s.rest.Close()
		}
	}()
	r, err := badger.Rebuild(ctx, s.store(), s.rebuilt(), s.badger)
	if err != nil {
		return err
	}
	s.report.Damage, s.report.Whole = r.Damage, r.Whole()
	err = s.use(r)
	if errors.Is(err, storage.ErrDamaged) {
		s.doubt(err.Error())
		err = s.start(r)
	}
	if err == nil && s.rest != nil {
		err = s.rest.Sync()
	}
	return err
}

// doubt notes that something is lost.
func (s *salvager) doubt(what string) {
	s.report.Whole = false
	s.report.Damage = append(s.report.Damage, what)
}

// use makes the rebuilt store one that can go on: as a new incarnation (Law F),
// and where something is lost, without what may be stale (Law I).
func (s *salvager) use(r badger.Rebuilt) (err error) {
	store, err := badger.Open(s.rebuilt(), s.badger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if s.numbers, err = storage.RestoreNumbers(store, r.Later); err != nil {
		return err
	}
	signed, err := s.prepare(store, r)
	if err != nil {
		return err
	}
	docs, err := storage.OpenDocuments(store, storage.Options{Device: s.device, Restored: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, docs.Close()) }()
	if s.report.Whole {
		return nil
	}
	if err := s.condemn(store, docs, r); err != nil {
		return err
	}
	return s.take(docs, signed)
}

// prepare reads what is behind the damage in a log, and the documents of the collections
// of which the rebuilt store does not know what it knows, which it erases.
func (s *salvager) prepare(store storage.Store, r badger.Rebuilt) (signed storage.Signatures, err error) {
	var unknown []string
	err = store.View(func(rd storage.Reader) (err error) {
		if unknown, err = storage.Unknown(rd); err != nil {
			return err
		}
		for _, coll := range unknown {
			s.doubt("what was known of " + coll + " cannot be read")
		}
		if s.report.Whole {
			return nil
		}
		hashed, err := storage.HashedOf(rd, unknown, uncertain(r))
		if err != nil {
			return err
		}
		return s.gather(rd, r, &signed, hashed, func(key []byte) bool { return slices.Contains(unknown, storage.CollectionOf(key)) })
	})
	for _, coll := range unknown {
		if err == nil {
			err = storage.Erase(store, coll)
		}
	}
	return signed, err
}

// uncertain reports of a key of the store whether it is one that a damaged block may have held, or that was
// written behind the damage in a log.
func uncertain(r badger.Rebuilt) func(key []byte) bool {
	return func(key []byte) bool {
		in := func(l badger.Lost) bool {
			return bytes.Compare(l.From, key) <= 0 && (l.To == nil || bytes.Compare(key, l.To) < 0)
		}
		wrote := func(tx storage.Transaction) bool { _, is := tx[string(key)]; return is }
		return slices.ContainsFunc(r.Lost, in) || slices.ContainsFunc(r.Later, wrote)
	}
}

// gather keeps the documents whose keys in the store wanted accepts, those behind
// the damage in a log, and the signatures of all. hashed is what else is known of the first.
func (s *salvager) gather(rd storage.Reader, r badger.Rebuilt, signed *storage.Signatures, hashed storage.Hashed, wanted func([]byte) bool) (err error) {
	rd = storage.Later(rd, []storage.Transaction{s.numbers})
	if *signed, err = storage.SalvageSignatures(storage.Later(rd, r.Later), s.device); err != nil {
		return err
	}
	lost, err := storage.Salvage(rd, wanted, func(d storage.Salvaged) error {
		hashed.Widen(&d, *signed)
		return s.keep(d)
	})
	if err != nil {
		return err
	}
	s.lose(lost)
	found := map[string]bool{}
	lost, err = storage.SalvageLater(rd, r.Later, func(d storage.Salvaged) error {
		found[d.Collection+"/"+d.Document.Key] = true
		return s.keep(d)
	})
	s.spared = map[string]bool{}
	for _, f := range lost {
		s.spared[f.Collection+"/"+f.Key] = !found[f.Collection+"/"+f.Key]
	}
	s.lose(lost)
	return err
}

// condemn makes unknown what may be stale, and keeps what is found of it: what damaged
// blocks have held, what is behind the damage in a log, and what is newer than what is known of
// it. What is taken over stands alone: beside an older record of the same key, whose
// context is larger, what the newer one has replaced would come back.
func (s *salvager) condemn(store storage.Store, docs *storage.Documents, r badger.Rebuilt) error {
	later := storage.DocumentsOf(r.Later)
	for _, coll := range docs.Collections() {
		later[coll] = slices.DeleteFunc(later[coll], func(one crdt.Range) bool { return s.spared[coll+"/"+one.From] })
		lost, err := s.doubtful(docs, coll, r.Lost)
		if err != nil {
			return err
		}
		found := map[string]bool{}
		err = store.View(func(rd storage.Reader) error {
			wanted := func(key []byte) bool { return storage.InRanges(coll, lost, key) }
			gone, err := storage.Salvage(rd, wanted, func(d storage.Salvaged) error {
				found[d.Document.Key] = true
				return s.keep(d)
			})
			for _, f := range gone {
				found[f.Key] = true
			}
			s.lose(gone)
			return err
		})
		for _, one := range lost {
			if one.To == one.From+"\x00" && !found[one.From] {
				s.lose([]storage.Finding{{Collection: coll, Key: one.From}})
			}
		}
		if err == nil {
			err = docs.Condemn(coll, append(lost, later[coll]...))
		}
		if err == nil && slices.ContainsFunc(r.Lost, func(l badger.Lost) bool { return storage.SpansForgotten(coll, l.From, l.To) }) {
			err = docs.DoubtForgotten(coll)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// doubtful are the documents of a collection that may be older than they should be. Where the dot
// index was read as a whole it tells which; else they are all that damaged blocks
// may have held.
func (s *salvager) doubtful(docs *storage.Documents, coll string, lost []badger.Lost) (all []crdt.Range, err error) {
	if all, err = docs.Doubtful(coll); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(lost, func(l badger.Lost) bool { return storage.SpansIndex(coll, l.From, l.To) }) {
		return all, nil
	}
	for _, l := range lost {
		if first, last, some := storage.DocumentSpan(l.From, l.To); some {
			if span, some := storage.SpanOf(coll, first, last); some {
				all = append(all, span)
			}
		}
	}
	return storage.UnitedRanges(all), nil
}

// start makes an empty store, and takes over the documents of the rebuilt one,
// which cannot be used as it is.
func (s *salvager) start(r badger.Rebuilt) (err error) {
	source := s.rebuilt() + readSuffix
	if err := errors.Join(os.RemoveAll(source), os.Rename(s.rebuilt(), source), os.Mkdir(s.rebuilt(), 0o700)); err != nil {
		return err
	}
	store, err := badger.Open(source, s.badger)
	if err != nil {
		return err
	}
	var signed storage.Signatures
	s.docs, s.taken, s.report.Lost, s.report.Left = nil, map[string]int{}, nil, 0
	if s.rest != nil { // begun, of the same documents
		if err := s.rest.Truncate(0); err != nil {
			return errors.Join(err, store.Close())
		}
	}
	err = store.View(func(rd storage.Reader) error { return s.gather(rd, r, &signed, storage.Hashed{}, nil) })
	if err = errors.Join(err, store.Close(), os.RemoveAll(source)); err != nil {
		return err
	}
	return s.fresh(signed)
}

// fresh makes an empty store and takes over what is kept.
func (s *salvager) fresh(signed storage.Signatures) (err error) {
	store, err := badger.Open(s.rebuilt(), s.badger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	docs, err := storage.OpenDocuments(store, storage.Options{Device: s.device})
	if err != nil {
		return err
	}
	return errors.Join(s.take(docs, signed), docs.Close())
}

// keep remembers a document to be taken over, or writes it to the file of those
// that are not.
func (s *salvager) keep(d storage.Salvaged) error {
	if s.taken[d.Collection] < maxTaken {
		s.taken[d.Collection]++
		s.docs = append(s.docs, d)
		return nil
	}
	return s.leave(d)
}

// leave writes a document to the file of those that are not taken over.
func (s *salvager) leave(d storage.Salvaged) error {
	if len(d.Document.Body) == 0 {
		return nil // it was removed
	}
	doc, err := crdt.Decode(d.Document.Body)
	if err != nil {
		return err
	}
	if s.rest == nil {
		path := filepath.Join(s.report.Dir, asideRest)
		if s.rest, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o600); err != nil {
			return err
		}
		s.report.Rest = path
	}
	line, err := json.Marshal(struct {
		Collection string          `json:"collection"`
		Key        string          `json:"key"`
		Doc        json.RawMessage `json:"doc"`
	}{d.Collection, d.Document.Key, doc.AppendJSON(nil, crdt.FormatTyped)})
	if err != nil {
		return err
	}
	s.report.Left++
	_, err = s.rest.Write(append(line, '\n'))
	return err
}

func (s *salvager) lose(findings []storage.Finding) {
	for _, f := range findings {
		if len(s.report.Lost) < maxLost {
			s.report.Lost = append(s.report.Lost, fmt.Sprintf("%s/%s", f.Collection, f.Key))
		}
	}
}

// take merges what is kept.
func (s *salvager) take(docs *storage.Documents, signed storage.Signatures) error {
	taken, refused, err := docs.TakeSalvaged(s.docs, signed)
	if err != nil {
		return err
	}
	s.report.Taken = taken
	left := map[string]bool{}
	for _, f := range refused {
		left[f.Collection+"/"+f.Key] = true
	}
	s.nameBeside(left)
	for _, d := range s.docs {
		if left[d.Collection+"/"+d.Document.Key] {
			if err := s.leave(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// nameBeside names the documents that were taken over without what they had replaced, unless another record of them is kept that
// tells it, or they are left out.
func (s *salvager) nameBeside(left map[string]bool) {
	told := maps.Clone(left)
	for _, d := range s.docs {
		address := d.Collection + "/" + d.Document.Key
		told[address] = told[address] || !d.Beside
	}
	for _, address := range slices.Sorted(maps.Keys(told)) {
		if !told[address] && len(s.report.Beside) < maxLost {
			s.report.Beside = append(s.report.Beside, address)
		}
	}
}
