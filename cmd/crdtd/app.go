package main

import (
	"os"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/config"
)

// newApp is the program: its flags are the settings.
func newApp() *ucli.App {
	return &ucli.App{
		Name:      "crdtd",
		Usage:     "a crdtstore peer",
		UsageText: "crdtd [flags]\ncrdtd demo\ncrdtd restore FILE… --data-dir DIR\ncrdtd verify --data-dir DIR",
		Description: "A flag counts before its environment variable, that before the key of the same name\n" +
			"in the TOML file of --config, and that before the default.",
		Flags: append(settingFlags(),
			&ucli.StringFlag{Name: "config", EnvVars: []string{"CRDTD_CONFIG"}, Usage: "TOML `FILE` of settings"},
			&ucli.BoolFlag{Name: "version", Usage: "show the version of crdtd"}),
		Commands: []*ucli.Command{demoCommand(), restoreCommand(), verifyCommand()},
		Action:   crdtd,
	}
}

// settingFlags makes a flag of every setting. Values are checked by
// config.Load, all at once.
func settingFlags() (flags []ucli.Flag) {
	for _, s := range config.Settings {
		usage := s.About + " [$" + s.Env() + "]"
		if s.Value != "" {
			usage = "`" + s.Value + "`: " + usage
		}
		switch s.Kind {
		case config.KindBool:
			flags = append(flags, &ucli.BoolFlag{Name: s.Name, Usage: usage})
		case config.KindList:
			flags = append(flags, &ucli.StringSliceFlag{Name: s.Name, Usage: usage, DefaultText: s.Default, KeepSpace: true})
		default:
			flags = append(flags, &ucli.StringFlag{Name: s.Name, Usage: usage, DefaultText: s.Default})
		}
	}
	return flags
}

func crdtd(c *ucli.Context) error {
	if _, err := cli.Arguments(c, 0, 0, ""); err != nil {
		return err
	}
	out, err := cli.NewPrinter(os.Stdout, false, cli.FormatAuto, nil)
	if err != nil {
		return err
	}
	if c.Bool("version") {
		return out.Fact(cli.Version(), cli.Version())
	}
	settings, err := config.Load(config.Sources{Flags: given(c), Lookup: os.LookupEnv, File: c.String("config")})
	if err != nil {
		return &cli.ExitError{Code: cli.ExitUsage, Err: err}
	}
	return serve(c.Context, settings, os.Stdout, os.Stderr)
}

// given are the values of the flags that are on the command line.
func given(c *ucli.Context) map[string][]string {
	values := map[string][]string{}
	for _, s := range config.Settings {
		switch {
		case !c.IsSet(s.Name):
		case s.Kind == config.KindBool:
			values[s.Name] = []string{map[bool]string{true: "true", false: "false"}[c.Bool(s.Name)]}
		case s.Kind == config.KindList:
			values[s.Name] = c.StringSlice(s.Name)
		default:
			values[s.Name] = []string{c.String(s.Name)}
		}
	}
	return values
}
