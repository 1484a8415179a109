package badger

import (
	"os"
	"path/filepath"
)

// valueLogSuffix ends the names of value logs.
const valueLogSuffix = ".vlog"

// dropUnborn removes value logs without a byte: a process was killed, or the
// power went, after the file was created and before it got its length. Badger
// takes one for a new file where it expects an old one, and would not open the
// store again. Nothing was ever in it.
func dropUnborn(dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*"+valueLogSuffix))
	if err != nil {
		return err
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if info.Size() > 0 {
			continue
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}
