package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// maxTaken is how many documents of a collection are taken over one by one: each
// is a range of keys of which something else is known.
const maxTaken = 4096

// maxLost is how many documents a report names.
const maxLost = 1000

// salvager makes a new store in the place to rebuild in, and fills the report.
type salvager struct {
	asider
	report *Aside
	rest   *os.File // documents that are not taken over
	taken  map[string]int
	docs   []storage.Salvaged
}

func (s *salvager) run(ctx context.Context) error {
	s.taken = map[string]int{}
	defer func() {
		if s.rest != nil {
			s.rest.Close()
		}
	}()
	if len(s.badger.Key) > 0 {
		s.report.Damage = []string{"an encrypted store can be read in no other way"}
		return s.fresh(nil)
	}
	r, err := badger.Rebuild(ctx, s.store(), s.rebuilt(), s.badger)
	if err != nil {
		return err
	}
	s.report.Damage, s.report.Whole = r.Damage, r.Whole()
	err = s.use(r)
	if errors.Is(err, storage.ErrDamaged) {
		s.report.Whole = false
		s.report.Damage = append(s.report.Damage, err.Error())
		return s.start(r)
	}
	if err == nil && s.rest != nil {
		err = s.rest.Sync()
	}
	return err
}

// use makes the rebuilt store one that can go on: as a new incarnation (Law F),
// and where something is lost, without what may be stale (Law I).
func (s *salvager) use(r badger.Rebuilt) (err error) {
	store, err := badger.Open(s.rebuilt(), s.badger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	docs, err := storage.OpenDocuments(store, storage.Options{Device: s.device, Restored: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, docs.Close()) }()
	if r.Whole() {
		return nil
	}
	var signed storage.Signatures
	err = store.View(func(rd storage.Reader) (err error) {
		if signed, err = s.signatures(rd, r); err != nil {
			return err
		}
		lost, err := storage.Salvage(rd, inDoubt(r.Lost), s.keep)
		if err != nil {
			return err
		}
		s.lose(lost)
		return s.later(rd, r)
	})
	if err != nil {
		return err
	}
	for _, l := range r.Lost {
		if first, last, some := storage.DocumentSpan(l.From, l.To); some {
			if err := docs.CondemnSpan(first, last); err != nil {
				return err
			}
		}
	}
	// What is taken over stands alone: beside an older record of the same key, whose
	// context is larger, what the newer one has replaced would come back.
	for key := range r.Later {
		if first, last, some := storage.DocumentSpan([]byte(key), []byte(key+"\x00")); some {
			if err := docs.CondemnSpan(first, last); err != nil {
				return err
			}
		}
	}
	return s.take(docs, signed)
}

// inDoubt reports of keys whether they are lost, or older than they should be.
func inDoubt(lost []badger.Lost) func([]byte) bool {
	return func(key []byte) bool {
		for _, l := range lost {
			if bytes.Compare(key, l.From) >= 0 && (l.To == nil || bytes.Compare(key, l.To) < 0) {
				return true
			}
		}
		return false
	}
}

// start makes an empty store, and takes over the documents of the rebuilt one,
// which cannot be used as it is.
func (s *salvager) start(r badger.Rebuilt) (err error) {
	source := s.rebuilt() + ".read"
	if err := errors.Join(os.RemoveAll(source), os.Rename(s.rebuilt(), source), os.Mkdir(s.rebuilt(), 0o700)); err != nil {
		return err
	}
	store, err := badger.Open(source, s.badger)
	if err != nil {
		return err
	}
	var signed storage.Signatures
	s.docs, s.taken, s.report.Lost, s.report.Left = nil, map[string]int{}, nil, 0
	err = store.View(func(rd storage.Reader) (err error) {
		if signed, err = s.signatures(rd, r); err != nil {
			return err
		}
		lost, err := storage.Salvage(rd, nil, s.keep)
		if err != nil {
			return err
		}
		s.lose(lost)
		return s.later(rd, r)
	})
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

// signatures are those of the rebuilt store, and of what stands behind the
// damage in a log.
func (s *salvager) signatures(rd storage.Reader, r badger.Rebuilt) (storage.Signatures, error) {
	signed, err := storage.SalvageSignatures(rd, s.device)
	if err != nil {
		return nil, err
	}
	for key, value := range r.Later {
		signed.Sign(rd, s.device, []byte(key), value)
	}
	return signed, nil
}

// later keeps the documents that stand behind the damage in a log.
func (s *salvager) later(rd storage.Reader, r badger.Rebuilt) error {
	for key, value := range r.Later {
		d, ok, err := storage.SalvageValue(rd, []byte(key), value)
		if err != nil {
			return err
		}
		if ok {
			err = s.keep(d)
		}
		if err != nil {
			return err
		}
	}
	return nil
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
		if s.rest, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600); err != nil {
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
	for _, d := range s.docs {
		if left[d.Collection+"/"+d.Document.Key] {
			if err := s.leave(d); err != nil {
				return err
			}
		}
	}
	return nil
}
