package crdt_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// What can be done to what is there, by its type: "inside" is any edit further
// down, "set" keeps the type, "replace" is a set that does not.
var actions = map[string][]string{
	"map":       {"inside", "set", "replace", "unset"},
	"register":  {"set", "replace", "unset"},
	"$register": {"set", "replace", "unset"},
	"counter":   {"incr", "set", "replace", "unset"},
	"set":       {"add", "remove", "set", "replace", "unset"},
	"list":      {"insert", "delete", "move", "inside", "set", "replace", "unset"},
	"text":      {"insert", "delete", "set", "replace", "unset"},
	"nothing":   {"map", "list", "text", "set", "counter", "register", "$register"}, // what is made there
}

// documentActions are what may meet the removal of a document, and verbs that
// must each meet themselves.
var (
	meetsRemoval = []string{"del", "put", "merge", "patch", "resolve", "register set", "register unset", "counter incr", "set add", "set remove",
		"list insert", "list delete", "list move", "text insert", "text delete"}
	meetItself = []string{"put", "merge", "patch", "resolve"}
)

// TestSemanticsAreComplete computes every pair of actions on every type, and
// demands a row for each.
func TestSemanticsAreComplete(t *testing.T) {
	have := map[string]bool{}
	for _, r := range rows(t) {
		for _, a := range r.actions(t, r.a) {
			for _, b := range r.actions(t, r.b) {
				have[meeting(a, b)] = true
			}
		}
	}
	var missing []string
	need := func(pair string) {
		if !have[pair] {
			missing = append(missing, pair)
		}
	}
	for kind, all := range actions {
		for i, a := range all {
			for _, b := range all[i:] {
				if kind == "nothing" && b == "$register" && a != b {
					continue // a register like any other
				}
				need(pair(kind, a, b))
			}
		}
	}
	for _, a := range meetsRemoval {
		need(pair("document", "del", a))
	}
	for _, a := range meetItself {
		need(pair("document", a, a))
	}
	need(pair("document", "put base", "put"))
	need(pair("document", "put base", "put base"))
	need(pair("document", "resolve", "register set"))
	need(pair("document", "resolve", "register unset"))
	need(pair("document", "patch", "register set"))
	slices.Sort(missing)
	for _, m := range missing {
		t.Errorf("docs/DOCUMENTS.md has no row for %s", m)
	}
}

// action is what one step does: on a place of some type, or on the document.
type action struct {
	path        crdt.Pointer
	verb        string                         // set, unset, …
	made, value string                         // what is set: its type and JSON
	kind        func(path crdt.Pointer) string // the type at a place before the step
}

func (r *row) actions(t *testing.T, cell string) (all []action) {
	t.Helper()
	d := (&happening{t: t}).begin(r).Document
	kind := func(path crdt.Pointer) string {
		if k := kindAt(d, path); k != "" {
			return k
		}
		return "nothing"
	}
	for _, span := range spans(cell) {
		for text := range strings.SplitSeq(span, " ; ") {
			s, err := parseStep(text)
			if err != nil {
				t.Fatal(err)
			}
			a := action{path: s.path, verb: s.verb, kind: kind}
			if strings.HasSuffix(s.rest, " base") {
				a.verb += " base"
			}
			if s.verb == "set" {
				a.made, a.value = kindOf(s.rest), s.rest
			}
			all = append(all, a)
		}
	}
	return all
}

// ofDocument reports whether the verb is none of the typed operations.
func (a action) ofDocument() bool {
	return slices.Contains([]string{"del", "put", "put base", "merge", "patch", "resolve"}, a.verb)
}

// at is the action as it looks from path, which leads to it.
func (a action) at(path crdt.Pointer) string {
	kind := a.kind(path)
	switch {
	case len(a.path) > len(path):
		return "inside"
	case a.verb != "set":
		return a.verb
	case kind == "nothing":
		return a.made
	case a.keeps(kind):
		return "set"
	}
	return "replace"
}

// keeps reports whether the value that is set keeps the type that is there.
func (a action) keeps(have string) bool {
	switch have {
	case "counter":
		return a.made == have || strings.Trim(a.value, "-0123456789") == ""
	case "text":
		return a.made == have || a.value[0] == '"'
	case "set":
		return a.made == have || a.made == "list"
	case "register":
		return a.made == have || a.made == "$register"
	case "$register":
		return slices.Contains([]string{"$register", "register", "list", "map"}, a.made)
	}
	return a.made == have
}

// meeting is the pair that a and b are, at the place where they meet.
func meeting(a, b action) string {
	name := func(a action) string {
		if a.ofDocument() {
			return a.verb
		}
		return a.kind(a.path) + " " + a.at(a.path)
	}
	if a.ofDocument() || b.ofDocument() {
		return pair("document", name(a), name(b))
	}
	common := 0
	for common < len(a.path) && common < len(b.path) && a.path[common] == b.path[common] {
		common++
	}
	path := a.path[:common]
	return pair(a.kind(path), a.at(path), b.at(path))
}

func pair(kind, a, b string) string {
	if b < a {
		a, b = b, a
	}
	return fmt.Sprintf("%s: %s, %s", kind, a, b)
}
