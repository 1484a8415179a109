//go:build unix

package badger

import (
	"io/fs"
	"syscall"
)

// allocated is the space that a file takes on disk; Badger's logs are mostly
// holes.
func allocated(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int64(st.Blocks) * 512 //nolint:unconvert // int32 elsewhere
	}
	return info.Size()
}
