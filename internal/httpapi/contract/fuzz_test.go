package contract_test

import (
	"encoding/json"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// FuzzDecodeObject: what is read as an object has each member once, and reads the
// same when it is written again.
func FuzzDecodeObject(f *testing.F) {
	for _, s := range []string{`{}`, `{"take":"a:1","seen":["a:1"]}`, `{"take":"x","take":"y"}`, `{"Take":"x"}`, `[{}]`, `{"value":{"a":[1,{}]}}`, `{} {}`} {
		f.Add([]byte(s))
	}
	barrage.Fuzz(f, func(t *testing.T, raw []byte) {
		// The library reads its input four times, and takes 8 KiB each time.
		alloc.Bounded(t, 4*len(raw), func() { _ = contract.DecodeObject(raw, &contract.Resolution{}) })
		var r contract.Resolution
		if contract.DecodeObject(raw, &r) != nil {
			return
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var back contract.Resolution
		if err := contract.DecodeObject(again, &back); err != nil {
			t.Fatalf("%s, written as %s: %v", raw, again, err)
		}
	})
}

// FuzzCount: a number of documents, exact or not.
func FuzzCount(f *testing.F) {
	for _, s := range []string{`17`, `">10000"`, `"\u003e1"`, `-1`, `""`} {
		f.Add([]byte(s))
	}
	barrage.Fuzz(f, func(t *testing.T, raw []byte) {
		var c contract.Count
		alloc.Bounded(t, len(raw), func() { _ = c.UnmarshalJSON(raw) })
		if json.Unmarshal(raw, &c) != nil {
			return
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back contract.Count
		if err := json.Unmarshal(again, &back); err != nil || back != c {
			t.Fatalf("%s, written as %s, reads as %v: %v", raw, again, back, err)
		}
	})
}
