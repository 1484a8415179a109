package main

import (
	"context"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/crdt"
)

func delCommand() *ucli.Command {
	return &ucli.Command{
		Name: "del", Usage: "remove a document", ArgsUsage: "ADDR",
		Flags:  []ucli.Flag{ifVersion, acks, acksTime},
		Action: action(1, 1, "ADDR", del),
	}
}

func del(ctx context.Context, s *session, args []string) error {
	collection, key, err := crdt.SplitAddress(args[0])
	if err != nil {
		return err
	}
	conditions, err := conditionsOf(s.cli)
	if err != nil {
		return err
	}
	return s.Delete(ctx, collection, key, conditions)
}
