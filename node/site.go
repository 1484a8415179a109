package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"
)

// ErrUnfinished is returned by Open for a directory in which a restore was
// interrupted: what is there is not the whole backup. Restore begins anew.
var ErrUnfinished = errors.New("a restore into this directory was not finished")

const (
	// siteDir is where a restore works inside the data directory. While it is
	// there the directory is not opened.
	siteDir = "restoring"
	// doneDir is what it is renamed to when all is in place: from then on the
	// directory is whole. What is left of it means nothing.
	doneDir = ".restored"

	// fileSystemDir is in the top directory of file systems of the ext family.
	fileSystemDir = "lost+found"

	siteData  = "data"  // below siteDir: what will be the data directory
	siteLock  = "lock"  // below siteDir: held while the restore runs
	siteMoved = "moved" // below siteDir: the names that are moved up, one a line; written before the first is
)

// checkFinished fails with ErrUnfinished if a restore has left its site in dir.
func checkFinished(dir string) error {
	_, err := os.Lstat(filepath.Join(dir, siteDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: %w", dir, ErrUnfinished)
}

// checkEmpty fails with ErrNotEmpty if dir holds anything but what a restore has
// left that was interrupted.
func checkEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	moved, err := movedNames(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); name != siteDir && name != doneDir && name != fileSystemDir && !slices.Contains(moved, name) {
			return fmt.Errorf("%s: %w: it holds %s; restore into a new one", dir, ErrNotEmpty, name)
		}
	}
	return nil
}

// movedNames are the entries of dir that an interrupted restore may have put
// there.
func movedNames(dir string) ([]string, error) {
	b, err := os.ReadFile(filepath.Join(dir, siteDir, siteMoved))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return strings.Fields(string(b)), err
}

// site is a restore at work in a data directory.
type site struct {
	dir  string
	lock *flock.Flock
}

// newSite begins a restore into dir, and removes what an interrupted one has
// left. It fails with ErrLocked while another one runs.
func newSite(dir string) (s *site, err error) {
	if err := os.MkdirAll(filepath.Join(dir, siteDir), 0o700); err != nil {
		return nil, err
	}
	s = &site{dir: dir, lock: flock.New(filepath.Join(dir, siteDir, siteLock), flock.SetPermissions(0o600))}
	got, err := s.lock.TryLock()
	if err == nil && !got {
		err = fmt.Errorf("%s: %w: another restore is running", dir, ErrLocked)
	}
	if err != nil {
		return nil, errors.Join(err, s.lock.Close())
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.lock.Close())
		}
	}()
	moved, err := movedNames(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range append(moved, filepath.Join(siteDir, siteMoved), filepath.Join(siteDir, siteData), doneDir) {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	if err := os.Mkdir(s.data(), 0o700); err != nil {
		return nil, err
	}
	return s, errors.Join(syncDir(filepath.Join(dir, siteDir)), syncDir(dir))
}

// data is the directory that will be the data directory.
func (s *site) data() string { return filepath.Join(s.dir, siteDir, siteData) }

// finish puts everything in its place, and then, in one step, makes the
// directory one that opens.
func (s *site) finish() error {
	entries, err := os.ReadDir(s.data())
	if err != nil {
		return err
	}
	var names []byte
	for _, e := range entries {
		names = append(append(names, e.Name()...), '\n')
	}
	if err := writeFile(filepath.Join(s.dir, siteDir, siteMoved), names); err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Rename(filepath.Join(s.data(), e.Name()), filepath.Join(s.dir, e.Name())); err != nil {
			return err
		}
	}
	if err := syncDir(s.dir); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(s.dir, siteDir), filepath.Join(s.dir, doneDir)); err != nil {
		return err
	}
	if err := syncDir(s.dir); err != nil {
		return err
	}
	return errors.Join(s.lock.Close(), os.RemoveAll(filepath.Join(s.dir, doneDir)))
}

// abandon removes what was restored so far: a restore that fails leaves an
// empty directory.
func (s *site) abandon() error {
	moved, err := movedNames(s.dir)
	for _, name := range moved {
		err = errors.Join(err, os.RemoveAll(filepath.Join(s.dir, name)))
	}
	if err != nil { // the site stays, so that nobody opens what is left
		return errors.Join(err, s.lock.Close())
	}
	return errors.Join(os.RemoveAll(filepath.Join(s.dir, siteDir)), s.lock.Close())
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
