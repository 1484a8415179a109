package schedule

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
)

// bodies are what Put writes; between them every kind of value meets every
// other at the same paths.
var bodies = []string{
	`{"name":"Ann"}`,
	`{"name":"Ann","age":7}`,
	`{"name":"Bob","tags":{"$set":["x","y"]}}`,
	`{"visits":{"$counter":3},"tags":{"$set":["y"]}}`,
	`{"address":{"city":"Bern","zip":3000}}`,
	`{"address":{"city":"Ulm"},"visits":{"$counter":1}}`,
	`{"address":"unknown","list":[1,{"two":2}]}`,
	`{"list":[{"text":{"$text":"buy milk"},"done":false},{"text":{"$text":"call"}},3]}`,
	`{"list":[[1,2],[{"n":{"$counter":1}}]],"notes":{"$text":"hello"}}`,
	`{"notes":{"$text":"hello world"},"list":["a","b","c","d"]}`,
	`{"notes":["no","text"],"list":{"$text":"no list"}}`,
	`{"whole":{"$register":[1,{"a":2}]},"notes":{"$text":""}}`,
	`{"name":{"first":"Ann"},"visits":9}`,
	`{}`,
	`[1,{"two":{"$text":"2"}},3]`,
	`{"$text":"just a text"}`,
	`"just a string"`,
	`{"blob":{"$bytes":"AAEC"},"flag":true,"none":null,"pi":3.5}`,
}

// story is long enough for its events to travel alone.
var story = fmt.Sprintf(`{"notes":{"$text":%q}}`, strings.Repeat("once upon a time ", 70))

var patches = []string{
	`{"name":"Cid"}`, `{"age":8}`, `{"address":{"zip":null}}`, `{"address":{"city":"Rom"}}`, `{"tags":null}`, `{"x":{"y":{"z":1}}}`,
	`{"notes":"hallo world"}`, `{"notes":null}`, `{"list":["b","a","e"]}`, `{"list":null,"whole":[2]}`,
}

var operations = []string{
	`[{"op":"incr","path":"/visits","by":2}]`,
	`[{"op":"incr","path":"/visits","by":-1},{"op":"set","path":"/age","value":1}]`,
	`[{"op":"add","path":"/tags","value":"z"}]`,
	`[{"op":"add","path":"/tags","value":1},{"op":"remove","path":"/tags","value":"x"}]`,
	`[{"op":"unset","path":"/address"}]`,
	`[{"op":"set","path":"/address/street","value":"Main"}]`,
	`[{"op":"unset","path":"/name"}]`,
	`[{"op":"insert","path":"/list","at":0,"value":{"text":{"$text":"new"}}}]`,
	`[{"op":"insert","path":"/list","at":1,"value":7},{"op":"insert","path":"/list","at":2,"value":8}]`,
	`[{"op":"delete","path":"/list","at":0,"len":1}]`,
	`[{"op":"delete","path":"/list","at":1,"len":1}]`,
	`[{"op":"move","path":"/list","from":0,"to":2},{"op":"set","path":"/list/0","value":"moved"}]`,
	`[{"op":"set","path":"/list/0/done","value":true}]`,
	`[{"op":"insert","path":"/list/0/text","at":2,"text":"!"}]`,
	`[{"op":"unset","path":"/list/1"}]`,
	`[{"op":"insert","path":"/notes","at":0,"text":"Re: "}]`,
	`[{"op":"insert","path":"/notes","at":3,"text":"é👍"},{"op":"delete","path":"/notes","at":1,"len":1}]`,
	`[{"op":"delete","path":"/notes","at":0,"len":4}]`,
	`[{"op":"unset","path":"/notes"}]`,
}

var jsonPatches = []string{
	`[{"op":"add","path":"/list/-","value":"last"}]`,
	`[{"op":"move","from":"/list/0","path":"/list/1"}]`,
	`[{"op":"move","from":"/list/0","path":"/taken"}]`,
	`[{"op":"copy","from":"/notes","path":"/copy"},{"op":"remove","path":"/notes"}]`,
	`[{"op":"replace","path":"/list/0","value":[1]}]`,
}

// change edits old in a random way; base is old, or an earlier version for an
// edit that somebody makes who has read that one. An operation that does not
// fit what it meets (an incr of a string) becomes a Put.
func (w *world) change(old, base *crdt.Document, wr *crdt.Writer) (*crdt.Document, bool, error) {
	if base != old {
		w.tally["puts against an earlier version"]++
		return old.PutFrom(wr, base, w.revised(base))
	}
	if w.removing || w.chance(4*w.forgetful) {
		return old.Delete(wr)
	}
	before := *wr
	if conflicts := old.Conflicts(); len(conflicts) > 0 && w.chance(0.4) {
		return w.resolve(old, wr, pick(w.rng, conflicts))
	}
	var fitting func() (*crdt.Document, bool, error)
	switch x := w.rng.Float64(); {
	case x < 0.07:
		fitting = func() (*crdt.Document, bool, error) { return w.move(old, wr) }
	case x < 0.16:
		return old.Delete(wr)
	case x < 0.25:
		return old.MergePatch(wr, parse(pick(w.rng, patches)))
	case x < 0.35:
		return w.put(old, wr, w.revised(old))
	case x < 0.75:
		fitting = func() (*crdt.Document, bool, error) {
			ops, err := crdt.ParseOps([]byte(pick(w.rng, operations)))
			if err != nil {
				w.fail("parse an operation: %v", err)
			}
			return old.Apply(wr, ops)
		}
	case x < 0.85:
		fitting = func() (*crdt.Document, bool, error) {
			patch, err := crdt.ParseJSONPatch([]byte(pick(w.rng, jsonPatches)))
			if err != nil {
				w.fail("parse a patch: %v", err)
			}
			return old.JSONPatch(wr, patch)
		}
	}
	if fitting != nil {
		if d, changed, err := fitting(); err == nil {
			return d, changed, nil
		}
		if *wr != before {
			w.fail("a refused operation took dots")
		}
	}
	if w.chance(0.04) {
		return w.put(old, wr, parse(story))
	}
	return w.put(old, wr, parse(pick(w.rng, bodies)))
}

// move moves one element; nothing else may change.
func (w *world) move(old *crdt.Document, wr *crdt.Writer) (*crdt.Document, bool, error) {
	first := crdt.Dot{Replica: wr.Replica, Counter: wr.Next}
	d, changed, err := old.Apply(wr, []crdt.Op{{Op: "move", Path: crdt.Pointer{"list"}, From: w.rng.IntN(3), To: w.rng.IntN(3)}})
	if err != nil || !changed {
		return d, changed, err
	}
	head, _ := wr.Last()
	w.tally["elements moved"]++
	if _, err := new(crdttest.History).Add(crdttest.Deed{Base: old, Before: old, After: d, First: first, Head: head, Moves: true}); err != nil {
		w.fail("move: %v", err)
	}
	return d, changed, nil
}

func (w *world) put(old *crdt.Document, wr *crdt.Writer, p crdt.Plain) (*crdt.Document, bool, error) {
	d, changed, err := old.Put(wr, p)
	if err == nil {
		if err := crdttest.CheckPut(old, d, p); err != nil {
			w.fail("put: %v", err)
		}
	}
	return d, changed, err
}

func (w *world) resolve(old *crdt.Document, wr *crdt.Writer, c crdt.Conflict) (*crdt.Document, bool, error) {
	w.tally["conflicts resolved"]++
	w.tally["conflicts resolved, "+c.Kind]++
	path, err := crdt.ParsePointer(c.Path)
	if err != nil {
		return nil, false, err
	}
	r := crdt.Resolution{Path: path, Take: pick(w.rng, c.Candidates).Dot}
	for _, x := range c.Candidates {
		r.Seen = append(r.Seen, x.Dot)
	}
	return old.Resolve(wr, r)
}

func parse(json string) crdt.Plain {
	p, err := crdt.ParseJSON([]byte(json))
	if err != nil {
		panic(err)
	}
	return p
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }
