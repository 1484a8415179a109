package node

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/crdtstore/crdtstore/storage/archive"
)

// ErrForeign is returned when a bundle was not made by a member of this node's
// mesh, or was changed by somebody who is none. Nothing was written.
var ErrForeign = archive.ErrSeal

// ExportBundle writes what another member of the mesh may lack as one file, to be
// carried to it: sealed with the mesh secret, which is not in it, and signed by this node.
// With neither Since nor For it is everything that is held here. It
// is not encrypted. The rest is as with Backup.
func (n *Node) ExportBundle(ctx context.Context, w io.Writer, o ArchiveOptions) (ArchiveReport, error) {
	if o.Identity {
		return ArchiveReport{}, &OptionError{"Identity", errors.New("a bundle is for others")}
	}
	if n.mesh == nil {
		return ArchiveReport{}, ErrNoNetwork
	}
	return n.writeArchive(ctx, w, archive.Bundle, o)
}

// ImportBundle merges a bundle, or a backup, of a member of the mesh. The whole
// file is read first, and nothing is written unless all of it is sound, is of this
// mesh, and builds on what is known here: otherwise it fails with ErrArchive,
// ErrForeign or ErrMissing. Then it is read again and merged, frame by frame, as
// what a peer sends; an error in between leaves what was merged so far, and the
// same bundle can be taken in again. Keys that are out of this node's scope are
// left out. Documents that cannot be merged are listed in the report.
//
// r must give the same bytes both times.
func (n *Node) ImportBundle(ctx context.Context, r io.ReadSeeker) (ImportReport, error) {
	secret := n.meshSecret()
	if secret == nil {
		return ImportReport{}, ErrNoNetwork
	}
	if n.closed() {
		return ImportReport{}, ErrClosed
	}
	summary, err := archive.Verify(during(ctx, r), nil)
	if err != nil {
		return ImportReport{}, err
	}
	if err := summary.Member(secret); err != nil {
		return ImportReport{}, err
	}
	if err := n.builtOn(summary.Bases); err != nil {
		return ImportReport{}, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return ImportReport{}, err
	}
	in, err := archive.NewReader(during(ctx, r))
	if err != nil {
		return ImportReport{}, err
	}
	report, err := n.takeIn(ctx, in, nil)
	if err != nil {
		return report, fmt.Errorf("documents merged: %d of %d: %w", report.Changed, summary.Trailer.Documents, n.storeError(err))
	}
	return report, nil
}

// builtOn fails with ErrMissing unless all bases are known here.
func (n *Node) builtOn(bases archive.Known) error {
	s := n.scope.Load()
	for name, base := range bases {
		v, err := n.docs.View(name)
		if err != nil {
			return n.storeError(err)
		}
		err = s.missing(name, v.Knowledge(), base)
		if err = errors.Join(err, v.Close()); err != nil {
			return err
		}
	}
	return nil
}

// during ends reading when ctx ends.
func during(ctx context.Context, r io.Reader) io.Reader { return reading{ctx, r} }

type reading struct {
	ctx context.Context
	r   io.Reader
}

// Read reads, unless the context has ended.
func (r reading) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
