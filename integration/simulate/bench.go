package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// measurement is one figure of integration/bench, on disk and in real time.
type measurement struct {
	Case  string  `json:"case"`
	What  string  `json:"what"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
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

// elsewhere is what was measured for the same picture.
func (l *lab) elsewhere(picture string) []series { return nil }
