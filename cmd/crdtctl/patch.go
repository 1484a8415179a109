package main

import (
	"context"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

func patchCommand() *ucli.Command {
	return &ucli.Command{
		Name: "patch", Usage: "change a part of a document; shows its new version", ArgsUsage: "ADDR",
		Flags: []ucli.Flag{
			&ucli.StringFlag{Name: "merge", Usage: "merge patch (RFC 7396): `JSON|-|@FILE`"},
			&ucli.StringFlag{Name: "ops", Usage: "typed operations, all or nothing: `JSON|-|@FILE`"},
			ifVersion, ifAbsent,
		},
		Action: action(1, 1, "ADDR and --merge or --ops", patch),
	}
}

func patch(ctx context.Context, s *session, args []string) error {
	collection, key, err := crdt.SplitAddress(args[0])
	if err != nil {
		return err
	}
	if s.cli.IsSet("merge") == s.cli.IsSet("ops") {
		return cli.Usagef("patch needs either --merge or --ops")
	}
	mediaType, input := contract.TypeMergePatch, s.cli.String("merge")
	if s.cli.IsSet("ops") {
		mediaType, input = contract.TypeOps, s.cli.String("ops")
	}
	conditions, err := conditionsOf(s.cli)
	if err != nil {
		return err
	}
	body, err := readInput(input)
	if err != nil {
		return err
	}
	d, err := s.Patch(ctx, collection, key, mediaType, body, conditions, client.ReadOptions{})
	if err != nil {
		return err
	}
	return s.written(args[0], d)
}

// apply sends one operation on what a pointer names, and shows the value that
// is there then.
func apply(ctx context.Context, s *session, address string, op operation) error {
	collection, key, err := crdt.SplitAddress(address)
	if err != nil {
		return err
	}
	if _, err := crdt.ParsePointer(op.Path); err != nil {
		return err
	}
	conditions, err := conditionsOf(s.cli)
	if err != nil {
		return err
	}
	body, err := operations(op)
	if err != nil {
		return err
	}
	d, err := s.Patch(ctx, collection, key, contract.TypeOps, body, conditions, client.ReadOptions{Path: op.Path})
	if err != nil {
		return err
	}
	return s.out.Value(d.JSON)
}
