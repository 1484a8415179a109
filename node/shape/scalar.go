package shape

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/crdt"
)

// scalarOf is a bool, number or string.
func scalarOf(v reflect.Value) (any, error) {
	switch k := v.Kind(); {
	case k == reflect.Bool:
		return v.Bool(), nil
	case k == reflect.String:
		if !utf8.ValidString(v.String()) {
			return nil, fmt.Errorf("%w: a string is not UTF-8", crdt.ErrJSON)
		}
		return v.String(), nil
	case isUnsigned(k):
		if v.Uint() > math.MaxInt64 {
			return nil, fmt.Errorf("%w: %d", crdt.ErrNumber, v.Uint())
		}
		return json.Number(strconv.FormatUint(v.Uint(), 10)), nil
	case isInteger(k):
		return json.Number(strconv.FormatInt(v.Int(), 10)), nil
	}
	f, size := v.Float(), v.Type().Bits()
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%w: %v", crdt.ErrNumber, f)
	}
	return json.Number(floatText(f, size)), nil
}

// floatText has a fraction or an exponent, so that it is read as a float: an
// integer of that size might not fit.
func floatText(f float64, size int) string {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.FormatFloat(f, 'f', -1, size)
	}
	return strconv.FormatFloat(f, 'e', -1, size)
}

// setScalar sets a bool, number or string.
func setScalar(from any, v reflect.Value) error {
	k := v.Kind()
	switch from := from.(type) {
	case bool:
		if k == reflect.Bool {
			v.SetBool(from)
			return nil
		}
	case string:
		if k == reflect.String {
			v.SetString(from)
			return nil
		}
	case json.Number:
		if k != reflect.Bool && k != reflect.String {
			return setNumber(from, v)
		}
	}
	return mismatch(from, v.Type())
}

// setNumber sets a number; an integer may come as a float without a fraction.
func setNumber(from json.Number, v reflect.Value) error {
	if !isInteger(v.Kind()) {
		f, err := from.Float64()
		if err != nil || v.OverflowFloat(f) {
			return mismatch(from, v.Type())
		}
		v.SetFloat(f)
		return nil
	}
	i, err := from.Int64()
	if err != nil {
		f, err := from.Float64()
		if i = int64(f); err != nil || f < -1<<63 || f >= 1<<63 || float64(i) != f {
			return mismatch(from, v.Type())
		}
	}
	return setInteger(i, from, v)
}

func setInteger(i int64, from any, v reflect.Value) error {
	switch unsigned := isUnsigned(v.Kind()); {
	case unsigned && i >= 0 && !v.OverflowUint(uint64(i)):
		v.SetUint(uint64(i))
	case !unsigned && !v.OverflowInt(i):
		v.SetInt(i)
	default:
		return mismatch(from, v.Type())
	}
	return nil
}

// setKey sets the key of a map.
func setKey(name string, v reflect.Value) error {
	if v.Kind() == reflect.String {
		v.SetString(name)
		return nil
	}
	i, err := strconv.ParseInt(name, 10, 64)
	if err != nil || strconv.FormatInt(i, 10) != name {
		return fmt.Errorf("%w: the key %q is no %s", crdt.ErrKind, name, v.Type())
	}
	return setInteger(i, json.Number(name), v)
}

// mismatch says that a document has something that the type cannot hold.
func mismatch(from any, t reflect.Type) error {
	return fmt.Errorf("%w: it is %s, which is no %s", crdt.ErrKind, noun(from), t)
}
