package main

import (
	"context"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

func rmCommand() *ucli.Command {
	return &ucli.Command{
		Name: "rm", Usage: "remove a value from a set; shows the set", ArgsUsage: "ADDR /ptr VALUE",
		Description: "VALUE is JSON, or else a text. To remove a document use del.",
		Flags:       []ucli.Flag{ifVersion, acks, acksTime},
		Action: action(3, 3, "ADDR, /ptr and VALUE", func(ctx context.Context, s *session, args []string) error {
			return apply(ctx, s, args[0], contract.Operation{Op: "remove", Path: args[1], Value: scalar(args[2])})
		}),
	}
}
