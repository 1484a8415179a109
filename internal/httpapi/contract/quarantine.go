package contract

import "time"

// Quarantine is the answer of GET /v1/quarantine.
type Quarantine struct {
	Quarantined []Quarantined `json:"quarantined"` // the oldest first
}

// Quarantined is something that was put aside as it was.
type Quarantined struct {
	ID         uint64    `json:"id"`
	Time       time.Time `json:"time"`
	Kind       string    `json:"kind"`       // document, message, record or raw
	Origin     string    `json:"origin"`     // peer id of who sent it; "" if it was here
	Collection string    `json:"collection"` // "" where it is not known
	Key        string    `json:"key"`
	Reason     string    `json:"reason"`
	Bytes      int       `json:"bytes"`
	Raw        []byte    `json:"raw,omitempty"` // base64; only where one is asked for
}

// QuarantineSuffix is what a backup's name has behind it in that of the file which holds what was in
// quarantine then.
const QuarantineSuffix = ".quarantine"

// MaxQuarantinedBody is the most bytes of the JSON of one Quarantined, with its bytes as base64, and of
// several in one body.
const MaxQuarantinedBody = 8 << 20

// Released is the answer of POST /v1/quarantine/release.
type Released struct {
	Changed bool `json:"changed"` // the document is another one now
}

// ReleasedAll is the answer of POST /v1/quarantine/release-all.
type ReleasedAll struct {
	Released []ReleaseOutcome `json:"released"` // the oldest first
}

// ReleaseOutcome is what came of one that was released with all others.
type ReleaseOutcome struct {
	Quarantined
	Outcome string `json:"outcome"` // back, refused or asked
	Changed bool   `json:"changed"` // its document is another one now, by this release
	Why     string `json:"why"`     // "" where it came back
}

// The values of ReleaseOutcome.Outcome.
const (
	CameBack     = "back"    // it is here; nothing of it is in quarantine
	RefusedAgain = "refused" // it is in quarantine, still or again
	AskedFor     = "asked"   // a peer was asked for it, and it has not come yet
)

// DroppedAll is the answer of POST /v1/quarantine/drop-all.
type DroppedAll struct {
	Dropped int `json:"dropped"` // so many were in quarantine, and are gone
}

// QuarantineKept is the answer of POST /v1/quarantine with several things. Where there was no room for one, it and
// all behind it are refused with CodeQuarantineFull.
type QuarantineKept struct {
	Kept    int                 `json:"kept"`    // so many of them are in quarantine, be it since before
	Refused []QuarantineRefused `json:"refused"` // in order of their lines
}

// QuarantineRefused is one of them that was not put into quarantine.
type QuarantineRefused struct {
	Line  int     `json:"line"` // the first is 1
	Error Problem `json:"error"`
}
