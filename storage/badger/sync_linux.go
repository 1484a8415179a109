package badger

import (
	"fmt"
	"os"

	badgerdb "github.com/dgraph-io/badger/v4"
	"golang.org/x/sys/unix"
)

// syncActive syncs the log that is being written. Badger would do it with
// two calls of msync, one for the log and one for the value log, in which we
// never write anything, and would write the modification time each time.
// fdatasync writes the same pages, because a file and its mapping share them.
func (l *logs) syncActive(*badgerdb.DB) error {
	if l.active == nil {
		path, err := l.newest()
		if err != nil {
			return fmt.Errorf("sync: %w", err)
		}
		if l.active, err = os.Open(path); err != nil {
			return fmt.Errorf("sync: %w", err)
		}
	}
	for {
		switch err := unix.Fdatasync(int(l.active.Fd())); err {
		case nil:
			return nil
		case unix.EINTR:
		default:
			return fmt.Errorf("sync %s: %w", l.active.Name(), err)
		}
	}
}
