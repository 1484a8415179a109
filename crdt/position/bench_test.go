package position_test

import (
	"testing"

	"github.com/crdtstore/crdtstore/crdt/position"
)

// lists are the lists that benchmarks measure.
var lists = map[string]func() []position.Position{
	"appended by one":   func() []position.Position { return grow(true, alone) },
	"prepended by one":  func() []position.Position { return grow(false, alone) },
	"appended in turn":  func() []position.Position { return grow(true, inTurn) },
	"prepended in turn": func() []position.Position { return grow(false, inTurn) },
}

func BenchmarkRanks(b *testing.B) {
	for what, list := range lists {
		b.Run(what, func(b *testing.B) {
			at := list()
			for b.Loop() {
				position.Ranks(at)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/many, "ns/position")
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	for what, list := range lists {
		b.Run(what, func(b *testing.B) {
			in := [][]position.Element{elements(list())}
			var out []byte
			for b.Loop() {
				out = position.Append(out[:0], in, func(r [16]byte) int { return int(r[0] - 'a') })
			}
			b.ReportMetric(float64(len(out))/many, "B/position")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/many, "ns/position")
		})
	}
}

func BenchmarkElements(b *testing.B) {
	for what, list := range lists {
		b.Run(what, func(b *testing.B) {
			p := pack([][]position.Element{elements(list())})
			for b.Loop() {
				if _, err := p.unpack(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/many, "ns/position")
		})
	}
}
