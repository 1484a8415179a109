package node

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// ballastFile is kept in the directory of a node for the day when the disk is
// full: a store needs room to be opened. It is given up then, and made again when
// there is much room.
const ballastFile = "ballast"

// ballastSize is a write-ahead log, the beginning of the next one, and some
// small files.
func ballastSize(p Profile) int64 {
	if p == Server {
		return 104 << 20
	}
	return 32 << 20
}

// ballast is the file, with real blocks. A nil one is nothing.
type ballast struct {
	path   string
	size   int64
	opened atomic.Bool // the node is open: it is not given up any more

	mu   sync.Mutex
	have int64
}

// newBallast takes the file of dir as it is, nil if dir is "".
func newBallast(dir string, p Profile) *ballast {
	if dir == "" {
		return nil
	}
	b := &ballast{path: filepath.Join(dir, ballastFile), size: ballastSize(p)}
	if info, err := os.Stat(b.path); err == nil {
		b.have = info.Size()
	}
	return b
}

// bytes is how large it is.
func (b *ballast) bytes() int64 {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.have
}

// release gives it up while the node is opened. It reports whether there was one.
func (b *ballast) release() bool {
	if b == nil || b.opened.Load() {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.have = 0
	return os.Remove(b.path) == nil
}

// keep ends that it is given up: the node is open.
func (b *ballast) keep() {
	if b != nil {
		b.opened.Store(true)
	}
}

// make makes it, if there is none, and so much can be spared.
func (b *ballast) make(spare int64) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.have >= b.size || spare < b.size {
		return
	}
	f, err := os.OpenFile(b.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return // it is tried again
	}
	if err := errors.Join(allocate(f, b.size), f.Close()); err != nil {
		os.Remove(b.path)
		b.have = 0
		return
	}
	b.have = b.size
}

// write writes so many bytes that no file system leaves out or compresses away.
func write(f *os.File, bytes int64) error {
	block := make([]byte, 1<<20)
	rand.Read(block)
	for at := int64(0); at < bytes; at += int64(len(block)) {
		if _, err := f.WriteAt(block[:min(int64(len(block)), bytes-at)], at); err != nil {
			return err
		}
	}
	return nil
}
