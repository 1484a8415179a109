package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crdtstore/crdtstore/internal/patience"
)

// result is what a command left behind.
type result struct {
	stdout, stderr string
	code           int
}

// crdtctl runs the command line client against the peer and returns how it ended.
func (p *peer) crdtctl(stdin string, args ...string) result {
	ctx, cancel := context.WithDeadline(context.Background(), patience.End(p.t))
	defer cancel()
	line := slices.Concat(p.prefix, []string{program.crdtctl,
		"--node", p.http, "--token-file", filepath.Join(p.dir, "api.token")}, args)
	return command(p.t, exec.CommandContext(ctx, line[0], line[1:]...), stdin)
}

func command(t testing.TB, cmd *exec.Cmd, stdin string) result {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	if cmd.Env == nil {
		cmd.Env = cleanEnv()
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, errs.String())
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// ctl runs crdtctl against the peer; it must succeed. Returns what it printed.
func (p *peer) ctl(args ...string) string {
	p.t.Helper()
	return p.ctlIn("", args...)
}

// ctlIn is ctl with something on standard input.
func (p *peer) ctlIn(stdin string, args ...string) string {
	p.t.Helper()
	r := p.crdtctl(stdin, args...)
	if r.code != 0 {
		p.t.Fatalf("%s: crdtctl %q: exit %d\n%s%s", p.name, args, r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// ctlFails runs crdtctl against the peer; it must end with one of the codes.
func (p *peer) ctlFails(codes []int, args ...string) result {
	p.t.Helper()
	r := p.crdtctl("", args...)
	if !slices.Contains(codes, r.code) {
		p.t.Errorf("%s: crdtctl %q: exit %d, want %v\n%s%s", p.name, args, r.code, codes, r.stdout, r.stderr)
	}
	return r
}

// invite is an invite to the peer's mesh.
func (p *peer) invite() string {
	p.t.Helper()
	return strings.TrimSpace(p.ctl("invite"))
}

var cidText = regexp.MustCompile(`\bb[a-z2-7]{50,}\b`)

// rootByCtl is what `crdtctl root` prints.
func (p *peer) rootByCtl(collection string) string {
	p.t.Helper()
	out := p.ctl("root", collection)
	root := cidText.FindString(out)
	if root == "" {
		p.t.Fatalf("%s: no CID in %q", p.name, out)
	}
	return root
}

// sees waits until `crdtctl get` of addr prints a document equal to want.
func (p *peer) sees(addr, want string) {
	p.t.Helper()
	eventually(p.t, func() error {
		r := p.crdtctl("", "get", addr)
		if r.code != 0 {
			return errors.New(r.stderr)
		}
		if d := diffJSON(r.stdout, want); d != "" {
			return errors.New(d)
		}
		return nil
	})
}

// lacks waits until `crdtctl get` of addr says that there is no such document.
func (p *peer) lacks(addr string) {
	p.t.Helper()
	eventually(p.t, func() error {
		if r := p.crdtctl("", "get", addr); r.code != 3 {
			return errors.New("exit " + r.stdout + r.stderr)
		}
		return nil
	})
}

// diffJSON is "" when both texts are the same JSON value; numbers are
// compared as they are written.
func diffJSON(got, want string) string {
	g, err := decodeJSON(got)
	if err != nil {
		return "not JSON: " + got
	}
	w, err := decodeJSON(want)
	if err != nil {
		return "not JSON: " + want
	}
	return cmp.Diff(w, g)
}

func decodeJSON(s string) (v any, err error) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()

	err = d.Decode(&v)
	return v, err
}
