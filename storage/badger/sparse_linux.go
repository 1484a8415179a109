package badger

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// readSparse reads a file; what was never written to it, which of a log are most of its blocks,
// costs neither time nor memory. end is behind the last byte that may not be zero.
func readSparse(path string) (data []byte, end int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	data = make([]byte, info.Size())
	for at := int64(0); at < info.Size(); {
		from, err := f.Seek(at, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) {
			return data, end, nil
		}
		if err == nil {
			at, err = f.Seek(from, unix.SEEK_HOLE)
		}
		if err != nil { // not known to this file system
			data, err := os.ReadFile(path)
			return data, len(data), err
		}
		at = min(at, info.Size())
		if _, err := f.ReadAt(data[from:at], from); err != nil && err != io.EOF {
			return nil, 0, err
		}
		end = int(at)
	}
	return data, end, nil
}
