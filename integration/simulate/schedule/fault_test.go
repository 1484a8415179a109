package schedule

import "testing"

// TestFaultNames: what a set of faults prints is read as the same set.
func TestFaultNames(t *testing.T) {
	for _, f := range []Faults{0, All, classic, Drop, All &^ (Lie | Clone), All &^ Twins, Twins, Cut | Torn | Twins, classic | Rollback} {
		if g, err := ParseFaults(f.String()); err != nil || g != f {
			t.Errorf("%q reads as %q, %v", f, g, err)
		}
	}
	if _, err := ParseFaults("all,-rain"); err == nil {
		t.Error("a fault that there is not is read")
	}
}
