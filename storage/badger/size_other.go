//go:build !unix

package badger

import "io/fs"

// allocated is the length of a file, where the space it takes is not known.
func allocated(info fs.FileInfo) int64 { return info.Size() }
