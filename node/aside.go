package node

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/dustin/go-humanize/english"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

const (
	// asidePrefix begins the names of directories in which a store is that could
	// not be opened; the time is behind it.
	asidePrefix = "aside-"
	// rebuildDir is where a store is made again while the damaged one is still in
	// its place.
	rebuildDir = "rebuilding"
	// asideReport and asideRest are in the directory, beside the store.
	asideReport = "report.json"
	asideRest   = "not-salvaged.ndjson"
)

// Aside tells of a store that could not be opened, and what became of it.
type Aside struct {
	Dir   string    `json:"dir"` // where it is now
	Time  time.Time `json:"time"`
	Cause string    `json:"cause"`
	// Whole says that all that it held was read, and is in the new store.
	Whole bool `json:"whole"`
	// Damage is what could not be read of its files.
	Damage []string `json:"damage,omitempty"`
	// Taken are documents, of those whose present state is in doubt, that were
	// taken over as they were found; peers complete them.
	Taken int `json:"taken"`
	// Left are documents that can be read and were not taken over; they are in
	// the file Rest as lines that crdtctl import takes.
	Left int    `json:"left"`
	Rest string `json:"rest,omitempty"`
	// Lost names documents, at most 1,000, that could not be read.
	Lost []string `json:"lost,omitempty"`
	// Beside names documents, at most 1,000, that were written here and of which nobody knows what that had
	// replaced of others: parts of it may stand beside them at the peers, and a count may be the part of the others alone.
	Beside []string `json:"beside,omitempty"`
	// Replaced and Place are where the damaged store was and where the new one is, as the
	// watermark names it: a directory whose store this node has replaced is no copy. "" is not known.
	Replaced string `json:"replaced,omitempty"`
	Place    string `json:"place,omitempty"`
}

// String is the report in a sentence or three.
func (a Aside) String() string {
	s := fmt.Sprintf("the store could not be opened (%s) and was moved to %s; ", a.Cause, a.Dir)
	switch {
	case a.Whole:
		return s + "all that it held was read and is in the new one"
	case a.Taken+a.Left+len(a.Lost) == 0:
		s += "what could be read of it is in the new one; peers bring what they have"
	case a.Left == 0 && len(a.Lost) == 0:
		s += fmt.Sprintf("what could be read of it is in the new one, %d %s of which newer changes may be missing, or beside which there may be what was replaced; peers bring those that they have", a.Taken, english.PluralWord(a.Taken, "document", ""))
	default:
		s += fmt.Sprintf("documents taken over: %d, that could be read and were not: %d, that could not be read: %d; peers bring what they have", a.Taken, a.Left, len(a.Lost))
	}
	if some := a.Beside[:min(len(a.Beside), maxNamed)]; len(some) > 0 {
		s += "; look at what was written here last, beside which there may be parts of what that had replaced, or the half of a count: " + strings.Join(some, ", ")
		if more := len(a.Beside) - len(some); more > 0 {
			s += fmt.Sprintf(" and %d more (%s)", more, filepath.Join(a.Dir, asideReport))
		}
	}
	for _, d := range a.Damage {
		s += "; " + d
	}
	return s
}

// maxNamed is how many documents the sentence names; the report names more.
const maxNamed = 20

// spoilt reports whether err says that the files of a store are damaged. All else
// is for somebody else to mend: a lock, a key, a newer version, the disk.
func spoilt(err error) bool {
	var errno syscall.Errno
	var locked *badger.ErrLocked
	switch {
	case err == nil, errors.As(err, &locked), errors.As(err, &errno), errors.Is(err, os.ErrPermission), errors.Is(err, os.ErrNotExist),
		errors.Is(err, storage.ErrFormat), errors.Is(err, storage.ErrDevice), errors.Is(err, storage.ErrOptions), errors.Is(err, storage.ErrSpace),
		errors.Is(err, badger.ErrSealed), errors.Is(err, badger.ErrPlain), errors.Is(err, badger.ErrWrongKey), errors.Is(err, badger.ErrNarrow),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	}
	return true
}

// asider moves a store aside that cannot be opened.
type asider struct {
	dir    string // the data directory
	device ed25519.PrivateKey
	badger badger.Options
	clock  func() time.Time
}

func (a asider) store() string   { return filepath.Join(a.dir, storeDir) }
func (a asider) rebuilt() string { return filepath.Join(a.dir, rebuildDir) }

// finish ends what a stop has interrupted: the new store is put in its place once
// the old one has left it, and not before.
func (a asider) finish() error {
	if err := os.RemoveAll(a.rebuilt() + readSuffix); err != nil {
		return err
	}
	_, err := os.Lstat(a.store())
	switch _, e := os.Lstat(a.rebuilt()); {
	case errors.Is(e, os.ErrNotExist):
		return nil
	case e != nil:
		return e
	case err == nil:
		return os.RemoveAll(a.rebuilt())
	case errors.Is(err, os.ErrNotExist):
		return errors.Join(os.Rename(a.rebuilt(), a.store()), syncDir(a.dir))
	}
	return err
}

// inspect makes sure that Badger may be let near the store: a damaged manifest
// makes it delete tables, a damaged log cut off what is behind.
func (a asider) inspect() error {
	return badger.Inspect(a.store(), a.badger.Key)
}

// replace makes a new store from what can be read of the damaged one, which is
// moved aside.
func (a asider) replace(ctx context.Context, cause error) (*Aside, error) {
	report := &Aside{Time: a.clock().UTC().Truncate(time.Second), Cause: cause.Error()}
	report.Dir = filepath.Join(a.dir, asidePrefix+report.Time.Format("20060102T150405Z"))
	for n := 2; ; n++ {
		err := os.Mkdir(report.Dir, 0o700)
		if err == nil {
			break
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, err
		}
		report.Dir = filepath.Join(a.dir, fmt.Sprintf("%s%s-%d", asidePrefix, report.Time.Format("20060102T150405Z"), n))
	}
	fail := func(err error) (*Aside, error) {
		return nil, fmt.Errorf("%w; what could be read of the store was to be saved: %w", cause, errors.Join(err, os.RemoveAll(a.rebuilt()), os.RemoveAll(report.Dir)))
	}
	if err := errors.Join(os.RemoveAll(a.rebuilt()), os.Mkdir(a.rebuilt(), 0o700)); err != nil {
		return fail(err)
	}
	s := &salvager{asider: a, report: report}
	if err := s.run(ctx); err != nil {
		return fail(err)
	}
	report.Replaced, report.Place = placeOf(a.dir), placeOfStore(a.rebuilt())
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return fail(err)
	}
	if err := writeFile(filepath.Join(report.Dir, asideReport), append(text, '\n')); err != nil {
		return fail(err)
	}
	if err := os.Rename(a.store(), filepath.Join(report.Dir, storeDir)); err != nil {
		return fail(err)
	}
	return report, errors.Join(syncDir(report.Dir), syncDir(a.dir), a.finish())
}

// asides reads the reports of the stores that were moved aside, oldest first.
func asides(dir string) (all []Aside, err error) {
	if dir == "" {
		return nil, nil
	}
	dirs, err := filepath.Glob(filepath.Join(dir, asidePrefix+"*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(dirs)
	for _, d := range dirs {
		one := Aside{Dir: d, Cause: "no report is there"}
		if b, err := os.ReadFile(filepath.Join(d, asideReport)); err == nil {
			_ = json.Unmarshal(b, &one) // what is there is shown
			one.Dir = d
		}
		all = append(all, one)
	}
	return all, nil
}
