package main

import (
	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
)

// defaultNode is where crdtd serves when it was told nothing else.
const defaultNode = "http://127.0.0.1:7411"

// newApp is the program: its flags and its commands.
func newApp() *ucli.App {
	return &ucli.App{
		Name:      "crdtctl",
		Usage:     "read and write the documents of a crdtstore node",
		UsageText: "crdtctl [flags] COMMAND [flags] [arguments]      flags may stand anywhere",
		Description: "An address is COLLECTION/KEY. Data goes to stdout, messages to stderr.\n" +
			"Exit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 version precondition,\n" +
			"5 node unreachable, 6 not allowed, 7 finding, 8 timed out.",
		Flags: []ucli.Flag{
			&ucli.StringFlag{Name: "node", Value: defaultNode, EnvVars: []string{"CRDTCTL_NODE"}, Usage: "`URL` of the node"},
			&ucli.StringFlag{Name: "token-file", EnvVars: []string{"CRDTCTL_TOKEN_FILE"}, Usage: "`FILE` of the node's bearer token; on this machine, for what needs it, api.token of the default data directory is found"},
			&ucli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "`FORMAT` table, json, ndjson or raw; by default a table on a terminal, plain lines in a pipe"},
			sessionFlag,
			&ucli.StringFlag{Name: "jq", Usage: "apply a jq `EXPR` to the JSON"},
		},
		Commands: commands(),
		Action: func(c *ucli.Context) error {
			if c.Args().Present() {
				return cli.Usagef("unknown command %q; crdtctl --help lists them", c.Args().First())
			}
			if err := ucli.ShowAppHelp(c); err != nil {
				return err
			}
			return cli.Exit(cli.ExitUsage)
		},
	}
}

func commands() []*ucli.Command {
	return []*ucli.Command{
		getCommand(), putCommand(), editCommand(), patchCommand(), incrCommand(), addCommand(), rmCommand(), textCommand(), delCommand(),
		lsCommand(), watchCommand(), conflictsCommand(), resolveCommand(), importCommand(), exportCommand(),
		statusCommand(), peersCommand(), rootCommand(), syncCommand(), waitCommand(), scopeCommand(), quarantineCommand(), inviteCommand(),
		backupCommand(), bundleCommand(), verifyCommand(), doctorCommand(),
		completionCommand(), candidatesCommand(), versionCommand(),
	}
}
