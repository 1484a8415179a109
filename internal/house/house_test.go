package house_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/crdtstore/crdtstore/internal/house"
)

// TestHouse is the rule book applied to this repository.
func TestHouse(t *testing.T) {
	found, err := house.Check(os.DirFS(root(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// root walks up to the folder that holds go.mod.
func root(t *testing.T) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
}

const ours = house.Module + "/"

// TestEachRuleBites breaks every rule once in a small repository that is clean
// otherwise.
func TestEachRuleBites(t *testing.T) {
	long := "package crdt\n" + strings.Repeat("//\n", house.MaxLines)
	for _, c := range []struct{ path, src, want string }{
		{"crdt/x.go", `package crdt; import _ "` + ours + `storage"`, "crdt/x.go:1: arrow: crdt may not import storage"},
		{"crdt/x.go", `package crdt; import _ "github.com/dgraph-io/badger/v4"`, "crdt/x.go:1: arrow: crdt may not import github.com/dgraph-io/badger/v4"},
		{"storage/x.go", `package storage; import _ "` + ours + `node"`, "storage/x.go:1: arrow: storage may not import node"},
		{"storage/merkle/x.go", `package merkle; import _ "` + ours + `storage"`, "storage/merkle/x.go:1: arrow: storage/merkle may not import storage"},
		{"sync/x_test.go", `package antientropy; import _ "` + ours + `storage/memory"`, "sync/x_test.go:1: arrow: sync may not import storage/memory"},
		{"p2p/x.go", `package p2p; import _ "` + ours + `crdt"`, "p2p/x.go:1: arrow: p2p may not import crdt"},
		{"node/x.go", `package node; import _ "` + ours + `internal/httpapi"`, "node/x.go:1: arrow: node may not import internal/httpapi"},
		{"node/x.go", `package node; import _ "` + ours + `sync"`, `node/x.go:1: name: write antientropy "` + ours + `sync": "sync" is the standard library's`},
		{"internal/x/x.go", `package x; import _ "` + ours + `cmd/crdtd"`, "internal/x/x.go:1: arrow: internal/x may not import cmd/crdtd"},
		{"cmd/crdtd/x.go", `package main; import "C"`, `cmd/crdtd/x.go:1: cgo: import "C": crdtstore builds without a C compiler`},
		{"node/x_test.go", `package node; import "testing/synctest"; func f() { synctest.Wait() }`, "node/x_test.go:1: bubble: write bubble.Test of internal/bubble: synctest.Test ends a program built with the race detector now and then"},
		{"crdt/x.go", `package crdt; import "time"; var _ = time.Now()`, "crdt/x.go:1: effect: time.Now in crdt: it holds values, effects live in node"},
		{"sync/x.go", `package antientropy; func f() { go f() }`, "sync/x.go:1: effect: a goroutine in sync: it holds values, effects live in node"},
		{"sync/x.go", `package antientropy; var c chan int`, "sync/x.go:1: effect: a channel in sync: it holds values, effects live in node"},
		{"sync/x.go", `package antientropy; import "sync"; var m sync.Mutex`, "sync/x.go:1: effect: sync.Mutex in sync: it holds values, effects live in node"},
		{"crdt/x.go", `package crdt; import _ "crypto/rand"`, `crdt/x.go:1: effect: crdt may not import "crypto/rand": it holds values, effects live in node`},
		{"crdt/x.go", long, fmt.Sprintf("crdt/x.go: length: %d lines, more than %d: it is two nouns", house.MaxLines+1, house.MaxLines)},
		{"crdt/x.go", `package crdt; func F() {}`, "crdt/x.go:1: doc: exported F has no comment"},
		{"crdt/x.go", `package crdt; type t int; type T t; func (t) M() {}`, "crdt/x.go:1: doc: exported T has no comment"},
		{"crdt/x.go", `package crdt; const C = 1`, "crdt/x.go:1: doc: exported C has no comment"},
		{"internal/util/doc.go", "// Package util is vague.\npackage util", "internal/util/doc.go:2: name: package util says nothing: name it after what it holds"},
		{"internal/y/y.go", `package y`, "internal/y: doc: has no doc.go with a package comment"},
		{"pkg/doc.go", "// Package pkg is nowhere.\npackage pkg", "pkg: layout: top-level folders are [cmd crdt docs integration internal node p2p storage sync] only"},
		{"node/x_test.go", `package node; import "time"; func f() { time.Sleep(1) }`, "node/x_test.go:1: sleep: wait for a condition with a deadline instead"},
		{"node/y_test.go", `package node; func FuzzY(f *testing.F) { f.Fuzz(alloc.Bounded) }`, "node/y_test.go:1: fuzz: FuzzY is not run by barrage.Fuzz: it would be given few inputs"},
		{"node/x_test.go", `package node; func FuzzX() { bound(barrage.Fuzz) }; func bound() {}`, "node/x_test.go:1: fuzz: FuzzX does not call alloc.Bounded: bytes of others must not take more memory than they are long"},
		{"node/x.go", "package node\n\n// ParseX reads.\nfunc ParseX() {}", "node/x.go:4: fuzz: no fuzz target calls ParseX"},
		{"node/x.go", "package node\n\ntype x int\n\nfunc (x) UnmarshalX() {}\n\n// T is one.\ntype T int\n\n// UnmarshalX reads.\nfunc (T) UnmarshalX() {}", "node/x.go:11: fuzz: no fuzz target calls UnmarshalX"},
		{"docs/X.md", "[a](../crdt) [b](https://example.org) [c](#top)\n\n[d](Y.md#top)", "docs/X.md:3: link: Y.md is not there"},
	} {
		repo := clean()
		repo[c.path] = &fstest.MapFile{Data: []byte(c.src)}
		found, err := house.Check(repo)
		if err != nil {
			t.Errorf("%s: %v", c.want, err)
			continue
		}
		if len(found) != 1 || found[0].String() != c.want {
			t.Errorf("found %v, want %s", found, c.want)
		}
	}
}

// clean is a repository without findings.
func clean() fstest.MapFS {
	repo := fstest.MapFS{}
	for _, dir := range []string{"crdt", "storage", "storage/merkle", "sync", "p2p", "node", "internal/x", "cmd/crdtd"} {
		name := filepath.Base(dir)
		repo[dir+"/doc.go"] = &fstest.MapFile{Data: []byte("// Package " + name + " is documented.\npackage " + name)}
	}
	repo["node/never.go"] = &fstest.MapFile{Data: []byte("//go:build never\n\npackage node; import _ \"" + ours + "cmd/crdtd\"")}
	repo["node/use.go"] = &fstest.MapFile{Data: []byte(`package node; import (antientropy "` + ours + `sync"; "` + ours + `storage"); var _, _ = antientropy.X, storage.Y`)}
	repo["node/bubble_test.go"] = &fstest.MapFile{Data: []byte(`package node; import ("` + ours + `internal/bubble"; "time"); func f() { bubble.Wait(); time.Sleep(1) }`)}
	repo["storage/fuzz_test.go"] = &fstest.MapFile{Data: []byte(`package storage; func FuzzRead() { check() }; func check() { barrage.Fuzz(alloc.Bounded(ParseRead)) }`)}
	repo["storage/read.go"] = &fstest.MapFile{Data: []byte("package storage\n\n// ParseRead is fuzzed.\nfunc ParseRead() {}")}
	repo[".gitignore"] = &fstest.MapFile{Data: []byte("/crdtd\n/bin/\n")}
	repo["bin/x.go"] = &fstest.MapFile{Data: []byte(`not go`)} // what the README makes
	repo["node/testdata/x.go"] = &fstest.MapFile{Data: []byte(`not go`)}
	return repo
}

func TestCheckRefusesWhatIsNotGo(t *testing.T) {
	repo := clean()
	repo["node/broken.go"] = &fstest.MapFile{Data: []byte("package")}
	if _, err := house.Check(repo); err == nil {
		t.Error("a file that does not parse went unnoticed")
	}
}

func ExampleCheck() {
	repo := fstest.MapFS{
		"crdt/doc.go":   {Data: []byte("// Package crdt holds values.\npackage crdt\n")},
		"crdt/clock.go": {Data: []byte("package crdt\n\nimport \"time\"\n\nvar start = time.Now()\n")},
	}
	found, err := house.Check(repo)
	fmt.Println(found, err)
	// Output: [crdt/clock.go:5: effect: time.Now in crdt: it holds values, effects live in node] <nil>
}
