package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/storage/archive"
)

// archiveFact is what a backup or a bundle holds.
type archiveFact struct {
	File        string    `json:"file"`
	Kind        string    `json:"kind"`
	Created     time.Time `json:"created"`
	Node        string    `json:"node"`
	Incremental bool      `json:"incremental"` // it builds on others
	Identity    bool      `json:"identity"`    // it holds the device key and the mesh secret
	Collections uint64    `json:"collections"`
	Documents   uint64    `json:"documents"`
	Removed     uint64    `json:"removed"`
	Bytes       int64     `json:"bytes"`
	Known       string    `json:"known"` // what the next one may leave out
}

func factOf(file string, s archive.Summary) archiveFact {
	return archiveFact{
		File: file, Kind: string(s.Header.Kind), Created: s.Header.Created, Node: s.Header.Node, Incremental: s.Header.Partial, Identity: s.Identity,
		Collections: s.Trailer.Collections, Documents: s.Trailer.Documents, Removed: s.Trailer.Removed, Bytes: s.Bytes, Known: s.Known.String(),
	}
}

// text is the fact for people.
func (f archiveFact) text() string {
	kind := f.Kind
	if f.Incremental {
		kind = "incremental " + kind
	}
	text := fmt.Sprintf("%s: %s of %s, %s: %s and %s in %s, %s, verified",
		f.File, kind, f.Node, f.Created.UTC().Format(time.RFC3339), cli.Counted(f.Documents, "document"), cli.Counted(f.Removed, "removal"),
		cli.Counted(f.Collections, "collection"), cli.Counted(f.Bytes, "byte"))
	if f.Identity {
		text += "\nit holds the device key and the mesh secret: keep it as secret as those"
	}
	return cli.SafeLines(text)
}

// knownOf is the text of --since: as it is, or that of a file, which is verified.
func knownOf(since string) (string, error) {
	if since == "" || archive.IsKnown(since) {
		if _, err := archive.ParseKnown(since); since != "" && err != nil {
			return "", cli.Usagef("--since: %w", err)
		}
		return since, nil
	}
	f, err := os.Open(since)
	if err != nil {
		return "", cli.Usagef("--since is neither a file nor what crdtctl shows as known: %w", err)
	}
	defer f.Close()
	s, err := archive.Verify(f, nil)
	if err != nil {
		return "", fmt.Errorf("--since %s: %w", cli.Safe(since), err)
	}
	return s.Known.String(), nil
}

// checkTarget refuses to replace a file unless that was asked for.
func checkTarget(path string, overwrite bool, since string) error {
	if path == "-" {
		if isTerminal(os.Stdout) {
			return cli.Usagef("it is not text: write it to a file, or into a pipe")
		}
		return nil
	}
	here, err := os.Stat(path)
	if err != nil {
		return nil
	}
	if base, err := os.Stat(since); err == nil && os.SameFile(base, here) {
		return cli.Usagef("%s is what it builds on: give another name", cli.Safe(path))
	}
	if !overwrite || !here.Mode().IsRegular() {
		return cli.Usagef("%s exists: --overwrite replaces a file, when the new one is verified", cli.Safe(path))
	}
	return nil
}

// keep verifies an archive while it arrives, and puts it into a file: FILE.part
// until all of it is there and was read again from the disk. "-" is stdout.
func keep(body io.Reader, path string) (s archive.Summary, err error) {
	if path == "-" {
		return watched(io.TeeReader(body, os.Stdout))
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return s, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(part))
		}
	}()
	sum := sha256.New()
	if s, err = watched(io.TeeReader(body, io.MultiWriter(f, sum))); err != nil {
		return s, err
	}
	if err = f.Sync(); err != nil {
		return s, err
	}
	if err = sameOnDisk(f, sum); err != nil {
		return s, err
	}
	if err = f.Close(); err != nil {
		return s, errors.Join(err, os.Remove(part))
	}
	if err = os.Rename(part, path); err != nil {
		return s, err
	}
	return s, syncDir(filepath.Dir(path))
}

// sameOnDisk reads the file again, and compares it with what was written.
func sameOnDisk(f *os.File, written hash.Hash) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	read := sha256.New()
	if _, err := io.Copy(read, f); err != nil {
		return err
	}
	if [32]byte(read.Sum(nil)) != [32]byte(written.Sum(nil)) {
		return fmt.Errorf("%s: what was written is not what can be read: the disk, or another program, has changed it", f.Name())
	}
	return nil
}

// watched verifies an archive, with a bar on a terminal.
func watched(r io.Reader) (archive.Summary, error) {
	in, err := archive.NewReader(r)
	if err != nil {
		return archive.Summary{}, err
	}
	var bar *cli.Progress
	if isTerminal(os.Stderr) && (in.Header().Documents > 1000 || in.Header().Partial) {
		bar = cli.NewProgress(os.Stderr, string(in.Header().Kind), int64(in.Header().Documents), false)
	}
	s, err := in.Verify(func(documents uint64, _ int64) { bar.Set(int64(documents)) })
	bar.Close(err == nil)
	return s, err
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
