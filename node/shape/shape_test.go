package shape_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/node/shape"
)

type (
	self *self
	mute *ally
	ally *mute
)

func TestTypesThatAreRefused(t *testing.T) {
	type named struct{ A int }
	type left struct{ A int }
	type right struct{ A int }
	for want, v := range map[string]any{
		`.P: shape_test.self points to nothing but itself`:               struct{ P self }{},
		`.P: shape_test.mute points to nothing but itself`:               struct{ P *mute }{},
		`.C: JSON has nothing like chan int`:                             struct{ C chan int }{},
		`.F: JSON has nothing like func()`:                               struct{ F func() }{},
		`.X: JSON has nothing like complex128`:                           struct{ X complex128 }{},
		`.E: JSON has nothing like error`:                                struct{ E error }{},
		`.A: [3]int has a fixed length, and a list has not: use a slice`: struct{ A [3]int }{},
		`.M: the keys of map[bool]int are neither strings nor integers`:  struct{ M map[bool]int }{},
		`.N: the tag crdt:"sum" is none of counter, set, text, list, lww`: struct {
			N int `crdt:"sum"`
		}{},
		`.N: a counter is an integer, not float64`: struct {
			N float64 `crdt:"counter"`
		}{},
		`.N: a counter is an integer, not time.Time`: struct {
			N time.Time `crdt:"counter"`
		}{},
		`.T: a text is a string, not []uint8`: struct {
			T []byte `crdt:"text"`
		}{},
		`.L: a list is a slice, not map[string]int`: struct {
			L map[string]int `crdt:"list"`
		}{},
		`.S: a set is a slice, not string`: struct {
			S string `crdt:"set"`
		}{},
		`.S: the elements of a set are scalars, not struct { A int }`: struct {
			S []struct{ A int } `crdt:"set"`
		}{},
		`.N: the option "string" of its json tag is not supported`: struct {
			N int `json:",string"`
		}{},
		`.right.A: two fields are called "A"`: struct {
			left
			right
		}{},
		`.named: an embedded pointer: give the field a name in its json tag, or embed`: struct{ *named }{},
		`.W.N: the tag crdt:"counter" is inside of what is one register as a whole`: struct {
			W struct {
				N int `crdt:"counter"`
			} `crdt:"lww"`
		}{},
		`.D[].M[].C: JSON has nothing like chan int`: struct {
			D []struct {
				M map[string]struct{ C chan int }
			}
		}{},
	} {
		s, err := shape.Of(reflect.TypeOf(v))
		if s, again := shape.Of(reflect.TypeOf(v)); s != nil && again == nil {
			t.Errorf("%T is refused only once", v)
		}
		if !errors.Is(err, shape.ErrType) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s (%v)", err, want, s)
		}
	}
}

// base has fields that are those of the struct around it.
type base struct {
	ID     string
	Hidden string `json:"shown"`
}

type node struct {
	base
	ID       int
	Skipped  chan int `json:"-"`
	Dash     int      `json:"-,"`
	Children []node   `json:"children,omitempty"`
	Parent   *node    `json:"$parent"`
	inner    int
}

// TestEncode shows what values look like in a document.
func TestEncode(t *testing.T) {
	n := 3
	for _, c := range []struct {
		v    any
		want string
	}{
		{struct {
			N int `crdt:"counter"`
		}{-4}, `{"N":{"$counter":-4}}`},
		{struct {
			N *int64 `crdt:"counter"`
		}{}, `{}`},
		{struct {
			N *int `crdt:"counter"`
		}{&n}, `{"N":{"$counter":3}}`},
		{struct {
			S []string `crdt:"set"`
		}{[]string{"b", "a"}}, `{"S":{"$set":["b","a"]}}`},
		{struct {
			T string `crdt:"text"`
		}{"a<b"}, `{"T":{"$text":"a<b"}}`},
		{struct {
			R []int `crdt:"lww"`
		}{[]int{1, 2}}, `{"R":{"$register":[1,2]}}`},
		{struct {
			R map[string][]byte `crdt:"lww"`
		}{map[string][]byte{"$x": {1}}}, `{"R":{"$register":{"$$x":{"$bytes":"AQ=="}}}}`},
		{struct {
			R string `crdt:"lww"`
		}{"x"}, `{"R":"x"}`},
		{struct {
			L []int `crdt:"list"`
		}{[]int{}}, `{"L":[]}`},
		{struct {
			L []*int
			M map[string]*int
			P *int
		}{[]*int{nil}, map[string]*int{"a": nil}, nil}, `{"L":[null],"M":{"a":null}}`},
		{struct {
			B []byte
			C []byte
		}{[]byte{}, nil}, `{"B":{"$bytes":""}}`},
		{struct{ At time.Time }{time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}, `{"At":"2026-01-02T03:04:05.000000006Z"}`},
		{struct{ D time.Duration }{time.Second}, `{"D":1000000000}`},
		{struct{ N json.Number }{"1.50"}, `{"N":1.50}`},
		{struct{ R json.RawMessage }{json.RawMessage(`{"$counter":[1, {"$set":2}]}`)}, `{"R":{"$$counter":[1,{"$$set":2}]}}`},
		{struct {
			A any
			B any
		}{map[string]any{"x": 1}, nil}, `{"A":{"x":1}}`},
		{struct {
			F float64
			G float32
			H float64
		}{2, 0.1, 1e300}, `{"F":2,"G":1e-01,"H":1e+300}`},
		{map[int]bool{-1: true}, `{"-1":true}`},
		{struct {
			E int       `json:",omitempty"`
			Z time.Time `json:",omitzero"`
			S []int     `json:",omitempty"`
		}{S: []int{}}, `{}`},
		{node{base: base{ID: "lost", Hidden: "h"}, ID: 7, Children: []node{{}}, inner: 1},
			`{"-":0,"ID":7,"children":[{"-":0,"ID":0,"shown":""}],"shown":"h"}`},
	} {
		s, err := shape.Of(reflect.TypeOf(c.v))
		if err != nil {
			t.Errorf("%s: %v", c.want, err)
			continue
		}
		tree, err := s.Encode(reflect.ValueOf(c.v))
		if err != nil {
			t.Errorf("%s: %v", c.want, err)
			continue
		}
		if b, err := s.Overlay(nil, shape.Tree{}, tree); err != nil || string(b) != c.want {
			t.Errorf("%s, %v; want %s", b, err, c.want)
		}
	}
}

type loop struct {
	Next []*loop
	Map  map[string]string
	U    uint64
	F    float64
}

func TestEncodeRefuses(t *testing.T) {
	s, err := shape.Of(reflect.TypeFor[loop]())
	if err != nil {
		t.Fatal(err)
	}
	endless := &loop{Next: []*loop{nil}}
	endless.Next[0] = endless
	for want, v := range map[string]loop{
		"/Next/0/Next/0/":      *endless,
		"/Map/a: malformed":    {Map: map[string]string{"a": "\xff"}},
		"/Next/0/U: number":    {Next: []*loop{{U: 1 << 63}}},
		"/F: number is":        {F: inf()},
		"/Map: malformed JSON": {Map: map[string]string{"\xff": ""}},
	} {
		if _, err := s.Encode(reflect.ValueOf(v)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func inf() float64 { x := 1e308; return x * 10 }
