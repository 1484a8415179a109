package storage

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/crdtstore/crdtstore/crdt"
)

// Problem says what is wrong with a document.
type Problem string

// The problems that VerifyRange finds.
const (
	// ProblemRecord: the record fails its checksum or cannot be decoded.
	ProblemRecord Problem = "record damaged"
	// ProblemMissing: the dot index names a document that has no record.
	ProblemMissing Problem = "record missing"
	// ProblemTaken: a change of the document is counted here, and the document was
	// never here: another one has taken that dot. VerifyRange does not find it.
	ProblemTaken Problem = "dot taken"
	// ProblemIndex: what is kept beside the record is not what it says. The dot
	// index lacks an entry for a head, or has one that the record does not know;
	// the index of conflicts or the record differ from the content; a part of a
	// body belongs to no record.
	ProblemIndex Problem = "index differs"
	// ProblemStale: the dot index names a change of the document that is known, and
	// that the record, which can be read, has not heard of: it is an earlier one.
	ProblemStale Problem = "record stale"
	// ProblemAhead: the record holds changes that the collection's knowledge
	// does not cover.
	ProblemAhead Problem = "ahead of knowledge"
	// ProblemTree: the Merkle tree was hashed from other content.
	ProblemTree Problem = "tree differs"
	// ProblemCount: the number of documents kept is not the number found.
	ProblemCount Problem = "count differs"
	// ProblemState: what is kept of the collection as a whole is damaged, or
	// missing: its knowledge, or what is forgotten of it.
	ProblemState Problem = "state damaged"
	// ProblemQuarantine: something that was put aside is damaged.
	ProblemQuarantine Problem = "quarantine damaged"
	// ProblemHead: what is known of a replica is not signed: its head, or the
	// counter of an own incarnation, is damaged or missing. A peer that has not
	// heard of the replica cannot be told of its changes from here.
	ProblemHead Problem = "not signed"
	// ProblemChain: fingerprints of own transactions are damaged. They prove
	// nothing any more, and nothing else comes of it (Law F).
	ProblemChain Problem = "fingerprints damaged"
)

// Finding is one thing that VerifyRange found wrong. RebuildTree heals
// ProblemTree, whose Key is where the leaf begins, Reindex heals ProblemIndex,
// Restore heals ProblemState; ProblemHead and ProblemChain are healed by newer
// heads and transactions. Forfeit of the key heals the others, ProblemCount
// whatever the key.
type Finding struct {
	Collection, Key string
	Problem         Problem
	Detail          string
}

// String prints "people/ann: record missing: index entry a:7".
func (f Finding) String() string {
	return fmt.Sprintf("%s/%s: %s: %s", f.Collection, f.Key, f.Problem, f.Detail)
}

// Kept reports whether findings leave every document what was written: they are of what is
// kept beside it, and made again from it.
func Kept(findings []Finding) bool {
	return !slices.ContainsFunc(findings, func(f Finding) bool { return f.Problem != ProblemIndex && f.Problem != ProblemTree })
}

// MaxFindings is where VerifyRange stops.
const MaxFindings = 1000

// errEnough ends a check that has found enough.
var errEnough = errors.New("enough findings")

// VerifyRange checks the keys [from, to) of a collection as they are now:
// checksum and content of each record, with all parts of a large one, heads
// against the dot index both ways, and conflicts against theirs, content against
// knowledge, leaves against the tree where it is hashed; of all keys also what is
// kept of the collection as a whole, and that all it knows is signed. It
// changes nothing, and stops at MaxFindings. to "" is the end of the key
// space. An error means that the check could not be carried out.
//
// It reads the whole index of the collection, however few the keys are: an
// entry is found by its dot. To check several documents use VerifyKeys.
func (d *Documents) VerifyRange(coll, from, to string) ([]Finding, error) {
	return d.verify(coll, []crdt.Range{{From: from, To: to}}, everywhere)
}

// VerifyHeld is VerifyRange of all keys, but lists, and counts as findings, only
// what it finds in the ranges held, which are in order: of others, which are
// being dropped, nothing is known.
func (d *Documents) VerifyHeld(coll string, held []crdt.Range) ([]Finding, error) {
	return d.verify(coll, []crdt.Range{{}}, held)
}

// VerifyEach is VerifyHeld without an end: it calls fn with each finding as it is made,
// holding none of them, and stops with the error of fn.
func (d *Documents) VerifyEach(coll string, held []crdt.Range, fn func(Finding) error) error {
	return d.check(coll, []crdt.Range{{}}, held, fn)
}

// VerifyKeys is VerifyRange for single documents, in any order, which need not
// exist. It reads the index once for all of them.
func (d *Documents) VerifyKeys(coll string, keys []string) ([]Finding, error) {
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	ranges := make([]crdt.Range, len(keys))
	for i, key := range keys {
		ranges[i] = crdt.Range{From: key, To: key + "\x00"}
	}
	return d.verify(coll, ranges, everywhere)
}

// verify checks ranges of keys, which are in order, and lists what it finds in
// those that are held.
func (d *Documents) verify(coll string, ranges, held []crdt.Range) (found []Finding, err error) {
	err = d.check(coll, ranges, held, func(f Finding) error {
		if found = append(found, f); len(found) >= MaxFindings {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return found, nil
}

// check is verify with who takes the findings.
func (d *Documents) check(coll string, ranges, held []crdt.Range, found func(Finding) error) error {
	v, err := d.View(coll)
	if errors.Is(err, ErrDamaged) {
		return found(unreadable(coll, err))
	}
	if err != nil {
		return err
	}
	c := &checker{View: v, keys: ranges, held: held, bad: map[string]bool{}, found: found}
	if len(ranges) == 1 && ranges[0].From == "" && ranges[0].To == "" {
		err = c.allKept()
	}
	for _, r := range ranges {
		if err == nil {
			err = c.records(r)
		}
	}
	if err == nil {
		err = c.index()
	}
	for _, r := range ranges {
		for _, check := range []func(crdt.Range) error{c.conflicts, c.parts, c.leaves} {
			if err == nil {
				err = check(r)
			}
		}
	}
	if err = errors.Join(err, v.Close()); err != nil {
		return fmt.Errorf("verify %s: %w", coll, err)
	}
	return nil
}

// everywhere are all keys.
var everywhere = []crdt.Range{{}}

// unreadable is the finding of a collection of which nothing can be read.
func unreadable(coll string, err error) Finding {
	return Finding{Collection: coll, Problem: ProblemState, Detail: err.Error()}
}

// checker is one run of verify.
type checker struct {
	*View
	keys  []crdt.Range // in order
	held  []crdt.Range // in order
	found func(Finding) error
	told  bool            // something was found that may be why the index is not as it was written
	bad   map[string]bool // keys whose record was found damaged, at most maxBad
}

// maxBad is how many damaged records are remembered. Of others it is found out again.
const maxBad = 10_000

// spoilt remembers that a record was found damaged.
func (c *checker) spoilt(key string) {
	if len(c.bad) < maxBad {
		c.bad[key] = true
	}
}

// isSpoilt reports whether a record was, or would be, found damaged.
func (c *checker) isSpoilt(key string) bool {
	if c.bad[key] || len(c.bad) < maxBad {
		return c.bad[key]
	}
	rec, err := getRecord(c.snap, c.replicas, c.coll, key)
	if err == nil && rec.large != nil {
		rec.Body, err = bodyReader{c.snap, c.coll, key}.read(rec.large)
	}
	if err == nil {
		_, err = crdt.Decode(rec.Body)
	}
	return err != nil
}

// inRanges reports whether one of the ranges, which are in order, holds key.
func inRanges(ranges []crdt.Range, key string) bool {
	i := sort.Search(len(ranges), func(i int) bool { return ranges[i].From > key }) // behind it
	return i > 0 && ranges[i-1].Contains(key)
}

func (c *checker) find(key string, p Problem, detail string) error {
	if key != "" && p != ProblemTree && !inRanges(c.held, key) { // a leaf that begins outside may end inside
		return nil
	}
	switch p {
	case ProblemRecord, ProblemMissing, ProblemIndex, ProblemStale, ProblemAhead:
		c.told = true
	}
	return c.found(Finding{c.coll, key, p, detail})
}

// records checks each record by itself and against index and knowledge.
func (c *checker) records(keys crdt.Range) error {
	live := uint64(0)
	for item, err := range c.snap.Scan(documentRange(c.coll, keys.From, keys.To)) {
		if err != nil {
			return err
		}
		key := documentKeyOf(c.coll, item.Key)
		rec, err := recordOf(c.coll, key, item.Key, item.Value, c.replicaID)
		if err == nil && rec.large != nil { // not one that is remembered
			rec.Body, err = bodyReader{c.snap, c.coll, key}.read(rec.large)
		}
		if errors.Is(err, ErrDamaged) {
			c.spoilt(key)
			if err := c.find(key, ProblemRecord, err.Error()); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if rec.Exists() {
			live++
		}
		if err := c.record(rec); err != nil {
			return err
		}
	}
	if keys.From == "" && keys.To == "" && live != c.Count() && len(c.bad) == 0 {
		return c.find("", ProblemCount, fmt.Sprintf("%d documents, the count says %d", live, c.Count()))
	}
	return nil
}

func (c *checker) record(rec Record) error {
	vector, counted := c.Knowledge().At(rec.Key), true
	for _, h := range rec.Heads {
		if !vector.Has(h) {
			if err := c.find(rec.Key, ProblemAhead, fmt.Sprintf("head %s, known is %s", h, vector)); err != nil {
				return err
			}
		}
		entry, err := c.snap.Get(indexKey(c.coll, c.replicas.numbers[h.Replica], h.Counter))
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		listed := err == nil && (names(entry, rec.Key) || shared(c.snap, c.replicas, c.coll, entry, h))
		if listed && c.dropped(h) {
			if err := c.find(rec.Key, ProblemStale, fmt.Sprintf("head %s, which was replaced, is in the index again", h)); err != nil {
				return err
			}
		}
		if !listed {
			if err := c.find(rec.Key, ProblemIndex, fmt.Sprintf("no entry for head %s", h)); err != nil {
				return err
			}
		} else if crowd := crowdIn(entry, rec.Key); counted && !fits(crowd, len(rec.Heads)) {
			counted = false
			if err := c.crowded(rec, h, crowd); err != nil {
				return err
			}
		}
	}
	doc, err := crdt.Decode(rec.Body)
	switch {
	case err != nil:
		c.spoilt(rec.Key)
		return c.find(rec.Key, ProblemRecord, err.Error())
	case !doc.CoveredBy(vector):
		return c.find(rec.Key, ProblemAhead, fmt.Sprintf("content, known is %s", vector))
	case len(rec.Heads) == 0:
		return c.find(rec.Key, ProblemIndex, "no heads")
	}
	return c.conflicted(rec, doc.HasConflicts())
}

// index checks the entries of all keys that are checked.
func (c *checker) index() error {
	entries := ScanOptions{Start: inCollection(spaceIndex, c.coll, 0), End: afterCollection(spaceIndex, c.coll)}
	for item, err := range c.snap.Scan(entries) {
		if err != nil {
			return err
		}
		for key := range namedBy(item.Value) {
			if !inRanges(c.keys, key) || c.isSpoilt(key) {
				continue
			}
			if err := c.entry(item.Key, key); err != nil {
				return err
			}
		}
	}
	return c.sum()
}

// entry checks that an entry of the index belongs to a head of a document that it names.
func (c *checker) entry(at []byte, key string) error {
	n, counter, err := parseIndexKey(c.coll, at)
	if err != nil {
		return err
	}
	replica, err := c.replicaID(n)
	if err != nil {
		return err
	}
	dot := crdt.Dot{Replica: replica, Counter: counter}
	rec, err := getRecord(c.snap, c.replicas, c.coll, key)
	switch {
	case err != nil:
		return err
	case len(rec.Heads) == 0 && !rec.Exists():
		return c.find(key, ProblemMissing, fmt.Sprintf("index entry %s", dot))
	case !slices.Contains(rec.Heads, dot) && c.Knowledge().At(key).Has(dot):
		return c.find(key, ProblemStale, fmt.Sprintf("heads %v, the index names %s", rec.Heads, dot))
	case !slices.Contains(rec.Heads, dot):
		return c.find(key, ProblemIndex, fmt.Sprintf("entry %s is not a head", dot))
	}
	return nil
}
