package node

import (
	"context"
	"iter"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// ConflictView is a document with its conflicts, as a person decides about
// them: each candidate says where it comes from.
type ConflictView struct {
	Document  *Document
	Conflicts []Conflict // in the order of their paths
}

// Conflict is a path at which concurrent edits left more than one content.
type Conflict struct {
	Path       string // JSON Pointer
	Kind       string // one of the crdt.Conflict constants
	Candidates []Candidate
}

// Candidate is one of the contents at a path; the first is shown to plain
// reads.
type Candidate struct {
	crdt.Candidate
	Origin Origin
}

// Conflicts lists the documents that have conflicts, in the order of their
// keys, as of one moment. It finds them in an index and reads no others.
// Breaking off frees everything. A failure is the last thing yielded.
func (c *Collection) Conflicts(ctx context.Context, o ListOptions) iter.Seq2[ConflictView, error] {
	return func(yield func(ConflictView, error) bool) {
		v, err := c.view(ctx)
		if err != nil {
			yield(ConflictView{}, err)
			return
		}
		defer v.Close()
		origins, n, s := c.node.origins(v), 0, c.node.scope.Load()
		if !s.hasSome(c.name, o.Prefix) {
			yield(ConflictView{}, s.outOfScope(c.name+"/"+o.Prefix))
			return
		}
		for key, err := range conflicted(v, o) {
			var found ConflictView
			if err == nil && !s.has(c.name, key) {
				continue // it is being deleted
			}
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				found, err = c.conflictsIn(v, key, origins)
			}
			if err != nil {
				yield(ConflictView{}, c.node.storeError(err))
				return
			}
			if len(found.Conflicts) == 0 {
				continue
			}
			if n++; !yield(found, nil) || n == o.Limit {
				return
			}
		}
	}
}

// conflictPage is how many keys are taken from the index at a time.
const conflictPage = 256

// conflicted yields the keys of the documents with conflicts that o selects,
// but for its limit.
func conflicted(v *storage.View, o ListOptions) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		after := o.After
		if o.Prefix > after { // the prefix may be a key too
			if after = o.Prefix; !yield(after, nil) {
				return
			}
		}
		for more := true; more; {
			var keys []string
			var err error
			if keys, more, err = v.Conflicted(after, conflictPage); err != nil {
				yield("", err)
				return
			}
			for _, after = range keys {
				if !strings.HasPrefix(after, o.Prefix) || !yield(after, nil) {
					return
				}
			}
		}
	}
}

// ConflictsOf shows the conflicts of one document; ErrNotFound when there is
// no document. One without conflicts has an empty list.
func (c *Collection) ConflictsOf(ctx context.Context, key string) (ConflictView, error) {
	if err := c.checkKey(ctx, key); err != nil {
		return ConflictView{}, err
	}
	v, err := c.view(ctx)
	if err != nil {
		return ConflictView{}, err
	}
	defer v.Close()
	found, err := c.conflictsIn(v, key, c.node.origins(v))
	if err == nil && found.Document == nil {
		err = notFound(c.name, key)
	}
	found.Document.remembered(c.node.recent)
	return found, c.node.storeError(err)
}

// conflictsIn shows the conflicts of a document of the view; the document is
// nil if there is none.
func (c *Collection) conflictsIn(v *storage.View, key string, origins *origins) (ConflictView, error) {
	rec, err := v.Record(key)
	if err != nil || !rec.Exists() {
		return ConflictView{}, err
	}
	d, err := newDocument(c.name, keep(rec))
	if err != nil {
		return ConflictView{}, err
	}
	found := ConflictView{Document: d}
	if !d.HasConflicts() {
		return found, nil
	}
	for _, conflict := range d.Conflicts() {
		shown := Conflict{Path: conflict.Path, Kind: conflict.Kind}
		for _, candidate := range conflict.Candidates {
			o, err := origins.of(candidate.Dot.Replica)
			if err != nil {
				return ConflictView{}, err
			}
			shown.Candidates = append(shown.Candidates, Candidate{candidate, o})
		}
		found.Conflicts = append(found.Conflicts, shown)
	}
	return found, nil
}
