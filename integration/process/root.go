package process

import (
	"errors"
	"os"
	"path/filepath"
)

// ErrNoRoot is returned by Root when there is no go.mod here or above.
var ErrNoRoot = errors.New("no go.mod here")

// Root is the folder of the repository: that with go.mod, from the working
// directory upwards.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", ErrNoRoot
		}
		dir = filepath.Dir(dir)
	}
}
