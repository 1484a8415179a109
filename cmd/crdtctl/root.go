package main

import (
	"context"

	ucli "github.com/urfave/cli/v2"
)

func rootCommand() *ucli.Command {
	return &ucli.Command{
		Name: "root", Usage: "show the CID over the whole content of a collection: equal roots are equal data", ArgsUsage: "COLL",
		Action: action(1, 1, "COLL", func(ctx context.Context, s *session, args []string) error {
			got, err := s.Root(ctx, args[0])
			if err != nil {
				return err
			}
			return s.out.Fact(got, got.Root)
		}),
	}
}
