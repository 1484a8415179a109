package antientropy

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/crdtstore/crdtstore/crdt"
)

const (
	checkHash      = 6       // bytes of a keyed hash of a key, and of one of a content
	checkDocuments = 1024    // documents of one check: about 64 leaves
	checkBytes     = 4 << 20 // bytes of documents read for one side of it
	checkKeys      = 512     // documents that one check finds different
)

// check shows a run of documents of a replica that is never at rest: what it
// knows of the keys [From, To), and what each document hashes to.
type check struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	From, To   string
	Body       []byte // packed: vector, forgotten, documents, newer
	Documents  []byte // keyed hash of the key and of the content, of live documents that the peer has seen the heads of
	Newer      []byte // keyed hashes of keys with heads that it has not

	vector, forgotten crdt.VersionVector
}

// checked answers a check: which documents differ from what was shown, and the
// keyed hashes of those that are not here.
type checked struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Differ     []checkedDocument
	Missing    []byte
}

type checkedDocument struct {
	_      struct{} `cbor:",toarray"`
	Key    string
	Digest []byte // SHA-256 of the canonical bytes here; none when there is no content
}

// found ends a check that has found something: these documents differ.
type found struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Keys       []string
}

func (*check) kind() kind   { return kindCheck }
func (*checked) kind() kind { return kindChecked }
func (*found) kind() kind   { return kindFound }

// pack fills m.Body.
func (m *check) pack(n *names, last *vectors) {
	refs := last.refs()
	m.Body = n.appendVector(nil, m.vector, refs)
	m.Body = n.appendVector(m.Body, m.forgotten, refs)
}

// unpack reads m.Body and checks the form of the rest.
func (m *check) unpack(n *names, last *vectors) (err error) {
	refs := last.refs()
	rest := m.Body
	if m.vector, rest, err = n.cutVector(rest, refs); err != nil {
		return err
	}
	if m.forgotten, rest, err = n.cutVector(rest, refs); err != nil {
		return err
	}
	switch {
	case len(rest) > 0:
		return bad("%d bytes after the vectors of a check", len(rest))
	case !before(m.From, m.To):
		return bad("check of keys from %q to %q", m.From, m.To)
	case len(m.Documents)%(2*checkHash) != 0 || len(m.Newer)%checkHash != 0:
		return bad("check with %d and %d bytes of hashes", len(m.Documents), len(m.Newer))
	case len(m.Documents)/(2*checkHash)+len(m.Newer)/checkHash > checkDocuments:
		return ends(ReasonOversized, "check of more than %d documents", checkDocuments)
	}
	return nil
}

// validate checks the form of an answer about the keys [from, to).
func (m *checked) validate(from, to string) error {
	if len(m.Missing)%checkHash != 0 {
		return bad("%d bytes of hashes", len(m.Missing))
	}
	if len(m.Differ) > checkKeys || len(m.Missing)/checkHash > checkDocuments {
		return ends(ReasonOversized, "%d and %d documents that differ", len(m.Differ), len(m.Missing)/checkHash)
	}
	for _, d := range m.Differ {
		if err := checkNamed([]string{d.Key}); err != nil {
			return err
		}
		if d.Key < from || !before(d.Key, to) || len(d.Digest) != 0 && len(d.Digest) != 32 {
			return bad("a digest of %d bytes of %q", len(d.Digest), cutText(d.Key, maxText))
		}
	}
	return nil
}

// checkOf is the keyed hash of what, where is what it is the hash of.
func (s *Session) checkOf(where byte, what []byte) string {
	key := s.walkKey()
	h := sha256.Sum256(append(append(key[:], where), what...))
	return string(h[:checkHash])
}

func (s *Session) checkKey(key string) string { return s.checkOf('k', []byte(key)) }

// checkContent hashes a content together with its key.
func (s *Session) checkContent(key string, digest [32]byte) string {
	b := binary.AppendUvarint(nil, uint64(len(key)))
	return s.checkOf('c', append(append(b, key...), digest[:]...))
}
