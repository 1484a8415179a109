package badger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// ErrLocked is returned by Open when another process, or another Store of
// this one, has the directory open.
type ErrLocked struct {
	Dir string
	// PID is the process that holds the lock, or 0 if it cannot be read.
	PID int
}

// Error names the directory and the process.
func (e *ErrLocked) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("data directory %s is in use by another process", e.Dir)
	}
	return fmt.Sprintf("data directory %s is in use by process %d", e.Dir, e.PID)
}

// lockName is the file that is locked; it holds the owner's process id. It
// stays when the store is closed, because removing it would let two
// processes lock two files of one name.
const lockName = "LOCK-pid"

// lockDir locks dir for this Store: shared if it only reads.
func lockDir(dir string, readOnly bool) (*flock.Flock, error) {
	path := filepath.Join(dir, lockName)
	lock := flock.New(path, flock.SetPermissions(0o600))
	try := lock.TryLock
	if readOnly {
		try = lock.TryRLock
	}
	got, err := try()
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	if !got {
		return nil, &ErrLocked{Dir: dir, PID: readPID(path)}
	}
	if readOnly {
		return lock, nil
	}
	if err := os.WriteFile(path, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", path, err), lock.Close())
	}
	return lock, nil
}

func readPID(path string) int {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}
