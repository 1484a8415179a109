package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// quarantineFormat is the number of the layout of files that hold what is in quarantine: a line with
// it, a line for each, and one with the SHA-256 of all before.
const quarantineFormat = 1

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
