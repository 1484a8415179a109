package archive_test

import (
	"bytes"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/storage/archive"
)

// FuzzReader: whatever the bytes, with sums that are not looked at so that they
// get as far as the decoders: no panic, and no more memory than bytes call for.
// What is compressed counts with its content, which the format bounds.
func FuzzReader(f *testing.F) {
	b := sample(f)
	f.Add(b)
	f.Add(b[:len(b)/2])
	plain, err := archive.Unpacked(b)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		alloc.Bounded(t, len(b)+read(b), func() { read(b) })
	})
}

// read verifies an archive, whatever comes of it, and says how much content it
// had.
func read(b []byte) (content int) {
	in, err := archive.TrustingReader(bytes.NewReader(b))
	if err != nil {
		return 0
	}
	_, _ = in.Verify(nil) // any outcome: it has to come to an end
	return in.Content()
}

// FuzzKnown: the text of what is known, and any bytes in such a text.
func FuzzKnown(f *testing.F) {
	const text = "known1:KLUv_SQc4QAAAQZwZW9wbGUBHlTdNmwEbGX2DQO2Npw0FgkBBWVOzv5cIRnN"
	k, err := archive.ParseKnown(text)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(string(k.AppendBinary(nil)))
	barrage.Fuzz(f, func(t *testing.T, text string) {
		for _, text := range []string{text, archive.KnownText([]byte(text))} {
			alloc.Bounded(t, len(text), func() { _, _ = archive.ParseKnown(text) })
			if k, err := archive.ParseKnown(text); err == nil {
				if again, err := archive.ParseKnown(k.String()); err != nil || again.String() != k.String() {
					t.Errorf("%s: %v", text, err)
				}
			}
		}
	})
}
