package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// measurement is one figure of integration/bench, on disk and in real time.
type measurement struct {
	Value  float64 `json:"value"`
	Points []struct {
		Curve string  `json:"curve"`
		X     float64 `json:"x"`
	} `json:"points"`
}

// readBench reads what integration/bench -json has written.
func readBench(path string) ([]measurement, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var report struct {
		Rows []measurement `json:"rows"`
	}
	if err := json.Unmarshal(b, &report); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return report.Rows, nil
}

// elsewhere is a curve that was measured on disk, as a line beside those of the
// simulation; no line if there is none.
func (l *lab) elsewhere(name, curve string) []series {
	s := series{Name: name, Dashed: true}
	for _, m := range l.measured {
		for _, p := range m.Points {
			if p.Curve == curve {
				s.Points = append(s.Points, point{p.X, m.Value})
			}
		}
	}
	if len(s.Points) == 0 {
		return nil
	}
	slices.SortFunc(s.Points, func(a, b point) int { return cmp.Compare(a.X, b.X) })
	return []series{s}
}
