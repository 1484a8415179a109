package node_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/crdtstore/crdtstore/node"
)

// A backup of everything, one of what is new since, and a node that is made of
// both.
func ExampleNode_Backup() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "crdtstore")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	n, err := node.Open(ctx, node.Options{Dir: filepath.Join(dir, "old")})
	if err != nil {
		log.Fatal(err)
	}
	write := func(name string, o node.ArchiveOptions) node.ArchiveReport {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			log.Fatal(err)
		}
		defer f.Close()
		report, err := n.Backup(ctx, f, o)
		if err != nil {
			log.Fatal(err)
		}
		return report
	}
	people := n.Collection("people")
	if _, err := people.Put(ctx, "ann", []byte(`{"name":"Ann"}`), node.PutOptions{}); err != nil {
		log.Fatal(err)
	}
	monday := write("monday", node.ArchiveOptions{})
	if _, err := people.Put(ctx, "bob", []byte(`{"name":"Bob"}`), node.PutOptions{}); err != nil {
		log.Fatal(err)
	}
	tuesday := write("tuesday", node.ArchiveOptions{Since: monday.Known})
	fmt.Println(monday.Documents, tuesday.Documents)
	if err := n.Close(); err != nil {
		log.Fatal(err)
	}

	report, err := node.Restore(ctx, node.Options{Dir: filepath.Join(dir, "new")}, node.RestoreOptions{
		Files: []string{filepath.Join(dir, "monday"), filepath.Join(dir, "tuesday")},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Documents)
	// Output:
	// 1 1
	// 2
}
