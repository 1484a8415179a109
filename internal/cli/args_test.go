package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	ucli "github.com/urfave/cli/v2"
	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/internal/cli"
)

// program is an app that notes what its command was given.
func program(got *[]string) *ucli.App {
	return &ucli.App{
		Name:  "prog",
		Flags: []ucli.Flag{&ucli.StringFlag{Name: "node"}, &ucli.StringFlag{Name: "output", Aliases: []string{"o"}}},
		Commands: []*ucli.Command{{
			Name:  "del",
			Flags: []ucli.Flag{&ucli.StringFlag{Name: "if-version"}, &ucli.BoolFlag{Name: "force"}, &ucli.StringSliceFlag{Name: "tag"}, &ucli.IntFlag{Name: "n"}},
			Action: func(c *ucli.Context) error {
				*got = append(c.Args().Slice(), fmt.Sprintf("node=%s o=%s v=%s f=%t tag=%s n=%d",
					c.String("node"), c.String("output"), c.String("if-version"), c.Bool("force"), strings.Join(c.StringSlice("tag"), "+"), c.Int("n")))
				return nil
			},
		}},
	}
}

func run(args ...string) (code int, got []string, stderr string) {
	var out, err bytes.Buffer
	code = cli.Run(context.Background(), program(&got), append([]string{"prog"}, args...), &out, &err)
	return code, got, err.String()
}

// TestFlagsMeanTheSameEverywhere: wherever the flags stand among the
// arguments, before the command too where they are the program's, the command
// is given the same.
func TestFlagsMeanTheSameEverywhere(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		arguments := rapid.SliceOfN(rapid.SampledFrom([]string{"c/k", "-", "-5", "-0.5", "x y", "", "--", "help", "del", "@f", "{}"}), 0, 3).Draw(rt, "arguments")
		flags := rapid.Permutation([][]string{
			{"--node", "--odd"}, {"-o=json"}, {"--if-version", ""}, {"--force"}, {"--tag", "a,b"}, {"-tag=c"}, {"--n", "-7"},
		}).Draw(rt, "flags")
		flags = flags[:rapid.IntRange(0, len(flags)).Draw(rt, "count")]
		_, want, stderr := run(append(append([]string{"del"}, flat(flags)...), append([]string{"--"}, arguments...)...)...)
		if want == nil {
			rt.Fatalf("flags first: %s", stderr)
		}
		line := []string{"del"}
		rest := slices.Clone(flags)
		for i, a := range arguments {
			n := rapid.IntRange(0, len(rest)).Draw(rt, "flags here")
			line = append(line, flat(rest[:n])...)
			rest = rest[n:]
			if a == "--" { // from here on everything is an argument
				line = append(append(line, flat(rest)...), append([]string{"--"}, arguments[i:]...)...)
				rest, arguments = nil, nil
				break
			}
			line = append(line, a)
		}
		line = append(line, flat(rest)...)
		code, got, stderr := run(line...)
		if code != 0 || strings.Join(got, "|") != strings.Join(want, "|") {
			rt.Fatalf("%q: %d %q %s, want %q", line, code, got, stderr, want)
		}
	})
}

func flat(flags [][]string) (out []string) {
	for _, f := range flags {
		out = append(out, f...)
	}
	return out
}

func TestUsageErrorsAreTwo(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"del k --if-verson V", "unknown flag --if-verson for prog del"},
		{"del k --if-version", "flag --if-version needs a value"},
		{"--if-version V del k", "unknown flag --if-version for prog"},
		{"del k --n x", `invalid value "x" for flag --n: `},
		{"del k --force=perhaps", "invalid boolean"},
		{"dele k", `unknown command "dele"`},
		{"-x", "unknown flag -x"},
		{"del k --\x1b[31m", `unknown flag --\x1b[31m`},
	} {
		code, got, stderr := run(strings.Fields(c.line)...)
		if code != cli.ExitUsage || got != nil || !strings.HasPrefix(stderr, "prog: ") || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: %d %q %q, want %q", c.line, code, got, stderr, c.want)
		}
	}
	if code, _, _ := run("del", "--help", "k"); code != 0 {
		t.Errorf("help: %d", code)
	}
}

func ExampleReorder() {
	app := &ucli.App{Name: "prog", Commands: []*ucli.Command{{Name: "del", Flags: []ucli.Flag{&ucli.StringFlag{Name: "if-version"}}}}}
	args, err := cli.Reorder(app, []string{"prog", "del", "people/ann", "--if-version", "V"})
	fmt.Printf("%q %v\n", args, err)
	// Output: ["prog" "del" "--if-version=V" "--" "people/ann"] <nil>
}
