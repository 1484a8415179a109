package main

import (
	"context"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

func addCommand() *ucli.Command {
	return &ucli.Command{
		Name: "add", Usage: "add a value to a set; shows the set", ArgsUsage: "ADDR /ptr VALUE",
		Description: "VALUE is JSON, or else a text. A set that does not exist begins empty.",
		Flags:       []ucli.Flag{ifVersion, acks, acksTime},
		Action: action(3, 3, "ADDR, /ptr and VALUE", func(ctx context.Context, s *session, args []string) error {
			return apply(ctx, s, args[0], contract.Operation{Op: "add", Path: args[1], Value: scalar(args[2])})
		}),
	}
}
