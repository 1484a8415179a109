//go:build !linux

package badger

import (
	"fmt"

	badgerdb "github.com/dgraph-io/badger/v4"
)

// syncActive syncs the log that is being written.
func (l *logs) syncActive(db *badgerdb.DB) (err error) {
	defer guard(&err)
	if err := db.Sync(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}
