package badger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// logFile is one of the logs of a store, and what reading it has found.
type logFile struct {
	id   uint64
	size int
	logRead
	cut  bool // the file is shorter than it was made
	torn bool // that it is broken may come of a power cut
}

// readLogs reads the logs of the store in dir, oldest first. Those that are empty, because they
// were prepared and not used, are left out.
func readLogs(dir string, keys *dataKeys) (all []logFile, err error) {
	ids, err := numbered(dir, logSuffix)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		l, err := openLog(dir, id, keys)
		if err != nil {
			return nil, err
		}
		if len(l.data) == 0 {
			continue
		}
		all = append(all, l.file(id))
	}
	return all, nil
}

func (l *rawLog) file(id uint64) logFile {
	f := logFile{id: id, size: len(l.data), cut: l.shortened()}
	f.logRead, _ = l.read(nil, nil) // only what is called can fail
	f.torn = f.broken && l.tearable(f.at)
	return f
}

// damagedLog says which of the logs of a store is not as a stop has left it, and why; "" is none.
// A power cut takes of what was not synced any sectors, so a log may break off, and go on behind.
// This is told from damage by what is true of all that we write:
//
//  1. A log is synced before the next one is created, so only the last one can be torn.
//  2. Commits are counted, so between two logs none is missing.
//  3. Each commit says which commits were on disk when it began. One of those that cannot be read has
//     changed on the disk, and so have all before it. Which is the first that cannot be read is
//     known from the one before it (see beginning).
//  4. What is torn lacks a part that the disk takes as a whole, and shows zeros there (see tearable).
//  5. A power cut takes what a file holds, not its length: one that has become shorter was on disk in whole before, and cut off
//     where a commit ends (see settleLogs).
//
// What is called torn was not on disk as far as anything on the disk says. newest is the
// number of the newest commit in the tables.
func damagedLog(all []logFile, newest func() uint64) (id uint64, what string) {
	var before uint64 // the last commit that can be read; 0: not known
	for n, f := range all {
		if n > 0 && all[n-1].id+1 != f.id {
			before = 0 // the one between them has become a table
		}
		switch {
		case f.size < logHeader:
			return f.id, fmt.Sprintf("%d bytes are left of it", f.size)
		case before > 0 && f.first&counted != 0 && numberOf(f.first) > before+1:
			return f.id, fmt.Sprintf("begins with commit %d, and the log before it ends with %d", numberOf(f.first), before)
		}
		before = max(before, numberOf(f.last))
		known := before
		if known == 0 && f.broken {
			known = f.beginning(newest)
		}
		switch {
		case !f.broken:
		case n < len(all)-1:
			return f.id, fmt.Sprintf("cannot be read from byte %d on, and there is a later one", f.end)
		case f.synced > known:
			return f.id, fmt.Sprintf("cannot be read from byte %d on, where commits up to %d were on disk, and %d is the last before it", f.end, f.synced, known)
		case f.cut:
			return f.id, fmt.Sprintf("was cut off at byte %d, in the middle of what begins at byte %d", f.size, f.end)
		case !f.torn:
			return f.id, fmt.Sprintf("cannot be read from byte %d on, where nothing is missing", f.end)
		}
	}
	return 0, ""
}

// beginning is the number of the last commit in front of a log in which none can be read
// in whole, where the logs before have become tables; at the latest, where that is not known. What is left of the
// first commit in front of the gap says it. Nothing may be left there, since the first sectors are
// missing: then what is behind the gap may be of that commit too, or of a later one, and where it does not say that
// this was on disk itself, the tables tell which commit comes first.
func (f logFile) beginning(newest func() uint64) uint64 {
	switch {
	case f.first > 0:
		return numberOf(f.first) - 1
	case f.synced == 0:
		return 0 // nothing says anything
	case f.synced >= f.next:
		return f.next - 1 // so late it is not, whatever the tables say
	}
	return min(f.next-1, newest())
}

// newestIn is the number of the newest commit in the tables of the store in dir, but those
// that were never in use. If one cannot be read it is not known: any.
func newestIn(dir string, keys *dataKeys) uint64 {
	const unknown = 1<<64 - 1
	ids, list, err := tablesIn(dir)
	if err != nil {
		return unknown
	}
	newest := uint64(0)
	for _, id := range ids {
		if list.unfinished(id) {
			continue
		}
		data, err := os.ReadFile(tablePath(dir, id))
		if err != nil {
			return unknown
		}
		t, err := openRawTable(data, keys)
		if err != nil || !t.sound {
			return unknown
		}
		newest = max(newest, t.newest)
	}
	return numberOf(newest)
}

// settleLogs makes what the logs of a store hold durable before it is opened, and cuts off what
// a power cut has torn. Badger would cut it off too, but not durably: it could be there again
// after another power cut, in front of other commits with the same numbers. What is in front of the cut is on disk before the
// file becomes shorter: else a power cut could show it torn, and shorter, which is taken for damage.
func settleLogs(dir string, key []byte) error {
	ids, err := numbered(dir, logSuffix)
	if err != nil {
		return err
	}
	ids = slices.DeleteFunc(ids, func(id uint64) bool {
		info, err := os.Stat(logPath(dir, id))
		return err == nil && info.Size() == 0
	})
	if len(ids) == 0 {
		return nil
	}
	keys, err := openKeys(dir, key)
	if err != nil {
		return err
	}
	last := ids[len(ids)-1]
	r, err := readLog(dir, last, keys, nil, nil)
	if err == nil && r.broken {
		if err = syncFile(logPath(dir, last)); err == nil {
			err = os.Truncate(logPath(dir, last), int64(r.end))
		}
	}
	if err != nil {
		return err
	}
	return errors.Join(syncFiles(filepath.Join(dir, "*"+logSuffix)), syncFile(dir))
}

func logPath(dir string, id uint64) string { return filepath.Join(dir, logName(int(id))) }
