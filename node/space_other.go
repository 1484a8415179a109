//go:build !(linux || darwin || freebsd)

package node

import "errors"

// diskSpace is not known on this system: nothing is guarded.
func diskSpace(string) (free, total int64, err error) {
	return 0, 0, errors.New("free space is not known on this system")
}
