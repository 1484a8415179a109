package contract

// TypeArchive is the media type of backups and bundles.
const TypeArchive = "application/vnd.crdtstore.archive"

// ArchiveRequest is the body of POST /v1/backup and of POST /v1/bundle.
type ArchiveRequest struct {
	Since    string `json:"since,omitempty"`    // what an earlier one ends with, or GET /v1/known of another node: leave that out
	For      string `json:"for,omitempty"`      // a bundle for this peer, by id or name
	Identity bool   `json:"identity,omitempty"` // a backup with the device key and the mesh secret
}

// Known is the answer of GET /v1/known.
type Known struct {
	Known string `json:"known"`
}

// ImportReport is the answer of POST /v1/bundle/import.
type ImportReport struct {
	Collections int             `json:"collections"` // in the bundle
	Documents   int             `json:"documents"`   // in the bundle
	Removed     int             `json:"removed"`     // in the bundle
	Changed     int             `json:"changed"`     // documents here that are other than before
	Refused     []ImportRefusal `json:"refused"`
}

// ImportRefusal is a document of a bundle that could not be merged.
type ImportRefusal struct {
	Collection string `json:"collection"`
	Key        string `json:"key"`
	Reason     string `json:"reason"`
}
