package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/crdtstore/crdtstore/node"
)

// beside reports whether a document, which only the node had edited or removed, is got because parts of what that had replaced
// stand beside it, and the node has named it as one of which that may be so. What the node had written must be
// there, and nothing that nobody has written: each other field is as both had it, or a count that may be a part of one.
func (j judge) beside(address, got string) bool {
	return j.alone[address] && j.said.first() != "" && mixed(got, j.want[address], j.shared[address]) && slices.Contains(j.named(), address)
}

// named are the documents that the reports name of the stores that were moved aside.
func (j judge) named() (all []string) {
	paths, _ := filepath.Glob(filepath.Join(j.dir, "run", "aside-*", "report.json")) // the pattern is valid
	for _, path := range paths {
		var a node.Aside
		b, err := os.ReadFile(path)
		if err == nil && json.Unmarshal(b, &a) == nil { // one that cannot be read names nothing
			all = append(all, a.Beside...)
		}
	}
	return all
}

// mixed reports whether a document, as JSON, holds all of one, and besides that nothing but fields of another. "" is a
// document that is not there.
func mixed(got, whole, other string) bool {
	g, w, o := fields(got), fields(whole), fields(other)
	for name, value := range w {
		if !reflect.DeepEqual(g[name], value) {
			return false
		}
	}
	for name, value := range g {
		_, own := w[name]
		_, count := value.(float64)
		_, counted := o[name].(float64)
		if !own && !reflect.DeepEqual(o[name], value) && (name != counter || !count || !counted) {
			return false
		}
	}
	return got != ""
}

// counter is the field in which the documents that both write have a count.
const counter = "count"

func fields(text string) (all map[string]any) {
	_ = json.Unmarshal([]byte(text), &all) // of what is no object there are none
	return all
}
