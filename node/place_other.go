//go:build !linux

package node

var machineFiles []string

// directoryID is not known here.
func directoryID(string) string { return "" }
