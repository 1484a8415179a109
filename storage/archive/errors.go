package archive

import (
	"errors"
	"fmt"
)

var (
	// ErrArchive is returned when a file is not a whole, undamaged archive. The
	// error is an *Error, which says where it breaks off or what is wrong.
	ErrArchive = errors.New("not a whole archive")
	// ErrNewer is returned when an archive was written by a newer version. It
	// is an ErrArchive too.
	ErrNewer = errors.New("the archive was written by a newer version")
	// ErrSeal is returned by Summary.Member when no member has sealed the archive: it is of
	// another one, or was changed by somebody without the mesh's secret.
	ErrSeal = errors.New("the archive is not of this mesh")
	// ErrKnown is returned when a text is not a Known.
	ErrKnown = errors.New("not what an archive ends with")
)

// Error says what is wrong with an archive, and where.
type Error struct {
	Offset int64 // of the chunk, in bytes from the beginning of the file
	Err    error
}

// Error names the place.
func (e *Error) Error() string {
	return fmt.Sprintf("%v: at byte %d: %v", ErrArchive, e.Offset, e.Err)
}

// Unwrap gives ErrArchive and what is wrong.
func (e *Error) Unwrap() []error { return []error{ErrArchive, e.Err} }
