package storage_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"pgregory.net/rapid"
)

// longText is enough that a document with it is sent reduced.
var longText = strings.Repeat("offline first, ", 120)

// change draws an edit of a document at replica i: removal, a put of all kinds
// nested in each other, or operations on the text and the list that are there.
func (w *world) change(i int, key string) change {
	field := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(w.t, "field")
	switch rapid.IntRange(0, 7).Draw(w.t, "edit") {
	case 0, 1:
		return change{key: key}
	case 2, 3:
		return change{key: key, json: fmt.Sprintf(`{%q:%d,"n":{"$counter":%d}}`, field, w.step, w.step)}
	case 4:
		return change{key: key, json: fmt.Sprintf(
			`{"t":{"$text":"%d %s"},"l":[{"a":%[1]d,"b":{"$text":"bee"}},[1,%[1]d],{"$counter":%[1]d}]}`, w.step, longText)}
	}
	if ops := w.operations(i, key); len(ops) > 0 {
		return change{key: key, ops: []crdt.Op{rapid.SampledFrom(ops).Draw(w.t, "op")}}
	}
	return change{key: key, json: fmt.Sprintf(`{"l":[%q,{"t":{"$text":"deep"}}],%q:[%d]}`, longText[:30], field, w.step)}
}

// operations draws some that fit the document.
func (w *world) operations(i int, key string) (ops []crdt.Op) {
	d, err := crdt.Decode(w.get(i, key).Body)
	if err != nil {
		w.t.Fatalf("decode: %v", err)
	}
	at := func(n int) int { return rapid.IntRange(0, n).Draw(w.t, "at") }
	var text struct {
		Text *string `json:"$text"`
	}
	if typed, err := d.At(crdt.Pointer{"t"}, crdt.FormatTyped); err == nil && json.Unmarshal(typed, &text) == nil && text.Text != nil {
		n := len([]rune(*text.Text))
		ops = append(ops, crdt.Op{Op: "insert", Path: crdt.Pointer{"t"}, At: at(n), Text: fmt.Sprint("<", w.step, ">")})
		if n > 3 {
			ops = append(ops, crdt.Op{Op: "delete", Path: crdt.Pointer{"t"}, At: at(n - 3), Len: 2})
		}
	}
	var list []any
	if plain, err := d.At(crdt.Pointer{"l"}, crdt.FormatPlain); err != nil || json.Unmarshal(plain, &list) != nil || len(list) == 0 {
		return ops
	}
	p, err := crdt.ParseJSON(fmt.Appendf(nil, `{"a":[%d]}`, w.step))
	if err != nil {
		w.t.Fatalf("parse: %v", err)
	}
	n := len(list)
	return append(ops,
		crdt.Op{Op: "move", Path: crdt.Pointer{"l"}, From: at(n - 1), To: at(n - 1)},
		crdt.Op{Op: "insert", Path: crdt.Pointer{"l"}, At: at(n), Value: p},
		crdt.Op{Op: "delete", Path: crdt.Pointer{"l"}, At: at(n - 1), Len: 1},
	)
}

// reduce sends some documents of a frame as what the receiver should lack, or
// as less than that: then it must want the whole.
func (w *world) reduce(i int, p *packet) {
	v, err := w.nodes[i].View(lawsCollection)
	if err != nil {
		w.t.Fatalf("view: %v", err)
	}
	defer v.Close()
	for n := range p.Documents {
		d := &p.Documents[n]
		seen := p.Base
		if rapid.IntRange(0, 4).Draw(w.t, "too little") == 0 {
			seen = p.Vector
		}
		body, err := v.Delta(d.Key, seen)
		if err != nil {
			w.t.Fatalf("delta of %s: %v", d.Key, err)
		}
		if !bytes.Equal(body, d.Body) {
			p.whole[d.Key], d.Body = d.Body, bytes.Clone(body)
		}
	}
}

// mergeAt merges a frame, whole where that is wanted.
func (w *world) mergeAt(j int, p packet) storage.Merged {
	before := withoutHeads(dump(w.t, w.nodes[j].store))
	m := w.nodes[j].merge(w.t, lawsCollection, p.Frame)
	if len(m.Wanted) > 0 {
		if !sameStore(before, withoutHeads(dump(w.t, w.nodes[j].store))) {
			w.t.Fatalf("%q were wanted, but something was written that is no signed head", m.Wanted)
		}
		for _, key := range m.Wanted {
			for n := range p.Documents {
				if p.Documents[n].Key == key {
					p.Documents[n].Body = p.whole[key]
				}
			}
		}
		m = w.nodes[j].merge(w.t, lawsCollection, p.Frame)
	}
	if len(m.Wanted) > 0 || len(m.Refused) > 0 {
		w.t.Fatalf("of honest replicas: wanted %q, refused %v", m.Wanted, m.Refused)
	}
	return m
}

// withoutHeads leaves out signed heads, and the replicas that they name.
func withoutHeads(items []storage.Item) []storage.Item {
	return slices.DeleteFunc(items, func(i storage.Item) bool { return i.Key[0] == 'h' || i.Key[0] == 'r' })
}
