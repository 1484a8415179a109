package node_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/archive"
)

// resealed is an archive that was written anew by somebody who does not know
// the mesh secret: all sums hold, and the signature is that of a device.
func resealed(t *testing.T, b []byte) []byte {
	t.Helper()
	in, err := archive.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	h := in.Header()
	h.Device = key.Public().(ed25519.PublicKey)
	var out bytes.Buffer
	w, err := archive.NewWriter(&out, h)
	for err == nil {
		var next any
		if next, err = in.Next(); errors.Is(err, io.EOF) {
			return out.Bytes()
		}
		switch next := next.(type) {
		case *archive.Collection:
			err = w.Begin(*next)
		case []crdt.SignedHead:
			err = w.Heads(next)
		case *archive.Frame:
			err = w.Frame(*next)
		case *archive.End:
			_, err = w.End(next.Existing, next.Root)
		case *archive.Trailer:
			_, _, err = w.Close(func(sum archive.Sum) archive.Seal { return archive.NewSeal(key, []byte("a guess"), sum) })
		}
	}
	t.Fatal(err)
	return nil
}
