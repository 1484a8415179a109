package main

import (
	"context"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
)

func verifyCommand() *ucli.Command {
	return &ucli.Command{
		Name: "verify", Usage: "check all that the node stores, and list what is wrong", ArgsUsage: "[COLL]",
		Description: "Records, bodies, index, tree, knowledge and signatures are compared with one another, while\n" +
			"the node works. Nothing is changed.\n" +
			"Exit codes: 0 sound, 7 something is wrong and is listed, 3 no such collection, 5 no node answers, 6 not allowed, 1 not checked to the end.",
		Action: action(0, 1, "COLL", verify),
	}
}

func verify(ctx context.Context, s *session, args []string) error {
	collection := ""
	if len(args) > 0 {
		collection = args[0]
	}
	out, found := s.out.List("ADDRESS", "PROBLEM", "DETAIL").Or("all that is stored was checked: it is sound"), false
	for f, err := range s.Verify(ctx, collection) {
		if err != nil {
			return out.Fail(err)
		}
		found = true
		where := f.Collection
		if f.Key != "" {
			where += "/" + f.Key
		}
		if err := out.Add(f, where, f.Problem, f.Detail); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil || !found {
		return err
	}
	return cli.Exit(cli.ExitFinding)
}
