//go:build !linux

package node

import "os"

// allocate gives a file blocks for so many bytes.
func allocate(f *os.File, bytes int64) error { return write(f, bytes) }
