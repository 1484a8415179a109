package schedule

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// Faults is a set of kinds of misfortune.
type Faults uint32

// The kinds. Those from Drop to OneWay befall messages, those to Pause connections and
// processes, those to Skew machines, the others what is stored and said.
const (
	Drop        Faults = 1 << iota // a message never arrives, and its session goes on
	Duplicate                      // a message arrives twice
	Reorder                        // a message overtakes others
	Delay                          // messages of one direction wait
	OneWay                         // messages of one direction wait until the connection is given up
	Cut                            // a connection ends, with what is on its way
	Pause                          // a side pauses
	Crash                          // a process is killed
	Stop                           // a process ends in good order
	Torn                           // the power is cut: what was not synced is lost, or a part of it
	Fail                           // a commit or a sync fails, and may have happened
	Full                           // the disk is full for a while
	Slow                           // commits wait
	Clock                          // a clock jumps
	Away                           // a peer is away, for hours or 400 days, and goes on writing
	Clone                          // a store is copied, and both copies live
	Rollback                       // a backup is put back, and nobody says so
	Restore                        // a backup is put back
	Incarnation                    // a new incarnation is taken for no reason
	Forfeit                        // a range of keys is given up
	Rot                            // what is stored changes, or is lost, and is found later
	Repair                         // a document becomes an earlier one, with all that is kept of it: only peers can tell
	Forget                         // removals are forgotten
	Scope                          // a peer leaves keys, and comes back to them
	Spoil                          // a document arrives spoiled, and is refused
	Skew                           // a peer is of the next version
	Lie                            // a peer lies
	Twins                          // a store is copied, neither copy knows, and both go on with the same dots
	endOfFaults
)

// All are all faults.
const All = endOfFaults - 1

// classic are those that schedules had before there were others: what is kept as
// a seed of that time has no others.
const classic = Cut | Pause | Crash | Stop | Torn | Fail | Away | Restore | Incarnation | Forfeit | Forget

var faultNames = []string{
	"drop", "duplicate", "reorder", "delay", "one-way", "cut", "pause", "crash", "stop", "torn", "fail", "full", "slow", "clock", "away",
	"clone", "rollback", "restore", "incarnation", "forfeit", "rot", "repair", "forget", "scope", "spoil", "skew", "lie", "twins",
}

// FaultNames are the names of all faults, between commas.
func FaultNames() string { return strings.Join(faultNames, ", ") }

// Has reports whether all of g are in f.
func (f Faults) Has(g Faults) bool { return f&g == g }

// Each lists the faults of f, one by one.
func (f Faults) Each() (all []Faults) {
	for f &= endOfFaults - 1; f != 0; f &= f - 1 {
		all = append(all, 1<<bits.TrailingZeros32(uint32(f)))
	}
	return all
}

// String lists names between commas; "all", "none", and what is missing of all
// after a minus where that is shorter.
func (f Faults) String() string {
	name := func(f Faults) string { return faultNames[bits.TrailingZeros32(uint32(f))] }
	switch missing := (All &^ f).Each(); {
	case f == 0:
		return "none"
	case f == classic:
		return "classic"
	case len(missing) < len(faultNames)/2:
		s := "all"
		for _, m := range missing {
			s += ",-" + name(m)
		}
		return s
	}
	var names []string
	for _, g := range f.Each() {
		names = append(names, name(g))
	}
	return strings.Join(names, ",")
}

// ParseFaults reads what String prints: names, "all", "none" and "classic" between
// commas, from left to right; with a minus they are taken away.
func ParseFaults(s string) (f Faults, err error) {
	for _, name := range strings.Split(s, ",") {
		name, less := strings.CutPrefix(strings.TrimSpace(name), "-")
		g := Faults(0)
		switch i := slices.Index(faultNames, name); {
		case name == "all":
			g = All
		case name == "classic":
			g = classic
		case name == "none" || name == "":
		case i < 0:
			return 0, fmt.Errorf("no fault is called %q; there are %s", name, strings.Join(faultNames, ", "))
		default:
			g = 1 << i
		}
		if less {
			f &^= g
		} else {
			f |= g
		}
	}
	return f, nil
}
