package node

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/crdtstore/crdtstore/crdt"
)

// watermarkFile notes, beside the store, what the store held: a line with the
// SHA-256 of the next one, in hexadecimal digits, and one of JSON.
const watermarkFile = "watermark"

// watermark is what is noted of a store outside of it. What it says was on disk
// in the store before it was written, so a store that says less was put back, has
// lost something, or is another one (Law F).
type watermark struct {
	Format  int            `json:"format"`
	Boot    hexID          `json:"boot"`   // this opening
	Before  hexID          `json:"before"` // the one before it, which the store may still say
	Replica crdt.ReplicaID `json:"-"`
	Own     hexID          `json:"replica"`
	Place   string         `json:"place"` // see placeOf; "" is not known
	Self    string         `json:"self"`  // this file, as its file system names it, which no copy of it is; "" is not known
	Clock   crdt.Timestamp `json:"clock"`
	// Stopped says that the store was closed after this was noted.
	Stopped bool `json:"stopped"`
	// Collections has those that hold anything.
	Collections map[string]marked `json:"collections"`
}

// marked is what a watermark says of one collection.
type marked struct {
	Counter   uint64 `json:"counter"`        // own, of the incarnation in use
	Documents uint64 `json:"documents"`      // that exist, when Stopped
	Root      string `json:"root,omitempty"` // of the tree, where it was hashed, when Stopped
}

const watermarkFormat = 1

// hexID prints as hexadecimal digits.
type hexID [16]byte

func (h hexID) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

func (h *hexID) UnmarshalText(b []byte) error {
	if hex.DecodedLen(len(b)) != len(h) {
		return errors.New("not 32 hexadecimal digits")
	}
	_, err := hex.Decode(h[:], b)
	return err
}

// errWatermark is wrapped by errors of a watermark that cannot be read as it was
// written.
var errWatermark = errors.New("damaged")

// loadWatermark reads the watermark of a data directory; nil if there is none.
func loadWatermark(dir string) (*watermark, error) {
	b, err := os.ReadFile(filepath.Join(dir, watermarkFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sum, rest, _ := bytes.Cut(b, []byte("\n"))
	if want := sha256.Sum256(bytes.TrimSuffix(rest, []byte("\n"))); string(sum) != hex.EncodeToString(want[:]) {
		return nil, fmt.Errorf("%w: its checksum is another", errWatermark)
	}
	w := &watermark{}
	if err := json.Unmarshal(rest, w); err != nil {
		return nil, fmt.Errorf("%w: %w", errWatermark, err)
	}
	if w.Format > watermarkFormat {
		return nil, fmt.Errorf("%w: format %d, this version reads %d", errWatermark, w.Format, watermarkFormat)
	}
	w.Replica = crdt.ReplicaID(w.Own)
	return w, nil
}

// save writes the watermark, durably.
func (w *watermark) save(dir string) error {
	return writeFileOf(filepath.Join(dir, watermarkFile), func(file string) ([]byte, error) {
		w.Format, w.Own, w.Self = watermarkFormat, hexID(w.Replica), directoryID(file)
		b, err := json.Marshal(w)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(b)
		content := append(hex.AppendEncode(nil, sum[:]), '\n')
		return append(append(content, b...), '\n'), nil
	})
}

// copied reports whether the watermark of a directory is not the file that was written
// as such: it was put back there, with or without the rest.
func (w *watermark) copied(dir string) bool {
	is := directoryID(filepath.Join(dir, watermarkFile))
	return is != "" && w.Self != "" && is != w.Self
}
