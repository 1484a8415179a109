package archive_test

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/crdtstore/crdtstore/storage/archive"
)

// FuzzReader: whatever the bytes, with sums that are not looked at so that they
// get as far as the decoders: no panic, and no more memory than bytes call for.
func FuzzReader(f *testing.F) {
	b := sample(f)
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		in, err := archive.TrustingReader(bytes.NewReader(b))
		if err != nil {
			return
		}
		_, _ = in.Verify(nil) // any outcome: it has to come to an end
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 64*uint64(len(b))+8<<20 {
			t.Errorf("%d bytes took %d of memory", len(b), took)
		}
	})
}

// FuzzKnown: the text of what is known.
func FuzzKnown(f *testing.F) {
	f.Add("known1:KLUv_SQc4QAAAQZwZW9wbGUBHlTdNmwEbGX2DQO2Npw0FgkBBWVOzv5cIRnN")
	f.Fuzz(func(t *testing.T, text string) {
		if k, err := archive.ParseKnown(text); err == nil {
			if again, err := archive.ParseKnown(k.String()); err != nil || again.String() != k.String() {
				t.Errorf("%s: %v", text, err)
			}
		}
	})
}
