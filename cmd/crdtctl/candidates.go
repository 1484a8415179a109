package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// candidatesName is the command that the completion scripts call. Its
// arguments follow a "--": the words up to the one that is completed.
const candidatesName = "__complete"

// maxCandidates is how many keys a completion offers at most.
const maxCandidates = 200

func candidatesCommand() *ucli.Command {
	return &ucli.Command{
		Name: candidatesName, Hidden: true, ArgsUsage: "-- WORD...",
		Action: func(c *ucli.Context) error {
			ctx, cancel := context.WithTimeout(c.Context, 2*time.Second)
			defer cancel()
			for _, candidate := range candidates(ctx, c, c.Args().Slice()) {
				// A line of its own is all that scripts understand: what holds a
				// control character is not offered.
				if cli.Safe(candidate) == candidate {
					fmt.Fprintln(os.Stdout, candidate)
				}
			}
			return nil
		},
	}
}

// flagValues are what may follow a flag that takes one of a few words.
var flagValues = map[string][]string{
	"o":      {"table", "json", "ndjson", "raw"},
	"output": {"table", "json", "ndjson", "raw"},
	"units":  {contract.UnitsCodePoints, contract.UnitsUTF16},
}

// candidates is what the last of words may become. Without a node there are
// fewer; that is no error.
func candidates(ctx context.Context, c *ucli.Context, words []string) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	last := words[len(words)-1]
	command := commandAmong(c.App, words[:len(words)-1])
	if len(words) > 1 {
		if values, ok := flagValues[strings.TrimLeft(words[len(words)-2], "-")]; ok {
			return matching(values, last)
		}
	}
	switch {
	case strings.HasPrefix(last, "-"):
		return matching(flagNames(c.App, command), last)
	case command == nil:
		return matching(commandNames(c.App), last)
	case command.Name == "completion":
		return matching([]string{"bash", "zsh", "fish"}, last)
	case strings.Contains(command.ArgsUsage, "ADDR"), strings.Contains(command.ArgsUsage, "COLL"):
		return addresses(ctx, c, last, strings.Contains(command.ArgsUsage, "ADDR"))
	}
	return nil
}

func commandAmong(app *ucli.App, words []string) *ucli.Command {
	for _, w := range words {
		if command := app.Command(w); command != nil {
			return command
		}
	}
	return nil
}

func commandNames(app *ucli.App) (names []string) {
	for _, command := range app.Commands {
		if !command.Hidden {
			names = append(names, command.Name)
		}
	}
	return names
}

func flagNames(app *ucli.App, command *ucli.Command) (names []string) {
	flags := slices.Clone(app.Flags)
	if command != nil {
		flags = append(flags, command.Flags...)
	}
	for _, f := range flags {
		names = append(names, "--"+f.Names()[0])
	}
	return append(names, "--help")
}

// addresses offers collections, and behind a slash keys.
func addresses(ctx context.Context, c *ucli.Context, last string, needKey bool) (found []string) {
	node, err := client.New(c.String("node"), "")
	if err != nil {
		return nil
	}
	collection, prefix, ok := strings.Cut(last, "/")
	if !ok {
		all, err := node.Collections(ctx)
		if err != nil {
			return nil
		}
		for _, each := range all.Collections {
			if needKey {
				each.Name += "/"
			}
			found = append(found, each.Name)
		}
		return matching(found, last)
	}
	for item, err := range node.List(ctx, collection, client.ListOptions{Prefix: prefix, Limit: maxCandidates, Keys: true}) {
		if err != nil {
			return found
		}
		found = append(found, collection+"/"+item.Key)
	}
	return found
}

func matching(all []string, prefix string) (found []string) {
	for _, s := range all {
		if strings.HasPrefix(s, prefix) {
			found = append(found, s)
		}
	}
	return found
}
