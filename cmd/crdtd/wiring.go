package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/config"
	"github.com/crdtstore/crdtstore/internal/httpapi"
	"github.com/crdtstore/crdtstore/node"
)

// options are the node's, from the settings.
func options(c config.Config, log *slog.Logger) (node.Options, error) {
	key, err := config.LoadKey(c.EncryptionKeyFile)
	if err != nil {
		return node.Options{}, &cli.ExitError{Code: cli.ExitUsage, Err: err}
	}
	o := node.Options{
		Dir: c.DataDir, Listen: c.Listen, Join: c.Join, NoMDNS: c.NoMDNS, Name: c.Name,
		Collections: c.Collections, Sessions: c.Sessions,
		Durability: node.Durability(c.Durability), Profile: node.Profile(c.Profile), Logger: log,
		EncryptionKey: key, Clock: wallClock(c.DataDir), Rested: (&rest{log: log}).come,
	}
	if o.ForgetAfter = c.ForgetAfter; c.ForgetAfter == 0 {
		o.ForgetAfter = -1 // never; 0 would be the default
	}
	if len(o.Listen) == 0 {
		o.Listen = node.DefaultListen()
	}
	return o, nil
}

// serveNode opens the port, says that the node is ready, and answers requests
// until ctx ends.
func serveNode(ctx context.Context, n *node.Node, c config.Config, certificate *tls.Certificate, log *slog.Logger, stdout io.Writer) error {
	token, damaged, err := config.LoadToken(c.DataDir)
	if err != nil {
		return err
	}
	if damaged != nil {
		log.Warn("a new bearer token was made: whoever has a copy of the old one needs the new one", "was", damaged)
	}
	l, err := httpapi.Listen(c.HTTP, token, certificate)
	if err != nil {
		return err
	}
	s := httpapi.New(httpapi.Options{
		Node: n, Token: token, Exposed: l.Exposed, ServesName: l.ServesName, Version: cli.Version(), Logger: log,
	})
	if _, err := fmt.Fprintf(stdout, "ready name=%s peer=%s http=%s data=%s\n", word(n.Name()), n.PeerID(), l.URL, word(n.Dir())); err != nil {
		log.Warn("nobody reads the ready line", "err", err)
	}
	return s.Serve(ctx, l)
}

// word is a value of the ready line: quoted where it is not one plain word.
func word(s string) string {
	if s == "" || strings.ContainsAny(s, " \"=") || cli.Safe(s) != s {
		return strconv.QuoteToASCII(s)
	}
	return s
}

// newLogger writes the log to w.
func newLogger(c config.Config, w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, fmt.Errorf("log level: %w", err)
	}
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return slog.New(slog.NewTextHandler(w, o)), nil
}

// edgeMemory is how much memory the runtime aims at on a small device: taking
// in a million documents needs about 70 MiB. What the store maps from disk comes
// on top.
const edgeMemory = 112 << 20

// narrowMemory is what may come on top where an int has 32 bits: the store makes each buffer for a table there of 64 MiB,
// of which most is never touched, and some at the same time.
const narrowMemory = 384 << 20

// limitMemory makes the garbage collector work harder before a small device
// runs out of memory. GOMEMLIMIT, where it is set, counts.
func limitMemory(profile string) {
	if profile == string(node.Edge) && os.Getenv("GOMEMLIMIT") == "" {
		limit := int64(edgeMemory)
		if strconv.IntSize < 64 {
			limit += narrowMemory
		}
		debug.SetMemoryLimit(limit)
	}
}
