package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/archive"
)

var (
	// ErrArchive is returned when a file is not a whole, undamaged backup or
	// bundle; the message says where it breaks off, or what is wrong. Nothing was
	// written.
	ErrArchive = archive.ErrArchive
	// ErrKnown is returned when a text is not one that a backup, a bundle or
	// Node.Known has given.
	ErrKnown = archive.ErrKnown
)

// ArchiveOptions say what goes into a backup or a bundle. The zero value is
// everything that the node holds.
type ArchiveOptions struct {
	// Since is the Known of an earlier backup, or of another node: documents
	// that it counts are left out. Who takes the archive in has to know that much.
	Since string
	// For is the PeerID, or the name, of the member that a bundle is for, and that must have been met,
	// in this run or an earlier one: what it was known to hold when it was last here is left out,
	// as with Since. A backup has none.
	For string
	// Identity puts the device key and the mesh secret into a backup: who has
	// the file can be this device, and a member of its mesh.
	Identity bool
	// Progress is called from time to time with how many documents were
	// written; nil is not.
	Progress func(documents uint64)
}

// ArchiveReport is what was written.
type ArchiveReport struct {
	Collections, Documents uint64
	Removed                uint64 // documents of which nothing is left but that they were removed
	Bytes                  int64
	// Known is a text that says what who takes the archive in will know: what
	// the next one may leave out (see ArchiveOptions.Since).
	Known string
}

// Backup writes all that this node holds, or all that is new since an earlier
// backup, as one file: see package storage/archive for what is in it. It is of one
// moment in all collections; reads and writes go on meanwhile. It holds one
// frame of documents in memory, whatever their number.
//
// It fails with storage.ErrDamaged when a document, or the index, cannot be read
// as it was written: a damaged store makes no backup that looks whole. After an error what was
// written ends with the reason, and is refused by everyone who reads it.
func (n *Node) Backup(ctx context.Context, w io.Writer, o ArchiveOptions) (ArchiveReport, error) {
	if o.For != "" {
		return ArchiveReport{}, &OptionError{"For", errors.New("a backup is for this device")}
	}
	return n.writeArchive(ctx, w, archive.Backup, o)
}

// Known is a text that says what this node knows of each collection: given to
// another one as ArchiveOptions.Since, that makes a bundle of what is missing here.
func (n *Node) Known(context.Context) (string, error) {
	if n.closed() {
		return "", ErrClosed
	}
	all, err := n.docs.Everything()
	if err != nil {
		return "", n.storeError(err)
	}
	defer all.Close()
	if _, err := n.disk.sync(); err != nil {
		return "", err
	}
	known := archive.Known{}
	for _, name := range all.Collections() {
		v, err := all.View(name)
		if err != nil {
			return "", n.storeError(err)
		}
		if k := n.scope.Load().narrow(name, v.Knowledge()); k.Max().Len() > 0 {
			known[name] = k
		}
	}
	return known.String(), nil
}

// writeArchive writes a backup or a bundle.
func (n *Node) writeArchive(ctx context.Context, w io.Writer, kind archive.Kind, o ArchiveOptions) (ArchiveReport, error) {
	if n.closed() {
		return ArchiveReport{}, ErrClosed
	}
	since, err := n.sinceOf(ctx, o)
	if err != nil {
		return ArchiveReport{}, err
	}
	for _, c := range n.collections() { // so that the tree can bear out what is there (Law I)
		if err := n.hashing.hash(ctx, c, 1); err != nil {
			return ArchiveReport{}, n.storeError(err)
		}
	}
	all, err := n.docs.Everything()
	if err != nil {
		return ArchiveReport{}, n.storeError(err)
	}
	defer all.Close()
	if _, err := n.disk.sync(); err != nil { // only what is durable may be shown to others
		return ArchiveReport{}, err
	}
	s, err := scopeOf(all)
	if err != nil {
		return ArchiveReport{}, n.storeError(err)
	}
	h := archive.Header{Kind: kind, Created: n.options.Clock(), Node: n.name, Device: n.device, Partial: since != nil, For: o.For}
	rand.Read(h.ID[:])
	secret := n.meshSecret()
	if secret != nil {
		h.Mesh = archive.TagOf(secret)
	}
	if s.String() != wholeScope.String() {
		h.Scope = s.String()
	}
	r := recorder{node: n, ctx: ctx, all: all, scope: s, since: since, progress: o.Progress}
	if h.Documents, err = r.count(); err != nil {
		return ArchiveReport{}, n.storeError(err)
	}
	if r.out, err = archive.NewWriter(w, h); err != nil {
		return ArchiveReport{}, err
	}
	report, err := r.record(o.Identity, secret)
	if err != nil {
		return report, n.storeError(errors.Join(err, r.out.Break(err)))
	}
	return report, nil
}

// sinceOf is what may be left out; nil if nothing may.
func (n *Node) sinceOf(ctx context.Context, o ArchiveOptions) (archive.Known, error) {
	switch {
	case o.For != "" && o.Since != "":
		return nil, &OptionError{"For", errors.New("not together with Since")}
	case o.Since != "":
		return archive.ParseKnown(o.Since)
	case o.For == "":
		return nil, nil
	case n.mesh == nil:
		return nil, ErrNoNetwork
	}
	found, err := n.mesh.find([]string{o.For})
	if err != nil {
		return nil, err
	}
	shown := found[0].nowShown(ctx)
	if len(shown) == 0 { // not met in this run
		shown = n.custody.noted(found[0].id)
	}
	if len(shown) == 0 {
		return nil, fmt.Errorf("%w: what %s has is not known, for it was never here, or that is not remembered: a bundle for nobody in particular holds everything", ErrUnknownPeer, o.For)
	}
	return archive.Known(shown), nil
}

// nowShown is what the peer is known to hold, or was when it was last here.
func (p *peer) nowShown(ctx context.Context) map[string]crdt.Knowledge {
	for {
		s := p.live()
		if s == nil {
			return p.lastShown()
		}
		if now, ok := s.shown(ctx); ok {
			return united(p.lastShown(), now)
		}
		if !wait(ctx, time.Millisecond) { // it has ended, and is about to leave what it knows
			return nil
		}
	}
}

// meshSecret is the secret of the mesh; nil without one.
func (n *Node) meshSecret() []byte {
	if n.mesh == nil {
		return nil
	}
	n.mesh.mu.Lock()
	defer n.mesh.mu.Unlock()
	secret := n.mesh.secret
	return secret[:]
}
