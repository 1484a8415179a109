package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/crdtstore/crdtstore/internal/config"
	"github.com/crdtstore/crdtstore/node"
	network "github.com/crdtstore/crdtstore/p2p/memory"
)

// result is what became of one run.
type result struct {
	damage
	image     string
	outcome   string   // "refused", "detected", "put aside", "named", "harmless" or "violation"
	told      string   // the first that was told
	lost      []string // writes that no peer had, and that are gone
	mixed     []string // documents beside which parts stand of what they had replaced, and that were named
	violation string
}

func (r result) String() string {
	s := fmt.Sprintf("%s, %s: %s %s", filepath.Base(r.image), r.damage, r.outcome, r.told)
	if len(r.lost) > 0 {
		s += fmt.Sprintf(" (gone: %s)", strings.Join(r.lost, " "))
	}
	if len(r.mixed) > 0 {
		s += fmt.Sprintf(" (named: %s)", strings.Join(r.mixed, " "))
	}
	return s
}

func (r *result) fail(what string) { r.outcome, r.violation = "violation", what }

// irreplaceable are the files without which a node may refuse to start, if it names
// them: who it is, and what mesh it is of.
var irreplaceable = []string{"device.key", "mesh.secret"}

// run damages one copy and looks what becomes of it.
func (b *bench) run(seed int64) (res result, err error) {
	r := rand.New(rand.NewPCG(uint64(seed), 7))
	res.image = b.images[r.IntN(2)]
	for _, image := range b.images {
		if filepath.Base(image) == b.only.image {
			res.image = image
		}
	}
	dir, beside := filepath.Join(b.dir, "run"), filepath.Join(b.dir, "beside")
	if err := errors.Join(os.RemoveAll(dir), os.RemoveAll(beside), copyDir(res.image, dir), copyDir(b.peer, beside)); err != nil {
		return res, err
	}
	res.damage = choose(r, b.files[res.image], b.only)
	if err := res.apply(dir); err != nil {
		return res, err
	}
	if _, _, err := config.LoadToken(dir); err != nil {
		res.fail("crdtd does not start: " + err.Error())
		return res, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	hub := network.New(1)
	hub.Partition([]string{"peer"}, []string{"rotten"})
	peer, err := b.open(hub, "peer", beside, b.again(), &told{})
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, peer.Close()) }()
	said := &told{}
	n, err := b.open(hub, "rotten", dir, nil, said)
	if err != nil {
		res.outcome, res.told = "refused", err.Error()
		if name := filepath.Base(res.path); !slices.Contains(irreplaceable, name) || !strings.Contains(res.told, filepath.Join(dir, name)) {
			res.fail("the node does not start")
		}
		return res, nil
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	j := judge{bench: b, node: n, peer: peer, hub: hub, said: said, res: &res}
	j.run(ctx)
	return res, nil
}

// judge looks what became of a damaged node.
type judge struct {
	*bench
	node, peer *node.Node
	hub        *network.Hub
	said       *told
	res        *result
}

// run reads alone, then lets the two meet, and reads both.
func (j judge) run(ctx context.Context) {
	if wrong := j.readAlone(ctx); wrong != "" && j.said.first() == "" && !j.torn(wrong) {
		j.res.fail("read in silence: " + wrong)
		return
	}
	j.hub.Heal()
	if j.res.kind == "json" && j.said.first() != "" { // an operator who has read that the peers are forgotten
		invite, err := j.peer.Invite(ctx)
		if err == nil {
			err = j.node.Join(ctx, invite)
		}
		if err != nil {
			j.res.fail("a new invite: " + err.Error())
			return
		}
	}
	wrong := j.meet(ctx)
	j.res.told = j.said.first()
	if kept := j.kept(); kept != "" {
		j.res.fail("at the peer: " + kept + " (" + wrong + ")")
		return
	}
	if wrong != "" {
		j.res.fail("after they met: " + wrong + " " + j.res.told)
		return
	}
	j.res.outcome = "harmless"
	if j.res.told != "" {
		j.res.outcome = "detected"
	}
	lost, why := j.gone(j.res.lost)
	switch {
	case why != "":
		j.res.fail(why)
	case len(j.res.mixed) > 0:
		j.res.outcome = "named"
	case len(lost) < len(j.res.lost) && len(lost) == 0:
		j.res.outcome = "put aside"
	}
	j.res.lost = lost
}

// torn reports whether all that is wrong is that the last write of a node that was
// killed is missing, and its log was damaged: nobody can tell that from a write
// that was torn.
func (j judge) torn(wrong string) bool {
	return filepath.Base(j.res.image) == "killed" && j.res.kind == "mem" && strings.HasPrefix(wrong, j.last+" ")
}

// readAlone reads every document by its key, the last written at the end; errors
// are no violation.
func (j judge) readAlone(ctx context.Context) (wrong string) {
	addresses := sortedKeys(j.want)
	addresses = append(slices.DeleteFunc(addresses, func(a string) bool { return a == j.last }), j.last)
	missing := ""
	for _, address := range addresses {
		collection, key, _ := strings.Cut(address, "/")
		d, err := j.node.Collection(collection).Get(ctx, key)
		switch {
		case errors.Is(err, node.ErrNotFound):
			missing = address + " is not found"
		case err == nil && string(d.JSON()) != j.want[address]:
			return fmt.Sprintf("%s is %.100s", address, d.JSON())
		}
		if missing != "" {
			return missing
		}
	}
	all, err := contents(ctx, j.node)
	for address, got := range all {
		if j.want[address] != got {
			return fmt.Sprintf("listed: %s is %.100s", address, got)
		}
	}
	if err == nil && len(all) != len(j.want) {
		return fmt.Sprintf("%d documents are listed of %d", len(all), len(j.want))
	}
	return ""
}

// meet waits until both have the right content and the same roots. What only
// the node had, and is not there when all else is right, is lost.
func (j judge) meet(ctx context.Context) (wrong string) {
	stranger := j.res.kind == "secret" && j.said.first() != ""
	var since time.Time
	for {
		here, there := j.compare(ctx, j.node), j.compare(ctx, j.peer)
		wrong, j.res.mixed = here.wrong, here.mixed
		switch {
		case wrong != "":
		case there.wrong != "":
			wrong = "the peer: " + there.wrong
		case !slices.Equal(here.missing, there.missing):
			wrong = fmt.Sprintf("%v are not as written here, %v at the peer", here.missing, there.missing)
		default:
			wrong = j.roots(ctx)
		}
		switch {
		case stranger && here.wrong == "" && len(here.missing) == 0:
			return ""
		case wrong == "" && len(here.missing) == 0:
			return ""
		case wrong != "":
			since = time.Time{}
			stranger = j.res.kind == "secret" && j.said.first() != ""
		case since.IsZero():
			since = time.Now()
		case time.Since(since) > waiting:
			if _, why := j.gone(here.missing); why == "" || ctx.Err() != nil {
				j.res.lost = here.missing
				return ""
			}
		}
		select {
		case <-ctx.Done():
			j.res.lost = here.missing
			return wrong
		case <-time.After(settle):
		}
	}
}

// compared is how a node stands.
type compared struct {
	wrong   string   // of what both had
	missing []string // written alone, and as it was before, or not there
	mixed   []string // with parts beside it of what it had replaced, and named
}

func (j judge) compare(ctx context.Context, n *node.Node) (c compared) {
	all, err := contents(ctx, n)
	if err != nil {
		return compared{wrong: err.Error()}
	}
	for _, address := range sortedKeys(j.want, j.shared, all) {
		got := all[address]
		switch {
		case got == j.want[address]:
		case j.alone[address] && (got == "" || got == j.shared[address]):
			c.missing = append(c.missing, address)
		case j.beside(address, got):
			c.mixed = append(c.mixed, address)
		default:
			return compared{wrong: fmt.Sprintf("%s is %.100q", address, got)}
		}
	}
	return c
}

// kept looks whether the peer still has all that it had, but for what the other
// has edited or removed; parts of that may stand beside it where the other has said so.
func (j judge) kept() string {
	all, err := contents(context.Background(), j.peer)
	if err != nil {
		return err.Error()
	}
	for _, address := range sortedKeys(j.shared, all) {
		if got := all[address]; got != j.shared[address] && (!j.alone[address] || got != j.want[address]) && !j.beside(address, got) {
			return fmt.Sprintf("%s is %.100q", address, got)
		}
	}
	return ""
}

func (j judge) roots(ctx context.Context) string {
	collections, err := j.peer.Collections(ctx)
	if err != nil {
		return err.Error()
	}
	for _, c := range collections {
		here, err1 := j.node.Root(ctx, c.Name)
		there, err2 := j.peer.Root(ctx, c.Name)
		if err := errors.Join(err1, err2); err != nil {
			return err.Error()
		}
		if here != there {
			return "the roots of " + c.Name + " differ"
		}
	}
	return ""
}
