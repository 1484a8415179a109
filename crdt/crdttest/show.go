package crdttest

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/fxamacker/cbor/v2"
)

// Show says what plain JSON must show for a set of live entries, in any order:
// numbers as *big.Float, everything else as encoding/json decodes it. ok is
// false when nothing is to be shown. It is a specification: slow, and without
// a thought for bytes.
func Show(entries []crdt.Entry) (shown any, ok bool) {
	kinds := map[crdt.Kind][]crdt.Entry{}
	fields := map[string][]crdt.Entry{}
	for _, e := range entries {
		if len(e.Path) == 0 {
			kinds[e.Kind] = append(kinds[e.Kind], e)
			continue
		}
		name := e.Path[0]
		e.Path = e.Path[1:]
		fields[name] = append(fields[name], e)
		kinds[crdt.KindMap] = append(kinds[crdt.KindMap], e) // a map is there if anything is in it
	}
	for _, k := range slices.SortedFunc(maps.Keys(kinds), func(a, b crdt.Kind) int {
		return cmp.Or(cmp.Compare(newest(kinds[b]).Time, newest(kinds[a]).Time), cmp.Compare(order[a], order[b]))
	}) {
		switch k {
		case crdt.KindMap:
			object := map[string]any{}
			for name, below := range fields {
				object[name], _ = Show(below)
			}
			return object, true
		case crdt.KindRegister:
			return value(newest(kinds[k]).Value), true
		case crdt.KindCounter:
			return count(kinds[k]), true
		case crdt.KindSet:
			return elements(kinds[k]), true
		}
	}
	return nil, false
}

// order breaks the tie of kinds that are equally new.
var order = map[crdt.Kind]int{
	crdt.KindMap: 1, crdt.KindList: 2, crdt.KindText: 3, crdt.KindSet: 4, crdt.KindCounter: 5, crdt.KindRegister: 6,
}

// newest is the entry with the greatest (time, replica, counter).
func newest(entries []crdt.Entry) crdt.Entry {
	return slices.MaxFunc(entries, func(a, b crdt.Entry) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), a.Dot.Compare(b.Dot))
	})
}

func count(entries []crdt.Entry) any {
	sum := new(big.Int)
	for _, e := range entries {
		var n int64
		must(cbor.Unmarshal([]byte(e.Value), &n))
		sum.Add(sum, big.NewInt(n))
	}
	least, most := big.NewInt(-1<<63), big.NewInt(1<<63-1)
	if sum.Cmp(least) < 0 {
		sum = least
	} else if sum.Cmp(most) > 0 {
		sum = most
	}
	return number(json.Number(sum.String()))
}

// elements lists each element once, sorted: null, false, true, numbers, texts,
// bytes. The presence of the set, an empty array, is no element.
func elements(entries []crdt.Entry) any {
	type element struct {
		rank  int
		shown any
	}
	var all []element
	for _, e := range entries {
		var raw any
		must(cbor.Unmarshal([]byte(e.Value), &raw))
		rank := 2
		switch raw.(type) {
		case []any:
			continue
		case bool:
			rank = 1
		case string:
			rank = 3
		case []byte:
			rank = 4
		case nil:
			rank = 0
		}
		all = append(all, element{rank, value(e.Value)})
	}
	compare := func(a, b element) int {
		if a.rank != b.rank {
			return cmp.Compare(a.rank, b.rank)
		}
		return compareShown(a.shown, b.shown)
	}
	slices.SortFunc(all, compare)
	all = slices.CompactFunc(all, func(a, b element) bool { return compare(a, b) == 0 })
	out := []any{}
	for _, e := range all {
		out = append(out, e.shown)
	}
	return out
}

func compareShown(a, b any) int {
	switch a := a.(type) {
	case bool:
		switch {
		case a == b.(bool):
			return 0
		case a:
			return 1
		}
		return -1
	case *big.Float:
		return a.Cmp(b.(*big.Float))
	case string:
		return cmp.Compare(a, b.(string))
	}
	return 0
}

// value is a register's value as JSON shows it.
func value(v crdt.Value) any {
	var raw any
	must(cbor.Unmarshal([]byte(v), &raw))
	return plain(raw)
}

func plain(raw any) any {
	switch v := raw.(type) {
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case uint64:
		return new(big.Float).SetPrec(200).SetUint64(v)
	case int64:
		return new(big.Float).SetPrec(200).SetInt64(v)
	case float64:
		return new(big.Float).SetPrec(200).SetFloat64(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	case map[any]any:
		out := map[string]any{}
		for name := range v {
			out[name.(string)] = plain(v[name])
		}
		return out
	}
	return raw
}

// numbers turns the numbers of decoded JSON into *big.Float.
func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		return number(v)
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = numbers(v[name])
		}
	}
	return v
}

func number(n json.Number) *big.Float {
	if f, err := n.Float64(); err == nil && !isInteger(n.String()) {
		return new(big.Float).SetPrec(200).SetFloat64(f)
	}
	f, ok := new(big.Float).SetPrec(200).SetString(n.String())
	if !ok {
		panic("crdttest: no number: " + n.String())
	}
	return f
}

func isInteger(s string) bool {
	_, ok := new(big.Int).SetString(s, 10)
	return ok
}

func must(err error) {
	if err != nil {
		panic("crdttest: " + err.Error())
	}
}
