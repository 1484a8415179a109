package main

import (
	"context"
	"fmt"
	"time"

	"github.com/crdtstore/crdtstore/node"
)

// few is the number of differences where the number of documents varies.
const few = 100

// populations are the numbers of documents of the curves.
func (b *bench) populations() []int {
	if b.docs < first {
		return []int{b.docs / 10, b.docs}
	}
	s := []int{b.docs / 10, 3 * b.docs / 10, b.docs}
	if b.heavy {
		s = append(s, 3*b.docs, 10*b.docs)
	}
	return s
}

// changes are the numbers of differences of the curves, where there are n
// documents.
func (b *bench) changes(n int, last bool) (all []int) {
	if !last {
		return []int{few}
	}
	for d := 1; d <= n/10; d *= 10 {
		all = append(all, d)
	}
	return all
}

// curves measures what it costs to stay in sync, against documents at a fixed
// number of differences, and against differences at a fixed number of documents.
func (b *bench) curves() error {
	sizes := b.populations()
	for i, n := range sizes {
		if err := b.curvesAt(n, i == len(sizes)-1); err != nil {
			return fmt.Errorf("%d documents: %w", n, err)
		}
	}
	return nil
}

// curvesAt measures two peers that hold n documents on disk.
func (b *bench) curvesAt(n int, last bool) error {
	ctx := context.Background()
	_, d, err := b.couple(n)
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("%d documents: fresh peer", n), d.Seconds, "s", target{}, rate(float64(n)/d.Seconds), "")
	b.point(curveFresh, n)
	a, s, err := b.meeting(ctx, n, loopback)
	if err != nil {
		return err
	}
	defer discard(a)
	defer func() { discard(s) }()
	if err := b.rootAfterWrite(ctx, a, n); err != nil {
		return err
	}
	if err := converge(ctx, a, s); err != nil { // asked of s, which may not have heard yet of what a has written
		return err
	}
	if s, err = b.meets(ctx, s, a, nil); err != nil {
		return err
	}
	b.add("  two equal peers, hello and all: bytes", float64(s.meter.total()), "B", target{}, "", "")
	b.point(curveEqual, n)
	b.add("  connected to equal roots", milliseconds(s.meter.took()), "ms", target{}, "", "")
	b.point(curveEqualMS, n)
	for round, d := range b.changes(n, last) {
		if s, err = b.differ(ctx, s, a, n, d, round, last); err != nil {
			return err
		}
	}
	return nil
}

// rootAfterWrite is the time that a root takes when one document has changed.
func (b *bench) rootAfterWrite(ctx context.Context, a *station, n int) error {
	var took []float64
	for i := range 5 {
		if _, err := a.Collection(collection).Put(ctx, key(i*n/5), []byte(fmt.Sprintf(`{"round":%d}`, i)), node.PutOptions{}); err != nil {
			return err
		}
		start := time.Now()
		if _, err := a.Root(ctx, collection); err != nil {
			return err
		}
		took = append(took, milliseconds(time.Since(start)))
	}
	b.add("  root after one write", median(took), "ms", atMost(20), "", "")
	b.point(curveRoot, n)
	return nil
}

// differ measures two peers that meet again after d scattered changes at one.
func (b *bench) differ(ctx context.Context, s, a *station, n, d, round int, last bool) (*station, error) {
	s, err := b.meets(ctx, s, a, func() error { return b.change(ctx, a, n, d, round) })
	if err != nil {
		return s, err
	}
	t := target{}
	if d == few {
		t = atMost(4000)
	}
	status, err := s.Status(ctx)
	if err != nil {
		return s, err
	}
	payload := status.Traffic.PayloadReceived + status.Traffic.PayloadSent
	b.add(fmt.Sprintf("  %d differences: metadata", d), float64(s.meter.total()-payload), "B", t, fmt.Sprintf("%d B of documents", payload), "")
	if last {
		b.point(curveDiffer, d)
	}
	if d == few {
		b.point(curveAgree, n)
	}
	b.add("    connected to equal roots", milliseconds(s.meter.took()), "ms", target{}, "", "")
	if last {
		b.point(curveDifferMS, d)
	}
	if d == few {
		b.point(curveAgreeMS, n)
	}
	return s, nil
}

// change makes d scattered changes to n documents, and hashes.
func (b *bench) change(ctx context.Context, a *station, n, d, round int) error {
	patch := fmt.Appendf(nil, `{"note":"changed in round %d"}`, round)
	if _, err := spread(16, d, func(i int) error {
		_, err := a.Collection(collection).MergePatch(ctx, key(i*(n/d)), patch, node.PutOptions{})
		return err
	}); err != nil {
		return err
	}
	_, err := a.Root(ctx, collection)
	return err
}

// meets lets s be away while something happens, and come back.
func (b *bench) meets(ctx context.Context, s, a *station, meanwhile func() error) (*station, error) {
	s, err := b.reopen(ctx, s, loopback, meanwhile)
	if err != nil {
		return s, err
	}
	return s, converge(ctx, s, a)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
