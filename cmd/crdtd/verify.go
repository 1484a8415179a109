package main

import (
	"errors"
	"os"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/config"
	"github.com/crdtstore/crdtstore/node"
)

func verifyCommand() *ucli.Command {
	return &ucli.Command{
		Name: "verify", Usage: "check the store of a node that does not run, and list what is wrong",
		Description: "The files are checked where they are, what is in them in a copy, for which there must be room in the\n" +
			"directory for temporary files. Nothing is changed. Exits with 7 if anything is wrong.",
		Action: func(c *ucli.Context) error {
			if _, err := cli.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			settings, err := config.Load(config.Sources{Flags: given(c), Lookup: os.LookupEnv, File: c.String("config")})
			if err != nil {
				return &cli.ExitError{Code: cli.ExitUsage, Err: err}
			}
			key, err := config.LoadKey(settings.EncryptionKeyFile)
			if err != nil {
				return &cli.ExitError{Code: cli.ExitUsage, Err: err}
			}
			return verify(c, settings.DataDir, key)
		},
	}
}

func verify(c *ucli.Context, dir string, key []byte) error {
	p, err := cli.NewPrinter(os.Stdout, false, cli.FormatAuto, nil)
	if err != nil {
		return err
	}
	out, found := p.List("WHERE", "PROBLEM"), false
	var failed error
	err = node.VerifyDir(c.Context, dir, key, func(where, what string) {
		found = true
		failed = errors.Join(failed, out.Add(map[string]string{"where": where, "problem": what}, where, what))
	})
	if err = errors.Join(err, failed, out.Close()); err != nil || !found {
		return err
	}
	return cli.Exit(cli.ExitFinding)
}
