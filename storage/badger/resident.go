package badger

import (
	"log/slog"
	"sync"
)

// shrinkStep is how much more there must be than what was left the last time,
// which may be what cannot be let go of.
const shrinkStep = 24 << 20

// resident keeps the files of a store small in memory. Tables and logs are
// mapped: each page of one that was written or read counts as memory of this
// process until the file is gone, although the system could take it back at
// any time, so that a process becomes as large as its store. Pages that are
// let go of stay in the page cache (see addresses).
type resident struct {
	dir    string       // as the system names it
	limit  int64        // bytes of mapped files in memory from which on pages are let go of; 0 for none
	logger *slog.Logger // may be nil

	mu   sync.Mutex
	left int64 // bytes of mapped files after the last time, or less since
}

// large reports whether there is something to let go of.
func (r *resident) large() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.isLarge(r.limit)
}

func (r *resident) isLarge(limit int64) bool {
	if r.limit == 0 {
		return false
	}
	now, err := residentFiles()
	if err != nil {
		r.end(err)
		return false
	}
	r.left = min(r.left, now) // others may have brought pages back meanwhile
	return now > max(limit, r.left+shrinkStep)
}

// makeRoom is called before each table that is made, and lets go of what is more
// than half of the limit. Those who make tables wait for one another here: a
// compaction writes as fast as the cores and the page cache can, up to 13 tables at
// once, and would outrun whoever looks from time to time.
func (r *resident) makeRoom() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.isLarge(r.limit / 2) {
		r.letGo()
	}
}

// shrinkMore is shrink, if there are more than so many bytes more than what was left the last time.
func (r *resident) shrinkMore(bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.limit == 0 {
		return
	}
	if now, err := residentFiles(); err != nil {
		r.end(err)
	} else if now > r.left+bytes {
		r.letGo()
	}
}

// shrink lets go of all that it can.
func (r *resident) shrink() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.letGo()
}

func (r *resident) letGo() {
	err := letGo(r.dir)
	if err == nil {
		r.left, err = residentFiles()
	}
	if err != nil {
		r.end(err)
	}
}

// fail ends it.
func (r *resident) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end(err)
}

func (r *resident) end(err error) {
	r.limit = 0
	if r.logger != nil {
		r.logger.Warn("files are not kept small in memory any more", "error", err)
	}
}
