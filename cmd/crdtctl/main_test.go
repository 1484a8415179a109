package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/crdtstore/crdtstore/internal/config"
	"github.com/crdtstore/crdtstore/internal/httpapi"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/memory"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"crdtctl": main})
}

// TestScripts runs testdata/script. Each script has two nodes of one mesh:
// CRDTCTL_NODE is a, $NODE_B is b, and crdtctl is the real one.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: setup,
		Cmds:  map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "waitfor": waitFor, "unserve": unserve},
	})
}

// token is the bearer token of both nodes.
const token = "a-secret-of-this-test"

func setup(env *testscript.Env) error {
	hub := memory.New(1)
	a, url, err := serve(env, hub, "a")
	if err != nil {
		return err
	}
	invite, err := a.Invite(context.Background())
	if err != nil {
		return err
	}
	_, urlB, err := serve(env, hub, "b", invite)
	if err != nil {
		return err
	}
	state := filepath.Join(env.WorkDir, "state")
	if err := os.MkdirAll(filepath.Join(state, "crdtstore"), 0o700); err != nil {
		return err
	}
	env.Vars = append(env.Vars, "CRDTCTL_NODE="+url, "NODE_B="+urlB, "XDG_STATE_HOME="+state, "HOME="+env.WorkDir, "NO_PROXY=*")
	return os.WriteFile(filepath.Join(state, "crdtstore", config.TokenFile), []byte(token), 0o600)
}

// serve opens a node in memory, behind its API.
func serve(env *testscript.Env, hub *memory.Hub, name string, join ...string) (*node.Node, string, error) {
	n, err := node.Open(context.Background(), node.Options{Name: name, Join: join, Network: func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
		return hub.Start(memory.Options{Self: "peer-" + name, Secret: c.Secret, Dial: p2p.Backoff{Min: 10 * time.Millisecond, Max: 100 * time.Millisecond}})
	}})
	if err != nil {
		return nil, "", err
	}
	s := httpapi.New(httpapi.Options{Node: n, Token: token, Version: "v0"})
	hs := httptest.NewServer(s)
	env.Values[name] = hs
	env.Defer(func() {
		s.EndStreams()
		hs.Close()
		_ = n.Close() // what it could say is a test of the node
	})
	return n, hs.URL, nil
}

// exits runs a program and compares its exit code: exits 3 crdtctl get c/none
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("%v: exit code %d, want %d", args[1:], code, want)
	}
}

// unserve ends the API of a node, so that nobody answers there: unserve a
func unserve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: unserve NODE")
	}
	ts.Value(args[0]).(*httptest.Server).Close()
}

// waitFor waits until a file has a number of lines: waitfor out.txt 2
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waitfor FILE LINES")
	}
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	deadline := time.After(30 * time.Second)
	for {
		content, _ := os.ReadFile(ts.MkAbs(args[0])) // it may not be there yet
		lines := 0
		for _, c := range content {
			if c == '\n' {
				lines++
			}
		}
		if lines >= want {
			return
		}
		select {
		case <-deadline:
			ts.Fatalf("%s has %d lines, want %d", args[0], lines, want)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
