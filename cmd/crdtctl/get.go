package main

import (
	"context"
	"fmt"
	"os"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
)

func getCommand() *ucli.Command {
	return &ucli.Command{
		Name: "get", Usage: "show a document", ArgsUsage: "ADDR",
		Flags: []ucli.Flag{
			&ucli.StringFlag{Name: "path", Usage: "only the value at this JSON Pointer, as `/phones/0/number`"},
			&ucli.BoolFlag{Name: "typed", Usage: "show counters, sets, texts, bytes and registers with their $-tags"},
			&ucli.BoolFlag{Name: "version-only", Usage: "show the document's version in place of it"},
		},
		Action: action(1, 1, "ADDR", get),
	}
}

func get(ctx context.Context, s *session, args []string) error {
	collection, key, err := crdt.SplitAddress(args[0])
	if err != nil {
		return err
	}
	d, err := s.Get(ctx, collection, key, client.ReadOptions{Typed: s.cli.Bool("typed"), Path: s.cli.String("path")})
	if err != nil {
		return err
	}
	if d.Conflicts && isTerminal(os.Stderr) {
		fmt.Fprintln(os.Stderr, "crdtctl: the document has conflicts; crdtctl conflicts shows them")
	}
	if s.cli.Bool("version-only") {
		return s.out.Fact(d.Version, d.Version)
	}
	return s.out.Value(d.JSON)
}
