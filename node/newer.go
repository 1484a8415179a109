package node

import (
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/archive"
)

// What a newer version has written is refused before anything is written; the message has both
// format numbers.
var (
	// ErrNewerStore is returned by Open and VerifyDir for the store of a newer version.
	ErrNewerStore = storage.ErrFormat
	// ErrNewerArchive is returned by Restore and ImportBundle for an archive of a newer
	// version. It is an ErrArchive too.
	ErrNewerArchive = archive.ErrNewer
)
