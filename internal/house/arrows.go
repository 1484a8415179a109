package house

import (
	"go/ast"
	"path"
	"slices"
	"strings"
)

// layer says what the packages below one folder may import.
type layer struct {
	folder string   // the layer is this package and all below it
	ours   []string // folders of this module, with all below them
	others []string // third-party module prefixes; nil means any, empty none
}

// layers, most specific first. A layer may always import itself: its root
// package and whatever lies below.
var layers = []layer{
	{"crdt/crdttest", []string{"crdt"}, testModules},
	{"crdt", nil, []string{"github.com/ipfs/go-cid", "github.com/multiformats/go-multihash"}},
	{"storage/merkle", nil, []string{}},
	{"storage", []string{"crdt"}, nil},
	{"sync", []string{"crdt"}, []string{"github.com/fxamacker/cbor/v2", "github.com/klauspost/compress"}},
	{"p2p", nil, nil},
	{"node", []string{"crdt", "storage", "sync", "p2p"}, nil},
	{"internal", []string{"crdt", "storage", "sync", "p2p", "node", "internal"}, nil},
	{"integration", []string{"crdt", "storage", "sync", "p2p", "node", "internal", "integration"}, nil},
	{"cmd", []string{"crdt", "storage", "sync", "p2p", "node", "internal"}, nil},
}

// testModules are third-party modules that any test may use.
var testModules = []string{
	"pgregory.net/rapid", "github.com/google/go-cmp", "go.uber.org/goleak", "github.com/fxamacker/cbor/v2",
	"github.com/rogpeppe/go-internal", "github.com/marcopolo/simnet",
}

// measures are the packages that tests of all layers may use: they know none of them.
var measures = []string{"crdt/crdttest/alloc", "crdt/crdttest/barrage", bubbleDir, "internal/patience"}

// arrows reports imports that point up or sideways, third-party imports in the
// layers that name theirs, cgo, and sync imported under its own name, which
// would shadow the standard library's.
func arrows(t *tree) (found []Finding) {
	for _, f := range t.files {
		l, ok := layerOf(f.dir)
		if !ok {
			continue
		}
		f.imports(func(s *ast.ImportSpec, p string) {
			ours, own := strings.CutPrefix(p, Module+"/")
			switch {
			case p == "C":
				found = append(found, f.at(s, "cgo", `import "C": crdtstore builds without a C compiler`))
			case own && !l.allows(ours) && !(f.test && slices.Contains(measures, ours)):
				found = append(found, f.at(s, "arrow", "%s may not import %s", f.dir, ours))
			case own && ours == "sync" && (s.Name == nil || s.Name.Name != "antientropy"):
				found = append(found, f.at(s, "name", `write antientropy %q: "sync" is the standard library's`, p))
			case !own && !l.allowsOther(p, f.test):
				found = append(found, f.at(s, "arrow", "%s may not import %s", f.dir, p))
			}
		})
	}
	return found
}

func layerOf(dir string) (layer, bool) {
	for _, l := range layers {
		if within(dir, l.folder) {
			return l, true
		}
	}
	return layer{}, false
}

func (l layer) allows(dir string) bool {
	if within(dir, l.folder) {
		return true
	}
	for _, o := range l.ours {
		if within(dir, o) {
			return true
		}
	}
	return false
}

func (l layer) allowsOther(p string, test bool) bool {
	first, _, _ := strings.Cut(p, "/")
	if l.others == nil || !strings.Contains(first, ".") {
		return true
	}
	allowed := l.others
	if test {
		allowed = append(testModules, allowed...)
	}
	for _, o := range allowed {
		if within(p, o) {
			return true
		}
	}
	return false
}

// within reports whether dir is folder or lies below it.
func within(dir, folder string) bool {
	return dir == folder || strings.HasPrefix(dir, path.Clean(folder)+"/")
}
