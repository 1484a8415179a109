//go:build !linux

package badger

// residentFiles is not known on this system, so nothing is let go of.
func residentFiles() (int64, error) { return 0, nil }

func letGo(string) error { return nil }

func letGoOf([]byte) error { return nil }
