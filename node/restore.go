package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/archive"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

// ErrNotEmpty is returned by Restore when the directory holds something: a
// backup is restored into a directory of its own, so that nothing is replaced
// or mixed. Nothing was written.
var ErrNotEmpty = errors.New("the directory is not empty")

// RestoreOptions say what is restored.
type RestoreOptions struct {
	// Files are a backup of everything, and then any number of incremental
	// ones, each of which builds on those before it.
	Files []string
	// NewIdentity leaves the device key and the mesh secret alone that a file may
	// hold: the node is another device, and in a mesh of its own.
	NewIdentity bool
	// Progress is called from time to time with the file that is read, whether
	// it is restored, after all were verified, and how many of its bytes were
	// read; nil is not.
	Progress func(file string, restoring bool, bytes int64)
}

// RestoreReport is what was restored.
type RestoreReport struct {
	Collections int
	Documents   uint64 // that exist
	Identity    bool   // the node is the device that wrote the backup, as a new replica
	Peer        string // PeerID of the node
	Refused     []ImportRefusal
}

// Restore makes a data directory, o.Dir, from backups. The files are read to
// their ends first, and nothing is written unless all are sound (ErrArchive) and
// fit together (ErrMissing), and the directory is empty or not there
// (ErrNotEmpty). The documents are then merged into a store that is put in
// its place only when it holds all of them, and their roots are those of the
// backup. A restore that is interrupted leaves a directory that Open refuses
// with ErrUnfinished; to restore again into it begins anew.
//
// The restored store knows what the backup knows: documents that were removed
// before it do not come back, and those that were removed after it go when it
// meets a peer that has seen it. It never writes as the replica that the backup was
// made by, but as a new one (Law F).
//
// Of o the network is left alone; Dir must be set.
func Restore(ctx context.Context, o Options, r RestoreOptions) (report RestoreReport, err error) {
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return report, err
	}
	if len(r.Files) == 0 {
		return report, &OptionError{"Files", errors.New("there is none")}
	}
	if err := checkEmpty(o.Dir); err != nil {
		return report, err
	}
	plan, err := r.verify(ctx)
	if err != nil {
		return report, err
	}
	site, err := newSite(o.Dir)
	if err != nil {
		return report, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, site.abandon())
		}
	}()
	o.Dir = site.data()
	if report, err = plan.restore(ctx, o); err != nil {
		return report, err
	}
	return report, site.finish()
}

// restoration is what verified files amount to.
type restoration struct {
	RestoreOptions
	summaries []archive.Summary
	identity  *archive.Identity
}

// verify reads all files to their ends.
func (r RestoreOptions) verify(ctx context.Context) (*restoration, error) {
	p := &restoration{RestoreOptions: r}
	known := archive.Known{}
	for i, path := range r.Files {
		s, err := r.verifyOne(ctx, path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if i == 0 && s.Header.Partial {
			return nil, fmt.Errorf("%s is an incremental backup: %w: begin with a whole one", path, ErrMissing)
		}
		for name, base := range s.Bases {
			if err := wholeScope.missing(name, known[name], base); err != nil {
				return nil, fmt.Errorf("%s: %w: name the files in the order in which they were made", path, err)
			}
		}
		for name, k := range s.Known {
			known[name] = known[name].Merge(k)
		}
		p.summaries = append(p.summaries, s)
	}
	return p, nil
}

func (r RestoreOptions) verifyOne(ctx context.Context, path string) (archive.Summary, error) {
	f, err := os.Open(path)
	if err != nil {
		return archive.Summary{}, err
	}
	defer f.Close()
	return archive.Verify(during(ctx, f), r.progress(path, false))
}

// restore makes the data directory o.Dir.
func (p *restoration) restore(ctx context.Context, o Options) (report RestoreReport, err error) {
	if !p.NewIdentity {
		if p.identity, err = p.findIdentity(); err != nil {
			return report, err
		}
	}
	if err := p.saveIdentity(o.Dir, o.EncryptionKey); err != nil {
		return report, err
	}
	o.Listen, o.Join, o.Network, o.Store, o.Device, o.Collections = nil, nil, nil, nil, nil, nil
	o.Durability = Fsync
	n, err := Open(ctx, o)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	report.Identity = p.identity != nil
	if report.Peer, err = peerID(n.device); err != nil {
		return report, err
	}
	last := p.summaries[len(p.summaries)-1]
	if scope := last.Header.Scope; scope != "" {
		if err := n.SetScope(ctx, strings.Split(scope, ","), ScopeOptions{}); err != nil {
			return report, err
		}
	}
	for i, path := range p.Files {
		taken, err := p.takeFile(ctx, n, path, p.summaries[i])
		if err != nil {
			return report, fmt.Errorf("%s: %w", path, err)
		}
		report.Refused = append(report.Refused, taken.Refused...)
	}
	report.Collections, report.Documents, err = p.compare(n, report.Refused)
	return report, err
}

// findIdentity reads the identity of the last file that has one; nil if none
// has.
func (p *restoration) findIdentity() (id *archive.Identity, err error) {
	for i, s := range p.summaries {
		if !s.Identity {
			continue
		}
		if id, err = readIdentity(p.Files[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Files[i], err)
		}
	}
	return id, nil
}

// readIdentity reads the beginning of a file.
func readIdentity(path string) (*archive.Identity, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in, err := archive.NewReader(f)
	if err != nil {
		return nil, err
	}
	next, err := in.Next()
	if err != nil {
		return nil, err
	}
	id, ok := next.(*archive.Identity)
	if !ok {
		return nil, errors.New("the file is another one by now")
	}
	return id, nil
}

// saveIdentity puts the identity, if there is one, where Open finds it.
func (p *restoration) saveIdentity(dir string, key []byte) error {
	if p.identity == nil {
		return nil
	}
	text, err := seal(deviceFile, p.identity.Device, key)
	if err == nil {
		err = writeFile(filepath.Join(dir, deviceFile), text)
	}
	if err != nil {
		return fmt.Errorf("device key: %w", err)
	}
	if len(p.identity.Mesh) == 0 {
		return nil
	}
	return saveSecret(dir, p.identity.Mesh, key)
}

// takeFile merges one file, which must be the one that was verified.
func (p *restoration) takeFile(ctx context.Context, n *Node, path string, s archive.Summary) (ImportReport, error) {
	f, err := os.Open(path)
	if err != nil {
		return ImportReport{}, err
	}
	defer f.Close()
	in, err := archive.NewReader(during(ctx, f))
	if err != nil {
		return ImportReport{}, err
	}
	if in.Header().ID != s.Header.ID {
		return ImportReport{}, errors.New("the file is another one by now")
	}
	return n.takeIn(ctx, in, p.progress(path, true))
}

func (r RestoreOptions) progress(path string, restoring bool) archive.Progress {
	if r.Progress == nil {
		return nil
	}
	return func(_ uint64, bytes int64) { r.Progress(path, restoring, bytes) }
}

// compare makes sure that what was restored is what was backed up: of each
// collection, where as much is known as an archive knew, the root is the one that it
// has noted (Law E). It counts what exists.
func (p *restoration) compare(n *Node, refused []ImportRefusal) (collections int, documents uint64, err error) {
	for _, name := range n.docs.Collections() {
		v, err := n.docs.View(name)
		if err != nil {
			return 0, 0, n.storeError(err)
		}
		fold, known := merkle.NewFold(name), v.Knowledge()
		err = v.Existing("", "", func(key string, digest [32]byte) bool {
			return fold.Add(merkle.Document{Key: key, Digest: digest})
		})
		if err = errors.Join(err, v.Close()); err != nil {
			return 0, 0, n.storeError(err)
		}
		root, count := fold.Root()
		for _, s := range p.summaries {
			if err := sameRoot(s, name, known, root); err != nil && len(refused) == 0 {
				return 0, 0, err
			}
		}
		collections, documents = collections+1, documents+count
	}
	return collections, documents, nil
}

// sameRoot compares the root of a collection with what an archive says, if that
// knew the same.
func sameRoot(s archive.Summary, name string, known crdt.Knowledge, root [32]byte) error {
	if !s.Known[name].Equal(known) {
		return nil
	}
	for _, c := range s.Collections {
		if c.Name == name && c.Root != root {
			return fmt.Errorf("%s: what was restored has the root %s, the backup %s: nothing was put in place", name, rootCID(root), rootCID(c.Root))
		}
	}
	return nil
}
