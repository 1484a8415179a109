package main

import (
	"errors"
	"flag"
	"testing"
)

var (
	kills = flag.Int("kills", 12, "how many processes TestKills kills")
	cuts  = flag.Int("cuts", 3, "how often TestPowerCuts cuts the power")
)

// TestKills is the short form of the programme.
func TestKills(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	if err := run(t.Output(), settings{n: *kills, seed: 1, dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
}

// TestPowerCuts: what was acknowledged is there after a power cut; without the
// sync, or on a disk that lies, it is not, so the rig does lose.
func TestPowerCuts(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	for _, control := range []string{"", controlRelaxed, controlLying} {
		err := run(t.Output(), settings{n: *cuts, seed: 1, power: true, control: control, dir: t.TempDir()})
		if errors.Is(err, errSkipped) {
			t.Skip(err)
		}
		if err != nil {
			t.Errorf("control %q: %v", control, err)
		}
	}
}

// TestShares: all kills are given to a mesh, each to one.
func TestShares(t *testing.T) {
	for _, n := range []int{0, 1, 3, 4, 12, 300, 301, 5000} {
		left := n
		for i, s := range (settings{n: n, first: 7}).shares() {
			if left -= s.kills; s.number != 7+i || s.kills < 1 || s.kills > killsOfMesh {
				t.Errorf("%d kills: mesh %d is number %d and has %d", n, i, s.number, s.kills)
			}
		}
		if left != 0 {
			t.Errorf("%d kills: %d are nobody's", n, left)
		}
	}
}

// TestMedium: what was flushed survives, what was not may be lost.
func TestMedium(t *testing.T) {
	blank := make([]byte, 8*sector)
	m := newMedium(blank, false)
	m.write(0, []byte{1})
	m.flush()
	if blank[0] != 0 { // it is that of other disks too
		t.Error("what was flushed is in the image that the medium began with")
	}
	m.write(sector, []byte{2})
	lost := 0
	for seed := range uint64(20) {
		m.lost = 0
		image, n := m.arm(newRandom(seed), 1, 0)
		if image[0] != 1 {
			t.Error("what was flushed is lost")
		}
		if (image[sector] == 0) != (n == 1) {
			t.Errorf("%d lost, and the medium holds %d", n, image[sector])
		}
		lost += n
	}
	if lost == 0 || lost == 20 {
		t.Errorf("of 20 cuts %d have lost what was not flushed", lost)
	}
}
