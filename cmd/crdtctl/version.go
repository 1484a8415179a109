package main

import (
	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
)

func versionCommand() *ucli.Command {
	return &ucli.Command{
		Name: "version", Usage: "show the version of crdtctl",
		Action: func(c *ucli.Context) error {
			if _, err := cli.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			out, err := printer(c)
			if err != nil {
				return err
			}
			return out.Fact(map[string]string{"version": cli.Version()}, cli.Version())
		},
	}
}
