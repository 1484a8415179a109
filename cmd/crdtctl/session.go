package main

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	ucli "github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/config"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// session is what a command works with.
type session struct {
	*client.Client
	out *cli.Printer
	cli *ucli.Context

	begun string // the token of the client's session as it was found
}

// action makes the Action of a command: it takes between least and most
// arguments, called names in usage, connects, and gives errors their exit
// codes.
func action(least, most int, names string, do func(ctx context.Context, s *session, args []string) error) ucli.ActionFunc {
	return func(c *ucli.Context) error {
		args, err := cli.Arguments(c, least, most, names)
		if err != nil {
			return err
		}
		s, err := open(c)
		if err != nil {
			return withExit(err)
		}
		return withExit(errors.Join(s.ofFile(do(c.Context, s, args)), s.keepSession()))
	}
}

// open reads the flags that all commands have. It calls nobody.
func open(c *ucli.Context) (*session, error) {
	out, err := printer(c)
	if err != nil {
		return nil, err
	}
	// An address that is none is said before anything about its token is.
	if _, err := client.New(c.String("node"), ""); err != nil {
		return nil, err
	}
	token, err := readToken(c)
	if err != nil {
		return nil, err
	}
	node, err := client.New(c.String("node"), token)
	if err != nil {
		return nil, err
	}
	s := &session{Client: node, out: out, cli: c}
	if path := c.String("session"); path != "" {
		if s.begun, err = readSession(path); err != nil {
			return nil, err
		}
		node.Begin(s.begun)
	}
	return s, nil
}

// printer is the one for -o and --jq.
func printer(c *ucli.Context) (*cli.Printer, error) {
	var query *cli.Query
	if c.IsSet("jq") {
		var err error
		if query, err = cli.ParseQuery(c.String("jq")); err != nil {
			return nil, err
		}
	}
	return cli.NewPrinter(os.Stdout, isTerminal(os.Stdout), cli.Format(c.String("output")), query)
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// readToken is the token to send. One that was not asked for is sent only for
// what needs it, and only to this machine.
func readToken(c *ucli.Context) (string, error) {
	u, err := url.Parse(c.String("node"))
	local := err == nil && client.IsLoopback(u)
	if path := c.String("token-file"); path != "" {
		if !local && err == nil && u.Scheme != "https" {
			return "", cli.Usagef("the token is not sent to %s: without https others could read it", cli.Safe(c.String("node")))
		}
		token, err := config.ReadToken(path)
		if err != nil {
			return "", cli.Usagef("--token-file: %w", err)
		}
		return token, nil
	}
	if !local || !slices.Contains([]string{"invite", "scope", "backup", "bundle", "quarantine"}, c.Command.Name) {
		return "", nil
	}
	dir := os.Getenv("CRDTD_DATA_DIR")
	if dir == "" {
		dir = config.DefaultDataDir()
	}
	token, err := config.ReadToken(filepath.Join(dir, config.TokenFile))
	if errors.Is(err, config.ErrTokenFile) {
		return "", err
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		return "", err
	}
	return token, nil // "" where there is none: the node will say what is missing
}

// usageErrors are what the command line is to blame for.
var usageErrors = []error{client.ErrURL, crdt.ErrKey, crdt.ErrCollection, crdt.ErrAddress, crdt.ErrPointer}

// withExit gives an error its exit code, and its hint.
func withExit(err error) error {
	var exit *cli.ExitError
	if err == nil || errors.As(err, &exit) {
		return err
	}
	var p *contract.Problem
	var bad *lineError
	switch {
	case errors.As(err, &bad): // what is wrong is in a file, not on the command line
		hint := ""
		if errors.As(err, &p) {
			hint = p.Hint
		}
		return &cli.ExitError{Code: cli.ExitFailure, Hint: hint, Err: err}
	case errors.As(err, &p):
		return &cli.ExitError{Code: p.Exit(), Hint: p.Hint, Err: err}
	}
	if errors.Is(err, client.ErrUnreachable) {
		return &cli.ExitError{Code: cli.ExitUnreachable, Err: err,
			Hint: "is crdtd running? --node URL, or CRDTCTL_NODE, names another node"}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &cli.ExitError{Code: cli.ExitTimeout, Err: err}
	}
	for _, usage := range usageErrors {
		if errors.Is(err, usage) {
			return &cli.ExitError{Code: cli.ExitUsage, Err: err}
		}
	}
	return &cli.ExitError{Code: cli.ExitFailure, Err: err}
}
