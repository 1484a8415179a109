package badger

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crdtstore/crdtstore/storage"
)

const (
	// manifestAhead is how many bytes there are at least for what Badger appends
	// to its manifest: a record that is cut off by a full disk, with another one
	// behind it, would keep the store from ever opening again.
	manifestAhead = 64 << 10
	// registryAhead is the same for the registry of keys.
	registryAhead = 4 << 10
	// tableRetry is how often a table that finds no room looks again.
	tableRetry = 500 * time.Millisecond
	// starvedFor is how long after a table found no room writes are refused.
	starvedFor = 3 * time.Second
	// closingFor is how long Close waits for tables that find no room.
	closingFor = 3 * time.Second
)

// space sees to it that Badger never touches a page of a mapped file for which
// the disk has no block: the system would end the process (SIGBUS), and again
// when it is started. So files get their blocks before they are mapped (see
// reserve), and no commit begins before the write-ahead log it goes to, and the
// beginning of the one behind it, have theirs (see ready). Somebody else may
// fill the disk at any moment; what is checked is not what is free but what
// is ours.
type space struct {
	dir        string // as the system names it; empty: nothing is guarded
	log, batch int64  // bytes of a log when it is full, and of the largest transaction
	spare      func() bool
	logger     *slog.Logger // may be nil
	closing    chan struct{}
	stuck      chan struct{} // full when a table found no room while closing
	tables     atomic.Uint64 // that were made since the store was opened
	resident   resident

	mu       sync.Mutex
	next     string    // name of the next log, which Badger has not created
	ahead    bool      // next has the blocks of one transaction
	short    string    // path of the active log while it has not all its blocks
	fed      bool      // the manifest and the registry can grow
	starved  time.Time // when a table last found no room; zero after one has found some
	seen     int       // mapped files that were looked at
	found    int       // logs that were there before the store is opened
	disabled bool      // the file system cannot reserve blocks
}

// newSpace guards the store in dir, which is about to be opened for writing.
// A log is full at memtable bytes and takes one more transaction. From so many
// bytes of mapped files in memory on pages are let go of; 0 is no limit. spare
// frees what was kept for this case, and reports whether there was anything.
func newSpace(dir string, memtable, mapped int64, spare func() bool, log *slog.Logger) (*space, error) {
	s := &space{
		log: memtable + memtable/4, batch: memtable / 4, spare: spare, logger: log,
		closing: make(chan struct{}), stuck: make(chan struct{}, 1),
	}
	if s.spare == nil {
		s.spare = func() bool { return false }
	}
	if dir == "" || !canReserve {
		return s, nil
	}
	real, err := filepath.EvalSymlinks(dir)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return nil, err
	}
	if err := s.clear(real); err != nil {
		return nil, err
	}
	s.dir, s.resident = real, resident{dir: real, limit: mapped, logger: log}
	watch(s)
	return s, nil
}

// clear removes logs that were prepared and never used, which Badger would
// take for damage, and finds the name of the next one.
func (s *space) clear(dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*"+logSuffix))
	if err != nil {
		return err
	}
	last := 0
	s.found = 0
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if info.Size() == 0 {
			if err := os.Remove(path); err != nil {
				return err
			}
			continue
		}
		n, err := logNumber(path)
		if err != nil {
			return err
		}
		last = max(last, n)
		s.found++
	}
	s.next, s.ahead = logName(last+1), false
	return nil
}

const logSuffix = ".mem"

func logName(n int) string { return fmt.Sprintf("%05d%s", n, logSuffix) }

func logNumber(path string) (int, error) {
	return strconv.Atoi(strings.TrimSuffix(filepath.Base(path), logSuffix))
}

// ready returns when one transaction, whatever is in it, can be committed
// without a further block, and with storage.ErrSpace if it cannot.
func (s *space) ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == "" || s.disabled {
		return nil
	}
	if since := time.Since(s.starved); !s.starved.IsZero() && since < starvedFor {
		return fmt.Errorf("%w: %s ago a table found no room", storage.ErrSpace, since.Round(time.Millisecond))
	}
	if s.ahead && s.short == "" && s.fed {
		return nil
	}
	err := s.prepare()
	if outOfSpace(err) && s.spare() {
		err = s.prepare()
	}
	return s.translate(err)
}

// prepare takes the blocks that the next commit may need.
func (s *space) prepare() error {
	if s.short != "" {
		if err := reserveFile(s.short, os.O_RDWR, 0, s.log, false); err != nil {
			return err
		}
		s.short = ""
	}
	if !s.ahead {
		path := filepath.Join(s.dir, s.next)
		if err := reserveFile(path, os.O_RDWR|os.O_CREATE, 0, s.batch, true); err != nil {
			return errors.Join(err, os.Remove(path))
		}
		s.ahead = true
	}
	return s.feed()
}

// feed keeps room in the files that Badger appends to.
func (s *space) feed() error {
	err := cmp.Or(ahead(filepath.Join(s.dir, "MANIFEST"), manifestAhead), ahead(filepath.Join(s.dir, "KEYREGISTRY"), registryAhead))
	s.fed = err == nil
	return err
}

// ahead sees to it that there are blocks for so many bytes behind the end of a
// file, or at least for half of them.
func ahead(path string, bytes int64) error {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil // while the store is opened
	}
	if err != nil || allocated(info) >= info.Size()+bytes/2 {
		return err
	}
	return reserveFile(path, os.O_RDWR, info.Size(), bytes, true)
}

// translate makes a lack of blocks a storage.ErrSpace. Where the file system
// cannot reserve blocks nothing is guarded from then on.
func (s *space) translate(err error) error {
	switch {
	case err == nil:
		return nil
	case outOfSpace(err):
		return fmt.Errorf("%w: %w", storage.ErrSpace, err)
	case cannotReserve(err):
		s.disable()
		return nil
	}
	return err
}

func (s *space) disable() {
	s.disabled = true
	if s.logger != nil {
		s.logger.Warn("the file system cannot reserve blocks: a full disk can end this process")
	}
}

// Room returns storage.ErrSpace if an Update would.
func (s *Store) Room() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.calls.enter(); err != nil {
		return err
	}
	defer s.calls.end()
	if s.readOnly {
		return nil
	}
	return s.space.ready()
}

// spaceError is err, also a storage.ErrSpace if it comes of a lack of room.
// Badger keeps of errors the text.
func spaceError(err error) error {
	if err != nil && (outOfSpace(err) || strings.Contains(err.Error(), "no space left on device")) {
		return fmt.Errorf("%w: %w", storage.ErrSpace, err)
	}
	return err
}

// logs is how many logs there are in a store that is about to be opened.
func (s *space) logs() int {
	if s == nil {
		return 0
	}
	return s.found
}

// close tells that tables are waited for from now on. A nil space is that of a
// store that is only read.
func (s *space) close() {
	if s != nil {
		close(s.closing)
	}
}

// waiting is full when a table finds no room although close was called.
func (s *space) waiting() <-chan struct{} {
	if s == nil {
		return nil
	}
	return s.stuck
}

// opened is called when the store is open: what nothing was seen of is not
// guarded.
func (s *space) opened() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir != "" && s.seen == 0 && !s.disabled {
		s.disable()
	}
}

// closed ends it; the prepared log goes, because a store that was closed
// cleanly can be opened to be read.
func (s *space) closed() error {
	if s == nil || s.dir == "" {
		return nil
	}
	unwatch(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clear(s.dir)
}
