package node

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// allocate gives a file blocks for so many bytes.
func allocate(f *os.File, bytes int64) error {
	for {
		switch err := unix.Fallocate(int(f.Fd()), 0, 0, bytes); {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EOPNOTSUPP):
			return write(f, bytes)
		default:
			return err
		}
	}
}
