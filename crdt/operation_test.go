package crdt_test

import (
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

func TestApply(t *testing.T) {
	for _, c := range []struct {
		before, ops, after string
		dots               uint64
	}{
		{`{}`, `[{"op":"set","path":"/a","value":1}]`, `{"a":1}`, 1},
		{``, `[{"op":"set","path":"/a/b","value":1}]`, `{"a":{"b":1}}`, 3},
		{``, `[{"op":"set","path":"","value":{"x":1}}]`, `{"x":1}`, 2},
		{`{"a":1}`, `[{"op":"set","path":"/a","value":1.0}]`, `{"a":1}`, 0},
		{`{"a":{"$counter":1}}`, `[{"op":"set","path":"/a","value":5}]`, `{"a":{"$counter":5}}`, 1},
		{`{"a/b":{"~":1}}`, `[{"op":"set","path":"/a~1b/~0","value":2}]`, `{"a/b":{"~":2}}`, 1},
		{`{"":1}`, `[{"op":"set","path":"/","value":2}]`, `{"":2}`, 1},
		{`{"a":1,"b":2}`, `[{"op":"unset","path":"/a"}]`, `{"b":2}`, 1},
		{`{"a":1}`, `[{"op":"unset","path":"/x/y"}]`, `{"a":1}`, 0},
		{`{"a":1}`, `[{"op":"unset","path":""}]`, ``, 1},
		{`{}`, `[{"op":"incr","path":"/n","by":3}]`, `{"n":{"$counter":3}}`, 2},
		{`{}`, `[{"op":"incr","path":"/n","by":0}]`, `{"n":{"$counter":0}}`, 1},
		{``, `[{"op":"incr","path":"/x/n","by":-3}]`, `{"x":{"n":{"$counter":-3}}}`, 4},
		{`{"n":{"$counter":1}}`, `[{"op":"incr","path":"/n","by":2},{"op":"incr","path":"/n","by":-7}]`, `{"n":{"$counter":-4}}`, 2},
		{`{"n":{"$counter":1}}`, `[{"op":"incr","path":"/n","by":0}]`, `{"n":{"$counter":1}}`, 0},
		{`{}`, `[{"op":"add","path":"/s","value":"x"}]`, `{"s":{"$set":["x"]}}`, 2},
		{`{"s":{"$set":["x"]}}`, `[{"op":"add","path":"/s","value":"x"}]`, `{"s":{"$set":["x"]}}`, 0},
		{`{"s":{"$set":[1]}}`, `[{"op":"add","path":"/s","value":1.0}]`, `{"s":{"$set":[1]}}`, 0},
		{`{"s":{"$set":[{"$bytes":"aGk="}]}}`, `[{"op":"add","path":"/s","value":"aGk="}]`, `{"s":{"$set":["aGk=",{"$bytes":"aGk="}]}}`, 1},
		{`{"s":{"$set":["x","y"]}}`, `[{"op":"remove","path":"/s","value":"x"}]`, `{"s":{"$set":["y"]}}`, 1},
		{`{"s":{"$set":["x"]}}`, `[{"op":"remove","path":"/s","value":"x"}]`, `{"s":{"$set":[]}}`, 1},
		{`{"s":{"$set":["x"]}}`, `[{"op":"remove","path":"/s","value":"z"}]`, `{"s":{"$set":["x"]}}`, 0},
		{`{}`, `[{"op":"remove","path":"/s","value":"z"}]`, `{}`, 0},
		{`{"l":[1,{"n":{"$counter":1}}]}`, `[{"op":"incr","path":"/l/1/n","by":1},{"op":"set","path":"/l/0","value":2}]`, `{"l":[2,{"n":{"$counter":2}}]}`, 2},
		{`{"l":[1,2,3]}`, `[{"op":"unset","path":"/l/1"}]`, `{"l":[1,3]}`, 1},
		{`{"l":[1]}`, `[{"op":"unset","path":"/l/0"}]`, `{"l":[]}`, 1},
		{`[]`, `[{"op":"insert","path":"","at":0,"value":1},{"op":"insert","path":"","at":1,"value":[{"$text":"x"}]},{"op":"insert","path":"/1/0","at":1,"text":"y"}]`, `[1,[{"$text":"xy"}]]`, 8},
		{`["a","b","c","d"]`, `[{"op":"delete","path":"","at":1,"len":2},{"op":"delete","path":"","at":2,"len":0}]`, `["a","d"]`, 2},
		{`["a","b","c","d"]`, `[{"op":"move","path":"","from":3,"to":0},{"op":"move","path":"","from":1,"to":3},{"op":"move","path":"","from":2,"to":2}]`, `["d","b","c","a"]`, 2},
		{`{"t":{"$text":"abc"}}`, `[{"op":"insert","path":"/t","at":1,"text":"é😀"},{"op":"delete","path":"/t","at":2,"len":2},{"op":"delete","path":"/t","at":2,"len":0},{"op":"insert","path":"/t","at":2,"text":""}]`, `{"t":{"$text":"aéc"}}`, 4},
		{`{"t":{"$text":""}}`, `[{"op":"insert","path":"/t","at":0,"text":"x"}]`, `{"t":{"$text":"x"}}`, 1},
		{`{"t":{"$text":"x"}}`, `[{"op":"delete","path":"/t","at":0,"len":1}]`, `{"t":{"$text":""}}`, 1},
		{`{"a":1}`, `[]`, `{"a":1}`, 0},
	} {
		var before *crdt.Document
		if c.before != "" {
			before = put(t, c.before)
		}
		ops, err := crdt.ParseOps([]byte(c.ops))
		if err != nil {
			t.Errorf("%s: %v", c.ops, err)
			continue
		}
		w := later()
		after, changed, err := before.Apply(w, ops)
		if err != nil || typed(after) != c.after || w.Taken() != c.dots || changed != (c.dots > 0) {
			t.Errorf("%s, %s: %s with %d dots (changed %v, %v), not %s with %d", c.before, c.ops, typed(after), w.Taken(), changed, err, c.after, c.dots)
		}
		checkDecode(t, after.AppendCanonical(nil))
	}
}

func TestApplyRefuses(t *testing.T) {
	deep := strings.Repeat("/a", 64)
	for _, c := range []struct {
		before, ops, path string
		err               error
	}{
		{`{"a":1}`, `[{"op":"incr","path":"/a","by":1}]`, "/a", crdt.ErrKind},
		{`{"a":{"x":"y"}}`, `[{"op":"incr","path":"/a/x","by":1}]`, "/a/x", crdt.ErrKind},
		{`{"a":{}}`, `[{"op":"incr","path":"/a","by":1}]`, "/a", crdt.ErrKind},
		{`{"a":[1]}`, `[{"op":"add","path":"/a","value":2}]`, "/a", crdt.ErrKind},
		{`{"a":[1]}`, `[{"op":"remove","path":"/a","value":1}]`, "/a", crdt.ErrKind},
		{`{"a":[1]}`, `[{"op":"set","path":"/a/1","value":2}]`, "/a/1", crdt.ErrPosition},
		{`{"a":[1]}`, `[{"op":"set","path":"/a/-1","value":2}]`, "/a/-1", crdt.ErrPosition},
		{`{"a":[1]}`, `[{"op":"set","path":"/a/-","value":2}]`, "/a/-", crdt.ErrPointer},
		{`{"a":[1]}`, `[{"op":"set","path":"/a/00","value":2}]`, "/a/00", crdt.ErrPointer},
		{`{"a":[1]}`, `[{"op":"unset","path":"/a/7"}]`, "/a/7", crdt.ErrPosition},
		{`{"a":[[]]}`, `[{"op":"set","path":"/a/0/0","value":2}]`, "/a/0/0", crdt.ErrPosition},
		{`{"a":[1]}`, `[{"op":"insert","path":"/a","at":2,"value":1}]`, "/a", crdt.ErrPosition},
		{`{"a":[1]}`, `[{"op":"insert","path":"/a","at":-1,"value":1}]`, "/a", crdt.ErrPosition},
		{`{"a":[1]}`, `[{"op":"insert","path":"/a","at":0,"text":"x"}]`, "/a", crdt.ErrOperation},
		{`{"a":[1]}`, `[{"op":"insert","path":"/b","at":0,"value":1}]`, "/b", crdt.ErrNoValue},
		{`{"a":1}`, `[{"op":"insert","path":"/a","at":0,"text":"x"}]`, "/a", crdt.ErrKind},
		{`{"a":"s"}`, `[{"op":"insert","path":"/a","at":0,"text":"x"}]`, "/a", crdt.ErrKind},
		{`{"a":[1,2]}`, `[{"op":"delete","path":"/a","at":1,"len":2}]`, "/a", crdt.ErrPosition},
		{`{"a":[1,2]}`, `[{"op":"delete","path":"/a","at":0,"len":-1}]`, "/a", crdt.ErrPosition},
		{`{"a":[1,2]}`, `[{"op":"delete","path":"/a","at":3,"len":0}]`, "/a", crdt.ErrPosition},
		{`{"a":[1,2]}`, `[{"op":"move","path":"/a","from":0,"to":2}]`, "/a", crdt.ErrPosition},
		{`{"a":[1,2]}`, `[{"op":"move","path":"/a","from":-1,"to":0}]`, "/a", crdt.ErrPosition},
		{`{"a":{}}`, `[{"op":"move","path":"/a","from":0,"to":0}]`, "/a", crdt.ErrKind},
		{`{"a":{"$text":"x"}}`, `[{"op":"move","path":"/a","from":0,"to":0}]`, "/a", crdt.ErrKind},
		{`{"a":{"$text":"x"}}`, `[{"op":"insert","path":"/a","at":2,"text":"y"}]`, "/a", crdt.ErrPosition},
		{`{"a":{"$text":"x"}}`, `[{"op":"insert","path":"/a","at":-1,"text":"y"}]`, "/a", crdt.ErrPosition},
		{`{"a":{"$text":"x"}}`, `[{"op":"insert","path":"/a","at":0,"value":"y"}]`, "/a", crdt.ErrOperation},
		{`{"a":{"$text":"xy"}}`, `[{"op":"delete","path":"/a","at":1,"len":2}]`, "/a", crdt.ErrPosition},
		{`{"a":{"$text":"xy"}}`, `[{"op":"delete","path":"/a","at":1,"len":-1}]`, "/a", crdt.ErrPosition},
		{`{"a":{"$text":"xy"}}`, `[{"op":"set","path":"/a/0","value":"z"}]`, "/a", crdt.ErrKind},
		{`{"a":1}`, `[{"op":"unset","path":"/a/b/c"}]`, "/a", crdt.ErrKind},
		{`{"a":{"$set":[]}}`, `[{"op":"add","path":"/a","value":[]}]`, "/a", crdt.ErrKind},
		{`{}`, `[{"op":"set","path":"/x/$a","value":1}]`, "/x/$a", crdt.ErrTag},
		{`{}`, `[{"op":"incr","path":"` + deep + `/a","by":1}]`, deep + "/a", crdt.ErrDepth},
		{`{}`, `[{"op":"set","path":"` + deep + `","value":[]}]`, deep, crdt.ErrDepth},
		{`{}`, `[{"op":"add","path":"` + deep + `","value":1}]`, deep, crdt.ErrDepth},
	} {
		ops, err := crdt.ParseOps([]byte(c.ops))
		if err != nil {
			if strings.Contains(c.ops, "/a/a/a") {
				continue // refused one step earlier
			}
			t.Errorf("%s: %v", c.ops, err)
			continue
		}
		first := crdt.Op{Op: "set", Path: crdt.Pointer{"first"}, Value: parse(t, "1")}
		before, w := put(t, c.before), later()
		after, changed, err := before.Apply(w, append([]crdt.Op{first}, ops...))
		checkError(t, err, c.path, c.err)
		if changed || w.Taken() > 0 || typed(after) != c.before {
			t.Errorf("%s %s: something was done: %s", c.before, c.ops, typed(after))
		}
	}
	for _, op := range []crdt.Op{{Op: "set"}, {Op: "add"}, {Op: "remove"}, {Op: "fly"}, {}} {
		_, _, err := put(t, `{}`).Apply(later(), []crdt.Op{op})
		checkError(t, err, "", crdt.ErrOperation)
	}
}

func TestParseOpsRefuses(t *testing.T) {
	for _, c := range []struct {
		ops, path string
		err       error
	}{
		{`{}`, "", crdt.ErrOperation},
		{`[1]`, "/0", crdt.ErrOperation},
		{`[{"op":"set","path":"/a","value":1}`, "", crdt.ErrJSON},
		{`[] x`, "", crdt.ErrJSON},
		{`[{}]`, "/0", crdt.ErrOperation},
		{`[{"op":"fly","path":""}]`, "/0", crdt.ErrOperation},
		{`[{"op":"set","path":""}]`, "/0", crdt.ErrOperation},
		{`[{"op":"unset"}]`, "/0", crdt.ErrOperation},
		{`[{"op":"incr","path":""}]`, "/0", crdt.ErrOperation},
		{`[{"op":"incr","path":"","by":"1"}]`, "/0/by", crdt.ErrOperation},
		{`[{"op":"incr","path":"","by":1.5}]`, "/0/by", crdt.ErrOperation},
		{`[{"op":"incr","path":"","by":9223372036854775808}]`, "/0/by", crdt.ErrNumber},
		{`[{"op":"incr","path":"","by":1,"value":1}]`, "/0", crdt.ErrOperation},
		{`[{"op":"unset","path":"","value":1}]`, "/0", crdt.ErrOperation},
		{`[{"op":"unset","path":"a"}]`, "/0/path", crdt.ErrPointer},
		{`[{"op":"unset","path":1}]`, "/0/path", crdt.ErrOperation},
		{`[{"op":"unset","path":"","x":1}]`, "/0/x", crdt.ErrOperation},
		{`[{"op":"unset","op":"unset","path":""}]`, "/0/op", crdt.ErrDuplicate},
		{`[{"op":"set","path":"","value":{"a":{"$b":1}}}]`, "/0/value/a", crdt.ErrTag},
		{`[{"op":"set","path":"","value":{"a":1,"a":1}}]`, "/0/value/a", crdt.ErrDuplicate},
		{`[{"op":"insert","path":"","at":0}]`, "/0", crdt.ErrOperation},
		{`[{"op":"insert","path":"","value":1}]`, "/0", crdt.ErrOperation},
		{`[{"op":"insert","path":"","at":0,"value":1,"text":"x"}]`, "/0", crdt.ErrOperation},
		{`[{"op":"insert","path":"","at":"0","value":1}]`, "/0/at", crdt.ErrOperation},
		{`[{"op":"insert","path":"","at":0.5,"value":1}]`, "/0/at", crdt.ErrOperation},
		{`[{"op":"insert","path":"","at":0,"text":1}]`, "/0/text", crdt.ErrOperation},
		{`[{"op":"insert","path":"","at":0,"text":"\ud800"}]`, "/0/text", crdt.ErrJSON},
		{`[{"op":"delete","path":"","at":0}]`, "/0", crdt.ErrOperation},
		{`[{"op":"delete","path":"","at":0,"len":9223372036854775807}]`, "/0/len", crdt.ErrPosition},
		{`[{"op":"move","path":"","from":0}]`, "/0", crdt.ErrOperation},
		{`[{"op":"move","path":"","from":"/a","to":1}]`, "/0/from", crdt.ErrOperation},
		{`[{"op":"set","path":"","value":1,"units":"utf16"}]`, "/0/units", crdt.ErrOperation},
	} {
		_, err := crdt.ParseOps([]byte(c.ops))
		checkError(t, err, c.path, c.err)
	}
}

func TestAt(t *testing.T) {
	d := put(t, `{"a":{"b":[1,{"c":"x"},[true]],"n":{"$counter":2},"s":{"$set":["y"]}},"":3,"k":{"$bytes":"aGk="}}`)
	for path, want := range map[string]string{
		"":          `{"":3,"a":{"b":[1,{"c":"x"},[true]],"n":2,"s":["y"]},"k":"aGk="}`,
		"/a/b":      `[1,{"c":"x"},[true]]`,
		"/a/b/0":    `1`,
		"/a/b/1/c":  `"x"`,
		"/a/b/2/0":  `true`,
		"/a/n":      `2`,
		"/a/s":      `["y"]`,
		"/":         `3`,
		"/k":        `"aGk="`,
		"/x":        ``,
		"/a/b/3":    ``,
		"/a/b/-1":   ``,
		"/a/b/-":    ``,
		"/a/b/00":   ``,
		"/a/b/1/d":  ``,
		"/a/b/0/0":  ``,
		"/a/s/0":    ``,
		"/a/n/x":    ``,
		"/a/b/1/c/": ``,
	} {
		p, err := crdt.ParsePointer(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.At(p, crdt.FormatPlain)
		if want == "" {
			checkError(t, err, path, crdt.ErrNoValue)
		} else if err != nil || string(got) != want {
			t.Errorf("%q: %s %v", path, got, err)
		}
	}
	if got, _ := d.At(crdt.Pointer{"a", "n"}, crdt.FormatTyped); string(got) != `{"$counter":2}` {
		t.Errorf("typed: %s", got)
	}
	_, err := (*crdt.Document)(nil).At(nil, crdt.FormatPlain)
	checkError(t, err, "", crdt.ErrNoValue)
}

func TestPointers(t *testing.T) {
	for _, s := range []string{"", "/", "/a", "/a/b", "//", "/~0~1", "/~01", "/é/ "} {
		p, err := crdt.ParsePointer(s)
		if err != nil || p.String() != s {
			t.Errorf("%q: %q %v", s, p, err)
		}
	}
	for _, s := range []string{"a", "/~", "/~2", "/a~", "\xff", "/\xff", strings.Repeat("/a", 65)} {
		if _, err := crdt.ParsePointer(s); err == nil {
			t.Errorf("%q is accepted", s)
		}
	}
}

func TestNames(t *testing.T) {
	for key, ok := range map[string]bool{
		"a": true, "users/ann": true, "a b%2F?#\"$(x)": true, "😀\u202e": true, "...": true, ".a": true, strings.Repeat("k", 1024): true, "a\n": true,
		"": false, "/": false, "/a": false, "a/": false, "a//b": false, ".": false, "..": false, "a/./b": false, "a/..": false, "\x00": false, "a\x00b": false,
		"\xff": false, strings.Repeat("k", 1025): false,
	} {
		if err := crdt.CheckKey(key); (err == nil) != ok {
			t.Errorf("key %.20q: %v", key, err)
		}
	}
	for name, ok := range map[string]bool{
		"a": true, "a-b_c.9": true, strings.Repeat("c", 64): true, "...": true,
		"": false, "A": false, "a/b": false, "é": false, "a b": false, ".": false, "..": false, strings.Repeat("c", 65): false,
	} {
		if err := crdt.CheckCollection(name); (err == nil) != ok {
			t.Errorf("collection %q: %v", name, err)
		}
	}
	if c, k, err := crdt.SplitAddress("users/ann/1"); c != "users" || k != "ann/1" || err != nil {
		t.Errorf("split: %q %q %v", c, k, err)
	}
	for _, bad := range []string{"", "users", "users/", "/ann", "U/ann", "users/a//b"} {
		if _, _, err := crdt.SplitAddress(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
