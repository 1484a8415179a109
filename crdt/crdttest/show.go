package crdttest

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/fxamacker/cbor/v2"
)

func count(entries []crdt.Entry) any {
	sum := new(big.Int)
	for _, e := range entries {
		var n int64 // of the presence of the counter, null, it stays 0
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

// spelled is a register's value with nothing of how it is encoded: what prints
// the same is the same, and bytes are no text.
func spelled(v crdt.Value) any {
	var raw any
	must(cbor.Unmarshal([]byte(v), &raw))
	var spell func(any) any
	spell = func(raw any) any {
		switch v := raw.(type) {
		case string:
			return strconv.Quote(v)
		case []byte:
			return fmt.Sprintf("bytes %x", v)
		case []any:
			for i := range v {
				v[i] = spell(v[i])
			}
		case map[any]any:
			for name := range v {
				v[name] = spell(v[name])
			}
		case bool, nil:
		default:
			if n := plain(v).(*big.Float); n.Sign() != 0 {
				return n.Text('g', 60)
			}
			return "0"
		}
		return raw
	}
	return spell(raw)
}

func decodeJSON(text []byte) (v any, err error) {
	if err := unmarshal(text, &v); err != nil {
		return nil, fmt.Errorf("printed no JSON: %q: %w", text, err)
	}
	return numbers(v), nil
}

func unmarshal(text []byte, v *any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

// sameShown compares what decodeJSON returns; -0 is 0.
func sameShown(a, b any) bool {
	switch a := a.(type) {
	case *big.Float:
		b, ok := b.(*big.Float)
		return ok && a.Cmp(b) == 0
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, sameShown)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, sameShown)
	}
	return a == b
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
