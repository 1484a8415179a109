package archive

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
)

// Seal proves who wrote an archive: the device's signature, and a code that only
// members of its mesh can make, both over the sum of all chunks before it.
type Seal struct {
	Signature []byte   // Ed25519, 64 bytes
	Code      [32]byte // HMAC-SHA256 with the mesh secret; zero if there is no mesh
}

// MeshTag tells meshes apart without telling their secrets: 8 bytes of an HMAC.
type MeshTag [8]byte

// The words that keep what is made with one key for one purpose apart from what
// is made with it for others.
const (
	wordSeal = "crdtstore archive 1\x00"
	wordMesh = "crdtstore archive mesh 1\x00"
)

func code(secret []byte, word string, b []byte) (out [32]byte) {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(word))
	h.Write(b)
	h.Sum(out[:0])
	return out
}

// TagOf is the tag of the mesh with a secret.
func TagOf(secret []byte) (t MeshTag) {
	c := code(secret, wordMesh, nil)
	copy(t[:], c[:])
	return t
}

// NewSeal seals the sum of all chunks; secret is nil without a mesh.
func NewSeal(device ed25519.PrivateKey, secret []byte, sum Sum) Seal {
	s := Seal{Signature: ed25519.Sign(device, append([]byte(wordSeal), sum[:]...))}
	if secret != nil {
		s.Code = code(secret, wordSeal, sum[:])
	}
	return s
}

// signed reports whether the device has made the seal for this sum.
func (s Seal) signed(device ed25519.PublicKey, sum Sum) bool {
	return len(s.Signature) == ed25519.SignatureSize && ed25519.Verify(device, append([]byte(wordSeal), sum[:]...), s.Signature)
}

// Member fails with ErrSeal unless a member of the mesh with this secret has
// written the archive.
func (s Summary) Member(secret []byte) error {
	switch want := code(secret, wordSeal, s.Sealed[:]); {
	case s.Header.Mesh == MeshTag{}:
		return fmt.Errorf("%w: who wrote it was in no mesh", ErrSeal)
	case s.Header.Mesh != TagOf(secret):
		return fmt.Errorf("%w: it was written in another one", ErrSeal)
	case !hmac.Equal(want[:], s.Trailer.Seal.Code[:]):
		return fmt.Errorf("%w: its seal does not hold, so who wrote or changed it does not know the mesh secret", ErrSeal)
	}
	return nil
}

var errSignature = errors.New("the signature of the device that wrote it does not hold")
