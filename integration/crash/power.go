package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// power is what came of cutting it.
type power struct {
	settings settings
	out      io.Writer
	bin      string
	image    []byte // of a disk with nothing on it
	begin    time.Time

	cuts, violations, flushes, lost int
	alone, both                     book // what was acknowledged by one disk, and by two
	carried                         int  // bundles
}

const (
	// cutsOfDisk is after how many cuts disks and peers are new.
	cutsOfDisk = 20
	// pairEvery is which of so many cuts is that of a pair.
	pairEvery = 3
)

// runPower cuts the power of one peer again and again, and that of one that takes in what another has. After a
// violation it goes on with new disks.
func runPower(w io.Writer, s settings, bin string) (err error) {
	if s.control != "" && s.control != controlLying && s.control != controlRelaxed {
		return fmt.Errorf("-control %s: want %s or %s", s.control, controlRelaxed, controlLying)
	}
	p := &power{settings: s, out: w, bin: bin, begin: time.Now()}
	if p.image, err = formatted(s.dir); err != nil {
		return err
	}
	if s.control != "" {
		return p.runControl()
	}
	for i := 0; i*cutsOfDisk < s.n; i++ {
		if err := p.runDisks(s.first+i, min(cutsOfDisk, s.n-i*cutsOfDisk)); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "crash: %d power cuts; acknowledged: %d writes, %d removals, %d increments; by two disks: %d writes, %d removals; %d bundles taken in; %d flushes; %d writes to the disk lost or torn; %v\n",
		p.cuts, p.alone.written, p.alone.removed, p.alone.sum, p.both.written, p.both.removed, p.carried, p.flushes, p.lost, time.Since(p.begin).Round(time.Second))
	fmt.Fprintf(w, "crash: %d runs, %d violations\n", p.cuts, p.violations)
	if p.violations > 0 {
		return fmt.Errorf("%d violations", p.violations)
	}
	return nil
}

// runDisks cuts the power of one disk that is written alone, and of one of a pair.
func (p *power) runDisks(number, cuts int) error {
	s := p.settings
	s.seed += uint64(number)
	var err error
	if s.dir, err = os.MkdirTemp(s.dir, "disks-"); err != nil {
		return err
	}
	defer os.RemoveAll(s.dir)
	st, err := newStation(s, p.bin, "a", p.image)
	if err != nil {
		return err
	}
	pair, err := newPair(s, p.bin, p.image)
	if err != nil {
		return err
	}
	defer pair.close()
	for st.cuts+pair.cuts < cuts && st.losses()+pair.losses() == 0 {
		cut := st.cut
		if (st.cuts+pair.cuts)%pairEvery == pairEvery-1 {
			cut = pair.cut
		}
		err := cut()
		if errors.Is(err, errSkipped) {
			return err
		}
		if err != nil && st.losses()+pair.losses() == 0 {
			st.book.violate("cut %d: %v", st.cuts+pair.cuts, err)
		}
	}
	p.add(number, st, pair)
	if st.losses()+pair.losses() > 0 {
		fmt.Fprintf(p.out, "crash: run it again: go run ./integration/crash -power -seed %d -first %d -n %d\n", p.settings.seed, number, cuts)
	}
	return nil
}

// add takes in what came of the disks with a number.
func (p *power) add(number int, st *station, pair *pair) {
	report(p.out, st.book)
	report(p.out, pair.book)
	p.cuts += st.cuts + pair.cuts
	p.violations += st.losses() + pair.losses()
	p.flushes += st.flushes + pair.flushes
	p.lost += st.lost + pair.lost
	p.alone.written, p.alone.removed, p.alone.sum = p.alone.written+st.book.written, p.alone.removed+st.book.removed, p.alone.sum+st.book.sum
	p.both.written, p.both.removed = p.both.written+pair.book.written, p.both.removed+pair.book.removed
	p.carried += pair.carried
	fmt.Fprintf(p.out, "crash: disks %d are done: %d cuts of %d, %d violations, %v\n", number, p.cuts, p.settings.n, p.violations, time.Since(p.begin).Round(time.Second))
}

// longer is how many times as long a control goes on that has lost nothing.
const longer = 8

// runControl cuts the power of one that must lose.
func (p *power) runControl() error {
	var args []string
	if p.settings.control == controlRelaxed {
		args = []string{"--durability", "relaxed"}
	}
	st, err := newStation(p.settings, p.bin, "a", p.image, args...)
	if err != nil {
		return err
	}
	for st.cuts < p.settings.n || st.unproven() && st.cuts < longer*p.settings.n {
		if err := st.cut(); err != nil {
			return fmt.Errorf("cut %d: %w", st.cuts, err)
		}
	}
	fmt.Fprintf(p.out, "crash: control %s: %d runs, %d losses; %v\n", st.control, st.cuts, st.losses(), time.Since(p.begin).Round(time.Second))
	if st.losses() == 0 {
		return fmt.Errorf("control %s has lost nothing: the rig proves nothing", st.control)
	}
	return nil
}
