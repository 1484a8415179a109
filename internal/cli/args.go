package cli

import (
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// number matches what looks like a flag and is a negative number, so that
// "incr stats/home /views -3" means what it says.
var number = regexp.MustCompile(`^-(\d|\.\d|Infinity$)`)

// Reorder returns args with every flag in front of the arguments of its
// command, as --name=value, and "--" between the two, so that urfave/cli sees
// all of them. It returns a usage error for a flag that neither the command
// nor the program has, for a flag without its value, and for an unknown
// command. What follows a "--" is an argument whatever it looks like.
func Reorder(app *cli.App, args []string) ([]string, error) {
	if len(args) == 0 {
		return args, nil
	}
	r := reorder{app: app, flags: app.Flags}
	rest := args[1:]
	for len(rest) > 0 {
		token := rest[0]
		rest = rest[1:]
		switch {
		case token == "--":
			for _, argument := range rest {
				if err := r.argument(argument); err != nil {
					return nil, err
				}
			}
			rest = nil
		case len(token) < 2 || token[0] != '-' || number.MatchString(token):
			if err := r.argument(token); err != nil {
				return nil, err
			}
		default:
			n, err := r.flag(token, rest)
			if err != nil {
				return nil, err
			}
			rest = rest[n:]
		}
	}
	return r.result(args[0]), nil
}

// reorder sorts one command line into its parts.
type reorder struct {
	app       *cli.App
	flags     []cli.Flag // of the program
	command   *cli.Command
	help      bool // the command is the library's own "help"
	wanted    bool // --help was given: nothing else counts
	global    []string
	local     []string
	arguments []string
}

// argument takes the command's name, or one of its arguments.
func (r *reorder) argument(token string) error {
	if r.command != nil || r.help || len(r.app.Commands) == 0 {
		r.arguments = append(r.arguments, token)
		return nil
	}
	if token == "help" || token == "h" {
		r.help = true
		return nil
	}
	for _, c := range r.app.Commands {
		if c.HasName(token) {
			r.command = c
			return nil
		}
	}
	return Usagef("unknown command %q; %s --help lists them", Safe(token), r.app.Name)
}

// flag takes one flag, and its value from rest where it is not in the token.
// It returns how many tokens of rest it took.
func (r *reorder) flag(token string, rest []string) (int, error) {
	name, value, inline := strings.Cut(strings.TrimPrefix(token[1:], "-"), "=")
	if isHelp(name) {
		r.wanted = true
		return 0, nil
	}
	target := &r.local
	f := find(r.commandFlags(), name)
	if f == nil {
		target, f = &r.global, find(r.flags, name)
	}
	if f == nil {
		return 0, r.unknown(token)
	}
	dashed := "--" + f.Names()[0]
	if !takesValue(f) && !inline {
		*target = append(*target, dashed)
		return 0, nil
	}
	taken := 0
	if !inline {
		if len(rest) == 0 {
			return 0, Usagef("flag %s needs a value", dashed)
		}
		value, taken = rest[0], 1
	}
	*target = append(*target, dashed+"="+value)
	return taken, nil
}

func (r *reorder) unknown(token string) error {
	name, _, _ := strings.Cut(token, "=")
	if r.command != nil {
		return Usagef("unknown flag %s for %s %s", Safe(name), r.app.Name, r.command.Name)
	}
	return Usagef("unknown flag %s for %s", Safe(name), r.app.Name)
}

func (r *reorder) commandFlags() []cli.Flag {
	if r.command == nil {
		return nil
	}
	return r.command.Flags
}

func (r *reorder) result(program string) []string {
	if r.wanted && r.command != nil {
		return []string{program, r.command.Name, "--help"}
	}
	if r.wanted {
		return []string{program, "--help"}
	}
	out := append([]string{program}, r.global...)
	switch {
	case r.help:
		return append(append(out, "help"), r.arguments...)
	case r.command != nil:
		out = append(append(out, r.command.Name), r.local...)
	}
	return append(append(out, "--"), r.arguments...)
}

func isHelp(name string) bool { return name == "help" || name == "h" }

func find(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func takesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}

// Arguments returns the arguments of a command, or a usage error unless there
// are at least least and at most most of them. names is what usage calls them,
// as in "ADDR JSON".
func Arguments(c *cli.Context, least, most int, names string) ([]string, error) {
	got := c.Args().Slice()
	switch {
	case len(got) < least:
		return nil, Usagef("%s needs %s", c.Command.Name, names)
	case len(got) > most && most == 0:
		return nil, Usagef("%s takes no argument: %q", c.Command.Name, Safe(got[0]))
	case len(got) > most:
		return nil, Usagef("%s takes %s; too much: %q", c.Command.Name, names, Safe(got[most]))
	}
	return got, nil
}
