package archive

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

// part is a chunk as it was, or as a forger makes it.
type part struct {
	kind    kind
	content []byte
}

// forger makes archives that are sound but for what they say: their sums and
// their seal hold, as those of a member that means harm, or has a fault, do.
type forger struct {
	t       *testing.T
	device  ed25519.PrivateKey
	replica crdt.ReplicaID
}

func (f forger) cbor(v any) []byte {
	f.t.Helper()
	b, err := toCBOR.Marshal(v)
	if err != nil {
		f.t.Fatal(err)
	}
	return b
}

func (f forger) vector(n uint64) crdt.VersionVector { return crdt.Counters{f.replica: n}.Vector() }

// document is one that was put at a counter.
func (f forger) document(key string, counter uint64) Document {
	f.t.Helper()
	p, err := crdt.ParseJSON([]byte(`"` + key + `"`))
	if err != nil {
		f.t.Fatal(err)
	}
	d, _, err := (&crdt.Document{}).Put(crdt.NewWriter(f.replica, counter, 1), p)
	if err != nil {
		f.t.Fatal(err)
	}
	return Document{Key: key, Heads: []crdt.Dot{{Replica: f.replica, Counter: counter}}, Body: d.Canonical()}
}

func (f forger) collection(base uint64) part {
	c := Collection{Name: "docs", Knowledge: crdt.Know(f.vector(2))}
	if base > 0 {
		c.Base = crdt.Know(f.vector(base))
	}
	return part{kindCollection, c.append(nil)}
}

// heads is the signed head of what the archive knows.
func (f forger) heads(collection string, counter uint64) part {
	h := crdt.SignHead(f.device, collection, crdt.SignedHead{Nonce: [16]byte{1}, Counter: counter, Time: 1})
	return part{kindHeads, appendHeads(nil, []crdt.SignedHead{h})}
}

func frameOf(from, to string, docs ...Document) part {
	return part{kindFrame, Frame{Span: Span{From: from, To: to}, Documents: docs}.append(nil)}
}

// end is that of a collection with these documents.
func (f forger) end(docs ...Document) part {
	fold := merkle.NewFold("docs")
	for _, d := range docs {
		fold.Add(merkle.Document{Key: d.Key, Digest: crdt.Digest(d.Body)})
	}
	root, n := fold.Root()
	return part{kindEnd, f.cbor(endCBOR{Documents: uint64(len(docs)), Existing: n, Root: root})}
}

// write seals the parts.
func (f forger) write(documents uint64, parts ...part) []byte {
	f.t.Helper()
	var out bytes.Buffer
	c, err := newChunks(&out)
	if err != nil {
		f.t.Fatal(err)
	}
	header, err := Header{Kind: Backup, Device: f.device.Public().(ed25519.PublicKey)}.append()
	if err != nil {
		f.t.Fatal(err)
	}
	for _, p := range append([]part{{kindHeader, header}}, parts...) {
		if err := c.put(p.kind, p.content); err != nil {
			f.t.Fatal(err)
		}
	}
	seal := NewSeal(f.device, nil, c.sum)
	if err := c.put(kindTrailer, f.cbor(trailerCBOR{Collections: 1, Documents: documents, Signature: seal.Signature})); err != nil {
		f.t.Fatal(err)
	}
	return out.Bytes()
}

// TestForged: an archive whose sums and seal hold is refused when what it says
// cannot be: it counts what nobody has signed, leaves keys out, names another root,
// or holds documents that its sender cannot have seen.
func TestForged(t *testing.T) {
	device := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	f := forger{t, device, crdt.NewReplicaID(device.Public().(ed25519.PublicKey), [16]byte{1})}
	a, b, late := f.document("a", 1), f.document("b", 2), f.document("b", 3)
	behind := late
	behind.Heads = b.Heads
	stolen := f.heads("docs", 1)
	stolen.content[48+7] = 2 // its counter, and not what was signed
	root := f.end(a)         // of another content, with the counts of this
	root.content = f.cbor(endCBOR{Documents: 2, Existing: 2, Root: [32]byte{1}})
	fewer := f.end(a, b)
	fewer.content = bytes.Replace(fewer.content, []byte{0x03, 0x02}, []byte{0x03, 0x01}, 1)
	sound := []part{f.collection(0), f.heads("docs", 2), frameOf("", "", a, b), f.end(a, b)}
	but := func(at int, with ...part) []part { return slices.Replace(slices.Clone(sound), at, at+1, with...) }
	for _, c := range []struct {
		name      string
		documents uint64
		parts     []part
		good      bool
	}{
		{"sound", 2, sound, true},
		{"sound, in two frames", 2, but(2, frameOf("", "b", a), frameOf("b", "", b)), true},
		{"sound, of what a base lacks", 1, []part{f.collection(1), f.heads("docs", 2), frameOf("", "", b), {kindEnd, f.cbor(endCBOR{Documents: 1, Existing: 2})}}, true},
		{"nobody signs", 2, but(1), false},
		{"less is signed for", 2, but(1, f.heads("docs", 1)), false},
		{"a head that was changed", 2, but(1, stolen), false},
		{"a head of another collection", 2, but(1, f.heads("notes", 2)), false},
		{"two heads of one", 2, but(1, f.heads("docs", 2), f.heads("docs", 2)), false},
		{"another root", 2, but(3, root), false},
		{"another number of documents", 2, but(3, fewer), false},
		{"the last keys are missing", 1, []part{sound[0], sound[1], frameOf("", "b", a), f.end(a)}, false},
		{"the first keys are missing", 1, []part{sound[0], sound[1], frameOf("b", "", b), f.end(b)}, false},
		{"keys in the middle are missing", 2, but(2, frameOf("", "aa", a), frameOf("b", "", b)), false},
		{"all keys are missing", 0, []part{sound[0], sound[1], f.end()}, false},
		{"keys come twice", 3, but(2, frameOf("", "b", a), frameOf("a", "", b)), false},
		{"a document twice", 3, but(2, frameOf("", "", a, a, b)), false},
		{"a document out of its frame", 2, but(2, frameOf("", "b", a, b), frameOf("b", "")), false},
		{"a document that was not seen", 2, but(2, frameOf("", "", a, late)), false},
		{"content that was not seen", 2, []part{sound[0], sound[1], frameOf("", "", a, behind), f.end(a, behind)}, false},
		{"another count at the end", 1, sound, false},
		{"a collection twice", 2, append(slices.Clone(sound), f.collection(0)), false},
		{"an identity in the middle", 2, append(slices.Clone(sound), part{kindIdentity, f.cbor(identityCBOR{Device: device.Seed()})}), false},
	} {
		_, err := Verify(bytes.NewReader(f.write(c.documents, c.parts...)), nil)
		if c.good && err != nil || !c.good && !errors.Is(err, ErrArchive) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
