package main

import (
	"context"
	"strconv"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

func incrCommand() *ucli.Command {
	return &ucli.Command{
		Name: "incr", Usage: "add to a counter; shows its value", ArgsUsage: "ADDR /ptr [N]",
		Description: "Without N it adds 1. N may be negative. A counter that does not exist begins at 0.",
		Flags:       []ucli.Flag{ifVersion, acks, acksTime},
		Action:      action(2, 3, "ADDR, /ptr and perhaps N", incr),
	}
}

func incr(ctx context.Context, s *session, args []string) error {
	by := int64(1)
	if len(args) == 3 {
		var err error
		if by, err = strconv.ParseInt(args[2], 10, 64); err != nil {
			return cli.Usagef("%q is not an int64", cli.Safe(args[2]))
		}
	}
	return apply(ctx, s, args[0], contract.Operation{Op: "incr", Path: args[1], By: &by})
}
