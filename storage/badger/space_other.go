//go:build !linux

package badger

import "errors"

// canReserve reports whether blocks can be reserved on this system.
const canReserve = false

func watch(*space)   {}
func unwatch(*space) {}

func reserve(int, int64, int64, bool) error             { return errors.ErrUnsupported }
func reserveFile(string, int, int64, int64, bool) error { return errors.ErrUnsupported }
func free(string) (int64, error)                        { return 0, errors.ErrUnsupported }
func giveBack(int, int64)                               {}
func isFresh(int) (bool, error)                         { return false, nil }
func outOfSpace(error) bool                             { return false }
func cannotReserve(err error) bool                      { return errors.Is(err, errors.ErrUnsupported) }
