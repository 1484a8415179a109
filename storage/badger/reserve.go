package badger

import (
	"os"
	"path/filepath"
	"time"
)

// reserve is called before file is mapped, to read and write, with so many
// bytes. The mapping fails with the error.
func (s *space) reserve(fd int, path string, bytes int64) error {
	name := filepath.Base(path)
	if filepath.Ext(name) == ".sst" {
		return s.reserveTable(fd, bytes)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen++
	switch {
	case s.disabled:
		return nil
	case name == s.next:
		return s.reserveLog(fd, path)
	case filepath.Ext(name) == ".vlog", name == "DISCARD":
		return s.reservePage(fd) // we never write more to them
	}
	return nil
}

// reserveLog takes the blocks of a log that Badger has just created. If there is
// no room, it has those of one transaction, and takes no other before ready has found
// the rest; while the store is opened the first page will do.
func (s *space) reserveLog(fd int, path string) error {
	n, err := logNumber(path)
	if err != nil {
		return err
	}
	had := s.ahead
	s.next, s.ahead, s.fed = logName(n+1), false, false
	err = reserve(fd, 0, s.log, false)
	if outOfSpace(err) && s.spare() {
		err = reserve(fd, 0, s.log, false)
	}
	switch {
	case err == nil:
		return nil
	case cannotReserve(err):
		s.disable()
		return nil
	case outOfSpace(err) && had:
		s.short = path
		return nil
	case outOfSpace(err):
		s.short = path
		return reserve(fd, 0, int64(os.Getpagesize()), false)
	}
	return err
}

func (s *space) reservePage(fd int) error {
	page := int64(os.Getpagesize())
	err := reserve(fd, 0, page, false)
	if outOfSpace(err) && s.spare() {
		err = reserve(fd, 0, page, false)
	}
	if cannotReserve(err) {
		s.disable()
		return nil
	}
	return err
}

// reserveTable takes the blocks of a new table, and waits until there is room.
// To fail would lose data: a compaction of Badger 4.9.6 whose table cannot be made may
// go on without it (levels.go: the Do of subcompact takes the error away from Finish).
// Nothing is locked meanwhile, and what the table holds is in logs and older tables.
// The directory is synced, which Badger leaves out for tables of memtables before
// it deletes their logs.
func (s *space) reserveTable(fd int, bytes int64) error {
	fresh, err := isFresh(fd)
	if err != nil || !fresh {
		return err
	}
	tick := time.NewTicker(tableRetry)
	defer tick.Stop()
	closing := s.closing
	for {
		if err = s.tryTable(fd, bytes); !outOfSpace(err) {
			break
		}
		giveBack(fd, bytes)
		select {
		case <-tick.C:
		case <-closing:
			closing = nil
			select {
			case s.stuck <- struct{}{}:
			default:
			}
		}
	}
	if err != nil {
		return err
	}
	if err := syncFile(s.dir); err != nil {
		return err
	}
	s.tables.Add(1)
	s.resident.makeRoom()
	return nil
}

func (s *space) tryTable(fd int, bytes int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen++
	if s.disabled {
		return nil
	}
	take := func() error {
		if err := s.feed(); err != nil {
			return err
		}
		return reserve(fd, 0, bytes, false)
	}
	err := take()
	if outOfSpace(err) && s.spare() {
		err = take()
	}
	switch {
	case cannotReserve(err):
		s.disable()
		return nil
	case outOfSpace(err):
		s.starved = time.Now()
	case err == nil:
		s.starved = time.Time{}
	}
	return err
}
