//go:build !linux

package badger

import "os"

// readSparse reads a file. end is behind the last byte that may not be zero.
func readSparse(path string) (data []byte, end int, err error) {
	data, err = os.ReadFile(path)
	return data, len(data), err
}
