package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"syscall"
	"time"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/config"
	"github.com/crdtstore/crdtstore/internal/httpapi"
	"github.com/crdtstore/crdtstore/node"
)

// serve runs a node until ctx ends; then it takes no more requests, finishes
// those that were begun, and closes the node, which flushes the store.
func serve(ctx context.Context, c config.Config, stdout, stderr io.Writer) error {
	log, err := newLogger(c, stderr)
	if err != nil {
		return err
	}
	limitMemory(c.Profile)
	certificate, err := loadCertificate(c)
	if err != nil {
		return err
	}
	// Before anything is opened that would have to be closed again.
	if _, _, err := httpapi.CheckExposed(c.HTTP, certificate != nil); err != nil {
		return &cli.ExitError{Code: cli.ExitUsage, Err: err}
	}
	o, err := options(c, log)
	if err != nil {
		return err
	}
	n, err := openNode(ctx, o, log)
	if err != nil {
		return openError(err)
	}
	err = serveNode(ctx, n, c, certificate, log, stdout)
	if closed := n.Close(); closed != nil {
		err = errors.Join(err, fmt.Errorf("close the node: %w", closed))
	}
	if err == nil {
		log.Info("closed")
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return &cli.ExitError{Code: cli.ExitFailure, Err: err, Hint: "another program has this port: --http 127.0.0.1:0 takes any free one"}
	}
	return err
}

// waitForSpace is how often a disk that is too full to be opened is looked at.
const waitForSpace = 2 * time.Second

// openNode opens the node. It waits for room on a disk that is too full for
// that, instead of ending again and again.
func openNode(ctx context.Context, o node.Options, log *slog.Logger) (*node.Node, error) {
	tick := time.NewTicker(waitForSpace)
	defer tick.Stop()
	for first := true; ; first = false {
		n, err := node.Open(ctx, o)
		if err == nil || !errors.Is(err, node.ErrSpace) {
			return n, err
		}
		if first {
			log.Error("the disk is too full to open the store: waiting for room", "data", o.Dir, "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// loadCertificate reads the certificate of the API; nil without one.
func loadCertificate(c config.Config) (*tls.Certificate, error) {
	if c.TLSCert == "" {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, &cli.ExitError{Code: cli.ExitUsage, Err: fmt.Errorf("--tls-cert, --tls-key: %w", err)}
	}
	return &certificate, nil
}

// flags are those whose names are not the fields of node.Options.
var flags = map[string]string{"EncryptionKey": "encryption-key-file"}

// openError gives the failure to open a node its exit code.
func openError(err error) error {
	var field *node.OptionError
	if errors.As(err, &field) {
		flag := cmp.Or(flags[field.Field], strings.ToLower(field.Field))
		return &cli.ExitError{Code: cli.ExitUsage, Err: fmt.Errorf("--%s: %w", flag, field.Err)}
	}
	if errors.Is(err, node.ErrEncryption) {
		return &cli.ExitError{Code: cli.ExitUsage, Err: err, Hint: "nothing was changed: --encryption-key-file names the key that this directory was made with, or is left out if it was made without one"}
	}
	if errors.Is(err, node.ErrNewerStore) {
		return &cli.ExitError{Code: cli.ExitFailure, Err: err, Hint: "nothing was changed: start the version that has written it, or a later one; to go back, restore a backup that this version has made into another --data-dir"}
	}
	if errors.Is(err, node.ErrLocked) {
		return &cli.ExitError{Code: cli.ExitFailure, Err: err, Hint: "a second node needs its own --data-dir, and its own --http"}
	}
	return err
}
