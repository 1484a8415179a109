package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// importQuarantine puts what a file holds into quarantine: all of it is read before anything is. One that
// the node refuses, as what was damaged when it was exported, is named on stderr, and keeps no other from being put there.
func importQuarantine(ctx context.Context, s *session, path string) error {
	if path == "-" {
		return cli.Usagef("a file is read twice before anything is put into quarantine: import takes no -")
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	all := 0
	if err := readQuarantine(f, func(int, contract.Quarantined) error { all++; return nil }); err != nil {
		return fmt.Errorf("%s: nothing was put into quarantine: %w", cli.Safe(path), err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := quarantining{s: s, path: path}
	if err = readQuarantine(f, func(line int, q contract.Quarantined) error { return in.add(ctx, line, q) }); err == nil {
		err = in.send(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: at least %d of %d things were put into quarantine: %w", cli.Safe(path), in.kept, all, err)
	}
	err = s.out.Fact(map[string]any{"file": path, "imported": in.kept, "refused": in.refused},
		fmt.Sprintf("%s: %d of %d things were put into quarantine: crdtctl quarantine lists them", cli.Safe(path), in.kept, all))
	if err == nil && in.refused > 0 {
		err = cli.Exit(cli.ExitFailure)
	}
	return err
}

// readQuarantine reads such a file, and fails for one that is not whole, or of a newer version. each gets what is in
// it with its line, the first is 1.
func readQuarantine(r io.Reader, each func(line int, q contract.Quarantined) error) error {
	in, sum, n := bufio.NewScanner(r), sha256.New(), 0
	in.Buffer(nil, contract.MaxQuarantinedBody)
	for in.Scan() {
		n++
		var l quarantineLine
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			return fmt.Errorf("no file of a quarantine, or cut off in line %d: %w", n, err)
		}
		switch {
		case n == 1 && l.Format > quarantineFormat:
			return fmt.Errorf("a newer version has written it: format %d, this version reads %d: use that version", l.Format, quarantineFormat)
		case (n == 1) != (l.Format == quarantineFormat):
			return fmt.Errorf("no file of a quarantine: line %d", n)
		case l.Sum != "":
			if l.Sum != hex.EncodeToString(sum.Sum(nil)) {
				return errors.New("it was changed: its checksum is another")
			}
			if in.Scan() {
				return errors.New("it goes on behind its end")
			}
			return in.Err()
		case n > 1 && l.Quarantined == nil:
			return fmt.Errorf("line %d holds nothing", n)
		case n > 1:
			if err := each(n, *l.Quarantined); err != nil {
				return err
			}
		}
		sum.Write(in.Bytes())
		sum.Write([]byte("\n"))
	}
	switch err := in.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("no file of a quarantine: line %d is longer than %d bytes", n+1, contract.MaxQuarantinedBody)
	case err != nil:
		return err
	}
	return errors.New("it ends too early")
}
