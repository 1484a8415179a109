package main

import (
	"encoding/json"
	"fmt"
	"os"
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
	points := l.curve(curve)
	if len(points) == 0 {
		return nil
	}
	return []series{{Name: name, Dashed: true, Points: points}}
}
