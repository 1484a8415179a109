package main

import (
	"cmp"
	"context"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// ifVersion and ifAbsent are the preconditions of writes, base is what a put
// was made from, acks what it waits for.
var (
	ifVersion = &ucli.StringFlag{Name: "if-version", Usage: "write only if the document is at version `V`"}
	base      = &ucli.StringFlag{Name: "base", Usage: "what you changed is version `V`: carry over exactly your changes, and keep those that others have made since"}
	acks      = &ucli.IntFlag{Name: "acks", Usage: "return when `K` other peers have it on disk; exit with 8 if they do not in time: it is written all the same"}
	acksTime  = &ucli.DurationFlag{Name: "timeout", Usage: "wait at most `D` for --acks, and for what --session has seen, as 30s; 5s by default"}
	ifAbsent  = &ucli.BoolFlag{Name: "if-absent", Usage: "write only if there is no such document"}
)

func putCommand() *ucli.Command {
	return &ucli.Command{
		Name: "put", Usage: "make a document what the JSON says; shows its new version", ArgsUsage: "ADDR JSON|-|@FILE",
		Flags:  []ucli.Flag{ifVersion, ifAbsent, base, acks, acksTime},
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
	return o, acksOf(c, &o)
}

// acksOf reads for how many peers to wait, and for how long.
func acksOf(c *ucli.Context, o *client.Conditions) error {
	o.Acks, o.Timeout = c.Int("acks"), c.Duration("timeout")
	switch {
	case c.IsSet("acks") && (o.Acks < 1 || o.Acks > contract.MaxAcks):
		return cli.Usagef("--acks %d: want from 1 to %d", o.Acks, contract.MaxAcks)
	case c.IsSet("timeout") && o.Timeout <= 0:
		return cli.Usagef("--timeout %s: want more than nothing", o.Timeout)
	case c.IsSet("timeout") && o.Acks == 0 && c.String("session") == "":
		return cli.Usagef("--timeout is for --acks and --session")
	}
	return nil
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
