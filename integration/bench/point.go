package main

// Curves, as -json names them.
const (
	curveEqual    = "equal peers: bytes, against documents"
	curveEqualMS  = "equal peers: time, against documents"
	curveAgree    = "100 differences: metadata bytes, against documents"
	curveAgreeMS  = "100 differences: time, against documents"
	curveDiffer   = "metadata bytes, against differences"
	curveDifferMS = "time, against differences"
	curveFresh    = "fresh peer: time, against documents"
	curveRoot     = "root after one write: time, against documents"
)

// point places a row on a curve: what was measured where the number of
// documents, or of differences, was X.
type point struct {
	Curve string  `json:"curve"`
	X     float64 `json:"x"`
}

// point places the last row on a curve.
func (b *bench) point(curve string, x int) {
	r := &b.report.Rows[len(b.report.Rows)-1]
	r.Points = append(r.Points, point{curve, float64(x)})
}
