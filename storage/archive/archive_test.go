package archive_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/archive"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

var update = flag.Bool("update", false, "write the golden file anew")

var (
	device  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	secret  = bytes.Repeat([]byte{9}, 32)
	nonce   = [16]byte{1}
	replica = crdt.NewReplicaID(device.Public().(ed25519.PublicKey), nonce)
)

func vector(n uint64) crdt.VersionVector { return crdt.Counters{replica: n}.Vector() }

// document is what a put of this JSON at this counter makes.
func document(t testing.TB, key, plain string, counter uint64) archive.Document {
	t.Helper()
	value, err := crdt.ParseJSON([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := (&crdt.Document{}).Put(crdt.NewWriter(replica, counter, crdt.Timestamp(1<<40)), value)
	if err != nil {
		t.Fatal(err)
	}
	return archive.Document{Key: key, Heads: []crdt.Dot{{Replica: replica, Counter: counter}}, Body: d.Canonical()}
}

// sample writes a small archive of every kind of chunk.
func sample(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := archive.NewWriter(&out, archive.Header{
		Kind: archive.Backup, ID: [16]byte{5}, Created: time.UnixMilli(1_800_000_000_000), Node: "shed", Device: device.Public().(ed25519.PublicKey),
		Mesh: archive.TagOf(secret), Scope: "docs,notes", Partial: true, For: "", Documents: 3,
	})
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(err)
	check(w.Identity(archive.Identity{Device: device.Seed(), Mesh: secret}))
	docs := []archive.Document{document(t, "a", `1`, 1), document(t, "b", `"two"`, 2), {Key: "c", Heads: []crdt.Dot{{Replica: replica, Counter: 3}}}}
	check(w.Begin(archive.Collection{Name: "docs", Knowledge: crdt.Know(vector(4)), Forgotten: crdt.Knowledge{}.Raise("b", "m", crdt.VersionVector{}, vector(4))}))
	head := func(coll string, n uint64) []crdt.SignedHead {
		return []crdt.SignedHead{crdt.SignHead(device, coll, crdt.SignedHead{Nonce: nonce, Counter: n, Time: 1 << 40})}
	}
	check(w.Heads(head("docs", 4)))
	check(w.Frame(archive.Frame{Span: archive.Span{From: "", To: "b"}, Documents: docs[:1]}))
	check(w.Frame(archive.Frame{Span: archive.Span{From: "b", To: "m"}, Documents: docs[1:]}))
	check(w.Frame(archive.Frame{Span: archive.Span{From: "m", To: ""}}))
	fold := merkle.NewFold("docs")
	for _, d := range docs[:2] {
		fold.Add(merkle.Document{Key: d.Key, Digest: crdt.Digest(d.Body)})
	}
	root, n := fold.Root()
	_, err = w.End(n, root)
	check(err)
	check(w.Begin(archive.Collection{Name: "notes", Knowledge: crdt.Know(vector(9)), Base: crdt.Know(vector(7))}))
	check(w.Heads(head("notes", 9)))
	check(w.Frame(archive.Frame{Documents: []archive.Document{document(t, "long", `"`+strings.Repeat("all work and no play ", 40)+`"`, 8)}}))
	_, err = w.End(12, [32]byte{1})
	check(err)
	_, _, err = w.Close(func(sum archive.Sum) archive.Seal { return archive.NewSeal(device, secret, sum) })
	check(err)
	return out.Bytes()
}

// story is what an archive says.
func story(t testing.TB, b []byte) string {
	t.Helper()
	in, err := archive.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	h := in.Header()
	out := &strings.Builder{}
	fmt.Fprintf(out, "%s %x of %s, %s, mesh %x, scope %q, partial %v\n", h.Kind, h.ID[:2], h.Node, h.Created.Format(time.RFC3339), h.Mesh, h.Scope, h.Partial)
	for {
		next, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := next.(type) {
		case *archive.Identity:
			fmt.Fprintf(out, "identity %x %x\n", x.Device[:2], x.Mesh[:2])
		case *archive.Collection:
			fmt.Fprintf(out, "collection %s knows %s, base %s, forgotten %s\n", x.Name, x.Knowledge, x.Base, x.Forgotten)
		case []crdt.SignedHead:
			fmt.Fprintf(out, "  heads %v\n", x)
		case *archive.Frame:
			fmt.Fprintf(out, "  frame [%s..%s) %s → %s, forgotten %s\n", x.From, x.To, x.Base, x.Vector, x.Forgotten)
			for _, d := range x.Documents {
				fmt.Fprintf(out, "    %s %v %x\n", d.Key, d.Heads, d.Body[:min(len(d.Body), 24)])
			}
		case *archive.End:
			fmt.Fprintf(out, "  end: %d documents, %d removed, %d exist, root %x\n", x.Documents, x.Removed, x.Existing, x.Root[:8])
		case *archive.Trailer:
			fmt.Fprintf(out, "trailer: %d collections, %d documents, %d removed, %x %x\n", x.Collections, x.Documents, x.Removed, x.Seal.Signature[:4], x.Seal.Code[:4])
		}
	}
	s, err := archive.Verify(bytes.NewReader(b), nil)
	fmt.Fprintf(out, "verified: %v, member: %v\nknown %s\nbases %s\n", err, s.Member(secret), s.Known, s.Bases)
	return out.String()
}

// TestGolden: the bytes are a promise.
func TestGolden(t *testing.T) {
	b := sample(t)
	if *update {
		if err := errors.Join(os.WriteFile("testdata/archive.golden", b, 0o644), os.WriteFile("testdata/archive.txt", []byte(story(t, b)), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile("testdata/archive.golden")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/archive.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got := story(t, golden); got != string(want) {
		t.Errorf("the golden file says\n%s\nand not\n%s", got, want)
	}
	if !bytes.Equal(golden, b) {
		t.Error("what is written is not the golden file")
	}
}

// TestDamage: no truncation and no flipped bit of any byte is taken.
func TestDamage(t *testing.T) {
	b := sample(t)
	for n := range b {
		if _, err := archive.Verify(bytes.NewReader(b[:n]), nil); !errors.Is(err, archive.ErrArchive) {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
		for bit := range 8 {
			c := bytes.Clone(b)
			c[n] ^= 1 << bit
			if _, err := archive.Verify(bytes.NewReader(c), nil); !errors.Is(err, archive.ErrArchive) {
				t.Fatalf("bit %d of byte %d: %v", bit, n, err)
			}
		}
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 1000 { // runs of bytes lost, doubled or exchanged
		x, y := random.IntN(len(b)), random.IntN(len(b))
		c := bytes.Clone(b[:max(x, y)])
		c = append(c, b[min(x, y):]...)
		if random.IntN(2) == 0 {
			c = append(bytes.Clone(b[:min(x, y)]), b[max(x, y):]...)
		}
		if _, err := archive.Verify(bytes.NewReader(c), nil); !bytes.Equal(c, b) && !errors.Is(err, archive.ErrArchive) {
			t.Fatalf("bytes %d to %d: %v", x, y, err)
		}
	}
}

// TestBroken: a writer that stops says why, and that is no archive.
func TestBroken(t *testing.T) {
	var out bytes.Buffer
	w, err := archive.NewWriter(&out, archive.Header{Kind: archive.Bundle, Device: device.Public().(ed25519.PublicKey)})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Break(errors.New("damaged: docs/k")); err != nil {
		t.Fatal(err)
	}
	_, err = archive.Verify(&out, nil)
	if !errors.Is(err, archive.ErrArchive) || !strings.Contains(err.Error(), "damaged: docs/k") {
		t.Error(err)
	}
}

// TestKnownText: a text is read as what it was written from, and no other is.
func TestKnownText(t *testing.T) {
	k := archive.Known{"docs": crdt.Know(vector(7)), "notes": crdt.Knowledge{}.Raise("a", "b", crdt.VersionVector{}, vector(3))}
	text := k.String()
	got, err := archive.ParseKnown(text)
	if err != nil || got.String() != text || !got["notes"].Equal(k["notes"]) {
		t.Fatalf("%v, %v", got, err)
	}
	for i := range text {
		if _, err := archive.ParseKnown(text[:i]); !errors.Is(err, archive.ErrKnown) {
			t.Errorf("%s: %v", text[:i], err)
		}
		other := text[:i] + string(text[i]^1) + text[i+1:]
		if got, err := archive.ParseKnown(other); !errors.Is(err, archive.ErrKnown) {
			t.Errorf("%s: %v, %v", other, got, err)
		}
	}
}
