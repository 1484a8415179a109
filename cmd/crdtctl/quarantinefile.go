package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// quarantineFormat is the number of the layout of files that hold what is in quarantine: a line with
// it, a line for each, and one with the SHA-256 of all before.
const quarantineFormat = 1

// quarantineSuffix is what a backup's name has behind it in that of the file which holds what is in quarantine.
const quarantineSuffix = ".quarantine"

// quarantineLine is one line of such a file: what is first, what is last, or one of all between.
type quarantineLine struct {
	Format int    `json:"crdtstore-quarantine,omitempty"`
	Sum    string `json:"sha256,omitempty"`
	*contract.Quarantined
}

// exportQuarantine writes all that is in quarantine to a file, with its bytes.
func exportQuarantine(ctx context.Context, s *session, path string, overwrite bool) (count int, err error) {
	if err := checkTarget(path, overwrite, ""); err != nil {
		return 0, err
	}
	all, err := s.Quarantine(ctx)
	if err != nil {
		return 0, err
	}
	if path == "-" {
		return writeQuarantine(ctx, s, os.Stdout, all.Quarantined)
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, err
	}
	if count, err = writeQuarantine(ctx, s, f, all.Quarantined); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, errors.Join(err, os.Remove(part))
	}
	if err := os.Rename(part, path); err != nil {
		return 0, err
	}
	return count, syncDir(filepath.Dir(path))
}

func writeQuarantine(ctx context.Context, s *session, w io.Writer, all []contract.Quarantined) (count int, err error) {
	sum := sha256.New()
	line := func(l quarantineLine) error {
		b, err := json.Marshal(l)
		if err == nil {
			_, err = io.MultiWriter(w, sum).Write(append(b, '\n'))
		}
		return err
	}
	if err := line(quarantineLine{Format: quarantineFormat}); err != nil {
		return 0, err
	}
	for _, q := range all {
		whole, err := s.Quarantined(ctx, q.ID)
		if cli.ExitCode(withExit(err)) == cli.ExitNotFound {
			continue // it went by itself meanwhile
		}
		if err == nil {
			err = line(quarantineLine{Quarantined: &whole})
		}
		if err != nil {
			return count, err
		}
		count++
	}
	return count, line(quarantineLine{Sum: hex.EncodeToString(sum.Sum(nil))})
}

// importQuarantine puts what a file holds into quarantine: all of it is read before anything is.
func importQuarantine(ctx context.Context, s *session, path string) (count int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if err := readQuarantine(f, func(contract.Quarantined) error { return nil }); err != nil {
		return 0, fmt.Errorf("%s: %w", cli.Safe(path), err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	err = readQuarantine(f, func(q contract.Quarantined) error {
		err := s.KeepQuarantined(ctx, q)
		if err == nil {
			count++
		}
		return err
	})
	return count, err
}

// readQuarantine reads such a file, and fails for one that is not whole, or of a newer version.
func readQuarantine(r io.Reader, each func(contract.Quarantined) error) error {
	in, sum, first := bufio.NewScanner(r), sha256.New(), true
	in.Buffer(nil, contract.MaxQuarantinedBody)
	for in.Scan() {
		var l quarantineLine
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			return fmt.Errorf("no file of a quarantine: %w", err)
		}
		switch {
		case first && l.Format > quarantineFormat:
			return fmt.Errorf("a newer version has written it: format %d, this version reads %d: use that version", l.Format, quarantineFormat)
		case first != (l.Format == quarantineFormat):
			return errors.New("no file of a quarantine")
		case l.Sum != "":
			if l.Sum != hex.EncodeToString(sum.Sum(nil)) {
				return errors.New("it was changed: its checksum is another")
			}
			if in.Scan() {
				return errors.New("it goes on behind its end")
			}
			return in.Err()
		case !first && l.Quarantined == nil:
			return errors.New("a line with nothing")
		case !first:
			if err := each(*l.Quarantined); err != nil {
				return err
			}
		}
		first = false
		sum.Write(bytes.TrimSuffix(in.Bytes(), []byte("\n")))
		sum.Write([]byte("\n"))
	}
	return errors.Join(in.Err(), errors.New("it ends too early"))
}
