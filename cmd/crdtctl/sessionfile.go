package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	ucli "github.com/urfave/cli/v2"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// sessionFlag names the file in which the commands of one session keep its token.
var sessionFlag = &ucli.StringFlag{Name: "session", EnvVars: []string{"CRDTCTL_SESSION"},
	Usage: "`FILE` of a session's token: commands with the same file, at whatever node, see what those before them have written and read; made if it is not there"}

// maxSessionFile is more than a token of a session takes, in bytes.
const maxSessionFile = 4096

// readSession is the token in a file; "" when there is none yet.
func readSession(path string) (string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		// Said before anything is written that the file could not keep.
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return "", cli.Usagef("--session: %w", err)
		}
		return "", nil
	}
	if err == nil && len(b) > maxSessionFile {
		err = fmt.Errorf("%s: %d bytes: not the token of a session", path, len(b))
	}
	if err != nil {
		return "", cli.Usagef("--session: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// writeSession replaces the file: who reads it meanwhile finds the old token or
// the new one.
func writeSession(path, token string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".crdtctl-session-*")
	if err != nil {
		return fmt.Errorf("--session: %w", err)
	}
	_, err = f.WriteString(token + "\n")
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("--session: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// keepSession writes the token down, if it has changed, whatever became of the
// command: what was written or seen is in it.
func (s *session) keepSession() error {
	path := s.cli.String("session")
	if path == "" || s.Session() == s.begun {
		return nil
	}
	return writeSession(path, s.Session())
}

// ofFile names the file of an error that its content is to blame for.
func (s *session) ofFile(err error) error {
	var p *contract.Problem
	if s.begun != "" && errors.As(err, &p) && p.Code == contract.CodeInvalidToken && strings.HasPrefix(p.Detail, "not a session token") {
		return fmt.Errorf("--session %s: %w", cli.Safe(s.cli.String("session")), err)
	}
	return err
}
