//go:build linux || darwin || freebsd

package node

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// diskSpace is what is free for this user, and all there is, in bytes, where
// dir is.
func diskSpace(dir string) (free, total int64, err error) {
	for {
		var st unix.Statfs_t
		switch err := unix.Statfs(dir, &st); err {
		case nil:
			return int64(st.Bavail) * int64(st.Bsize), int64(st.Blocks) * int64(st.Bsize), nil //nolint:unconvert // other types elsewhere
		case unix.EINTR:
		default:
			return 0, 0, fmt.Errorf("free space of %s: %w", dir, err)
		}
	}
}
