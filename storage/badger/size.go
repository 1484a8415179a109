package badger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// dirSize is the space that the files in dir take on disk.
func dirSize(dir string) (int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("size of store: %w", err)
	}
	var sum int64
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist): // compacted away meanwhile
			continue
		case err != nil:
			return 0, fmt.Errorf("size of store: %w", err)
		}
		if info.Mode().IsRegular() {
			sum += allocated(info)
		}
	}
	return sum, nil
}
