package barrage

import (
	"math/rand/v2"
	"reflect"
	"slices"
)

// corpus is the inputs that are known, and what their bytes are made of.
type corpus struct {
	known  [][]any
	values [][]*value // by argument: the bytes and texts among them
}

// value is bytes, with the items that they consist of where that is known.
type value struct {
	bytes []byte
	cbor  []item
	json  []item
}

func newCorpus(known [][]any) *corpus {
	c := &corpus{known: known}
	for i := range known[0] {
		var column []*value
		for _, in := range known {
			switch v := in[i].(type) {
			case []byte:
				column = append(column, newValue(v))
			case string:
				column = append(column, newValue([]byte(v)))
			}
		}
		c.values = append(c.values, column)
	}
	return c
}

func newValue(b []byte) *value {
	return &value{b, cborItems(b), jsonItems(b)}
}

// input is number n of a seed: first all that are known, then such as are made
// of them.
func (c *corpus) input(seed, n uint64) []any {
	if n < uint64(len(c.known)) {
		return slices.Clone(c.known[n])
	}
	random := rand.New(rand.NewPCG(seed, n))
	at := random.IntN(len(c.known))
	in := slices.Clone(c.known[at])
	i := random.IntN(len(in))
	in[i] = c.change(random, in[i], at, i)
	for i := range in { // others stay as they are, mostly: one of them may say what another means
		switch random.IntN(8) {
		case 0:
			in[i] = c.known[random.IntN(len(c.known))][i]
		case 1:
			in[i] = c.change(random, in[i], at, i)
		}
		if len(in) == 1 {
			break
		}
	}
	return in
}

// change changes a value, argument i of the input at.
func (c *corpus) change(random *rand.Rand, v any, at, i int) any {
	switch v := v.(type) {
	case []byte:
		return c.bytes(random, v, at, i)
	case string:
		return string(c.bytes(random, []byte(v), at, i))
	case bool:
		return !v
	}
	n := reflect.New(reflect.TypeOf(v)).Elem()
	switch {
	case n.CanInt():
		n.SetInt(int64(nearby(random, uint64(reflect.ValueOf(v).Int()))))
	case n.CanUint():
		n.SetUint(nearby(random, reflect.ValueOf(v).Uint()))
	default:
		return v
	}
	return n.Interface()
}

// bytes is another value of argument i in place of b, which is that of the input
// at unless it was changed before.
func (c *corpus) bytes(random *rand.Rand, b []byte, at, i int) []byte {
	column := c.values[i]
	v, donor := column[at], column[random.IntN(len(column))]
	m := mutation{random, donor.bytes}
	fresh := len(b) == len(v.bytes) && (len(b) == 0 || string(b) == string(v.bytes))
	switch {
	case fresh && len(v.cbor) > 1 && random.IntN(8) > 0:
		b = m.item(v.bytes, v.cbor, donor)
	case fresh && len(v.json) > 1 && random.IntN(8) > 0:
		b = m.json(v.bytes, v.json, donor)
	default:
		b = m.any(b)
	}
	for random.IntN(3) == 0 {
		b = m.any(b)
	}
	return b
}
