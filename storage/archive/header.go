package archive

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// format is the number of the layout that this package writes, and the only
// one it reads.
const format = 1

// Kind says what an archive was written for.
type Kind string

const (
	// Backup is for the device that wrote it, or the one that takes its place.
	Backup Kind = "backup"
	// Bundle is for another member of the mesh.
	Bundle Kind = "bundle"
)

// Header says where an archive comes from.
type Header struct {
	Kind    Kind
	ID      [16]byte  // random: the name of this archive
	Created time.Time // by the clock of the writer, to the millisecond
	Node    string    // what the writer calls itself
	Device  ed25519.PublicKey
	Mesh    MeshTag // of the writer; zero if it is in none
	// Scope are the patterns of what the writer holds, with commas; "" is all.
	Scope string
	// Partial: documents that were known before are left out (see Collection.Base).
	Partial bool
	For     string // the PeerID that a bundle was made for, or ""
	// Documents is about how many documents follow, for showing progress.
	Documents uint64
}

// headerCBOR is a Header as it is written: a map with small integers as keys.
// Keys that are not known are left alone.
type headerCBOR struct {
	Format    uint64   `cbor:"1,keyasint"`
	Kind      string   `cbor:"2,keyasint"`
	ID        [16]byte `cbor:"3,keyasint"`
	Created   int64    `cbor:"4,keyasint"`
	Node      string   `cbor:"5,keyasint"`
	Device    []byte   `cbor:"6,keyasint"`
	Mesh      []byte   `cbor:"7,keyasint,omitempty"`
	Scope     string   `cbor:"8,keyasint,omitempty"`
	Partial   bool     `cbor:"9,keyasint,omitempty"`
	For       string   `cbor:"10,keyasint,omitempty"`
	Documents uint64   `cbor:"11,keyasint"`
}

// Identity is who the writer is. Whoever reads an archive that holds one can be
// that device, and a member of its mesh.
type Identity struct {
	Device []byte // Ed25519 seed, 32 bytes
	Mesh   []byte // mesh secret, 32 bytes; empty if the writer is in none
}

type identityCBOR struct {
	Device []byte `cbor:"1,keyasint"`
	Mesh   []byte `cbor:"2,keyasint,omitempty"`
}

// End is what a collection ends with.
type End struct {
	Documents uint64 // in the frames
	Removed   uint64 // in the frames: what is left of removed documents
	Existing  uint64 // of the collection, in the archive or not
	Root      [32]byte
}

type endCBOR struct {
	Documents uint64   `cbor:"1,keyasint"`
	Removed   uint64   `cbor:"2,keyasint"`
	Existing  uint64   `cbor:"3,keyasint"`
	Root      [32]byte `cbor:"4,keyasint"`
}

// Trailer is what an archive ends with.
type Trailer struct {
	Collections, Documents, Removed uint64
	Seal                            Seal
}

type trailerCBOR struct {
	Collections uint64 `cbor:"1,keyasint"`
	Documents   uint64 `cbor:"2,keyasint"`
	Removed     uint64 `cbor:"3,keyasint"`
	Signature   []byte `cbor:"4,keyasint"`
	Code        []byte `cbor:"5,keyasint,omitempty"`
}

var toCBOR, fromCBOR = codec()

func codec() (cbor.EncMode, cbor.DecMode) {
	e, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err) // cannot happen: the options are constants
	}
	d, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		MaxNestedLevels: 4, MaxArrayElements: 64, MaxMapPairs: 64,
	}.DecMode()
	if err != nil {
		panic(err) // cannot happen: the options are constants
	}
	return e, d
}

func (h Header) append() ([]byte, error) {
	c := headerCBOR{
		Format: format, Kind: string(h.Kind), ID: h.ID, Created: h.Created.UnixMilli(), Node: h.Node, Device: h.Device,
		Scope: h.Scope, Partial: h.Partial, For: h.For, Documents: h.Documents,
	}
	if h.Mesh != (MeshTag{}) {
		c.Mesh = h.Mesh[:]
	}
	return toCBOR.Marshal(c)
}

func parseHeader(b []byte) (h Header, err error) {
	var first struct {
		Format uint64 `cbor:"1,keyasint"`
	}
	if err := fromCBOR.Unmarshal(b, &first); err != nil {
		return h, fmt.Errorf("the header: %w", err)
	}
	if first.Format > format {
		return h, fmt.Errorf("%w: format %d, this version reads up to %d", ErrNewer, first.Format, format)
	}
	var c headerCBOR
	if err := fromCBOR.Unmarshal(b, &c); err != nil {
		return h, fmt.Errorf("the header: %w", err)
	}
	h = Header{
		Kind: Kind(c.Kind), ID: c.ID, Created: time.UnixMilli(c.Created).UTC(), Node: c.Node, Device: c.Device,
		Scope: c.Scope, Partial: c.Partial, For: c.For, Documents: c.Documents,
	}
	switch {
	case c.Format != format, h.Kind != Backup && h.Kind != Bundle, len(h.Device) != ed25519.PublicKeySize, len(c.Mesh) != 0 && len(c.Mesh) != len(h.Mesh):
		return h, errors.New("the header makes no sense")
	}
	copy(h.Mesh[:], c.Mesh)
	return h, nil
}

func parseIdentity(b []byte) (*Identity, error) {
	var c identityCBOR
	if err := fromCBOR.Unmarshal(b, &c); err != nil {
		return nil, fmt.Errorf("the identity: %w", err)
	}
	if len(c.Device) != ed25519.SeedSize || len(c.Mesh) != 0 && len(c.Mesh) != 32 {
		return nil, errors.New("the identity has keys of other lengths")
	}
	return &Identity{Device: c.Device, Mesh: c.Mesh}, nil
}
