package main

import (
	"cmp"
	"context"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
)

// ifVersion and ifAbsent are the preconditions of writes, base is what a put
// was made from.
var (
	ifVersion = &ucli.StringFlag{Name: "if-version", Usage: "write only if the document is at version `V`"}
	base      = &ucli.StringFlag{Name: "base", Usage: "what you changed is version `V`: carry over exactly your changes, and keep those that others have made since"}
	ifAbsent  = &ucli.BoolFlag{Name: "if-absent", Usage: "write only if there is no such document"}
)

func putCommand() *ucli.Command {
	return &ucli.Command{
		Name: "put", Usage: "make a document what the JSON says; shows its new version", ArgsUsage: "ADDR JSON|-|@FILE",
		Flags:  []ucli.Flag{ifVersion, ifAbsent, base},
		Action: action(2, 2, "ADDR and JSON, - or @FILE", put),
	}
}

func put(ctx context.Context, s *session, args []string) error {
	collection, key, err := crdt.SplitAddress(args[0])
	if err != nil {
		return err
	}
	conditions, err := conditionsOf(s.cli)
	if err != nil {
		return err
	}
	body, err := readInput(args[1])
	if err != nil {
		return err
	}
	d, err := s.Put(ctx, collection, key, body, conditions)
	if err != nil {
		return err
	}
	return s.written(args[0], d)
}

// conditionsOf reads the preconditions. An empty version is a mistake of a
// script, and must not write without condition.
func conditionsOf(c *ucli.Context) (client.Conditions, error) {
	o := client.Conditions{IfVersion: c.String("if-version"), IfAbsent: c.Bool("if-absent"), Base: c.String("base")}
	switch {
	case c.IsSet("if-version") && o.IfVersion == "":
		return o, cli.Usagef("--if-version is empty")
	case c.IsSet("base") && o.Base == "":
		return o, cli.Usagef("--base is empty")
	case o.Base != "" && o.IfAbsent:
		return o, cli.Usagef("--base and --if-absent exclude one another")
	case o.IfVersion != "" && o.IfAbsent:
		return o, cli.Usagef("--if-version and --if-absent exclude one another")
	}
	return o, nil
}

// writeResult is what writing shows.
type writeResult struct {
	Address string `json:"address"`
	Version string `json:"version"`
	Created bool   `json:"created"`
}

// written shows the outcome of a write: the version, or that a patch has left
// nothing.
func (s *session) written(address string, d client.Document) error {
	return s.out.Fact(writeResult{address, d.Version, d.Created}, cmp.Or(d.Version, "deleted"))
}
