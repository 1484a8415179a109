package main

import (
	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
)

func demoCommand() *ucli.Command {
	return &ucli.Command{
		Name: "demo", Usage: "three peers in this terminal: they edit alone, meet, and hold the same",
		Action: func(c *ucli.Context) error {
			if _, err := cli.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			return demo(c.Context, c.App.Writer)
		},
	}
}
