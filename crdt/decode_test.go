package crdt_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// doc assembles canonical bytes by hand: body, replicas, transactions, runs.
func doc(body string, replicas string, rows, runs string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll("84 01"+body+replicas+"82"+rows+runs, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// doc5 is doc with orders.
func doc5(body, replicas, rows, runs, orders string) []byte {
	b := doc(body, replicas, rows, runs)
	b[0]++
	o, err := hex.DecodeString(strings.ReplaceAll(orders, " ", ""))
	if err != nil {
		panic(err)
	}
	return append(b, o...)
}

const (
	oneReplica  = "50 61000000000000000000000000000000"
	twoReplicas = "5820 61000000000000000000000000000000 62000000000000000000000000000000"
	oneRow      = "82 00 01" // replica 0, time 1
)

func TestDecodeRefuses(t *testing.T) {
	ok := doc("61 78", oneReplica, oneRow, "83 00 00 01")
	if _, err := crdt.Decode(ok); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"a number in a longer form":        doc("18 01", oneReplica, oneRow, "83 00 00 01"),
		"an integer beyond int64":          doc("1b 8000000000000000", oneReplica, oneRow, "83 00 00 01"),
		"a negative beyond int64":          doc("3b 8000000000000000", oneReplica, oneRow, "83 00 00 01"),
		"NaN":                              doc("fb 7ff8000000000000", oneReplica, oneRow, "83 00 00 01"),
		"infinity":                         doc("fb 7ff0000000000000", oneReplica, oneRow, "83 00 00 01"),
		"a half float":                     doc("f9 3c00", oneReplica, oneRow, "83 00 00 01"),
		"undefined":                        doc("f7", oneReplica, oneRow, "83 00 00 01"),
		"a tag":                            doc("c0 60", oneReplica, oneRow, "83 00 00 01"),
		"a text that is not UTF-8":         doc("61 ff", oneReplica, oneRow, "83 00 00 01"),
		"a surrogate":                      doc("63 eda080", oneReplica, oneRow, "83 00 00 01"),
		"an indefinite map":                doc("bf ff", oneReplica, oneRow, "83 00 00 01"),
		"fields out of order":              doc("a2 6162 01 6161 02", oneReplica, oneRow, "83 00 00 03"),
		"a field twice":                    doc("a2 6161 01 6161 02", oneReplica, oneRow, "83 00 00 03"),
		"a longer name first":              doc("a2 626161 01 6162 02", oneReplica, oneRow, "83 00 00 03"),
		"a field name that is a tag":       doc("a1 6224 78 01", oneReplica, oneRow, "83 00 00 02"),
		"a field that is a number":         doc("a1 01 01", oneReplica, oneRow, "83 00 00 02"),
		"a map too large":                  doc("ba ffffffff", oneReplica, oneRow, "83 00 00 01"),
		"a text too large":                 doc("7a ffffffff", oneReplica, oneRow, "83 00 00 01"),
		"an empty escape":                  doc("80", oneReplica, oneRow, "80"),
		"a needless escape of a scalar":    doc("83 02 01 6178", oneReplica, oneRow, "83 00 00 01"),
		"a needless escape of a map":       doc("84 01 01 f6 a0", oneReplica, oneRow, "83 00 00 01"),
		"kind 0":                           doc("83 00 01 01", oneReplica, oneRow, "83 00 00 01"),
		"kind 256":                         doc("83 19 0100 01 01", oneReplica, oneRow, "83 00 00 01"),
		"a kind twice":                     doc("86 03 01 01 03 01 01", oneReplica, oneRow, "83 00 00 02"),
		"a kind without entries":           doc("82 03 00", oneReplica, oneRow, "80"),
		"a map with nothing":               doc("83 01 00 a0", oneReplica, oneRow, "80"),
		"presence that is not null":        doc("85 01 02 f6 f5 a0", oneReplica, oneRow, "83 00 00 02"),
		"a counter of text":                doc("83 03 01 6178", oneReplica, oneRow, "83 00 00 01"),
		"a counter of a float":             doc("83 03 01 fb 3ff0000000000000", oneReplica, oneRow, "83 00 00 01"),
		"a set of arrays":                  doc("83 04 01 8101", oneReplica, oneRow, "83 00 00 01"),
		"a set of maps":                    doc("83 04 01 a0", oneReplica, oneRow, "83 00 00 01"),
		"a list with nothing":              doc("83 05 00 80", oneReplica, oneRow, "80"),
		"presence of a list not null":      doc("84 05 01 f5 80", oneReplica, oneRow, "83 00 00 01"),
		"a list of elements without order": doc("84 05 01 f6 81 01", oneReplica, oneRow, "83 00 00 03"),
		"orders without elements":          doc5("84 05 01 f6 80", oneReplica, oneRow, "83 00 00 01", "41 00"),
		"orders cut off":                   doc5("84 05 01 f6 81 01", oneReplica, oneRow, "83 00 00 03", "41 00"),
		"orders with a byte more":          doc5("84 05 01 f6 81 01", oneReplica, oneRow, "83 00 00 03", "44 00 03 01 00"),
		"an empty element":                 doc5("84 05 01 f6 81 80", oneReplica, oneRow, "83 00 00 01", "46 01 00 02 02 00 01"),
		"a text without entries":           doc("84 06 00 60 40", oneReplica, oneRow, "80"),
		"a text of numbers":                doc("85 06 01 01 60 40", oneReplica, oneRow, "83 00 00 01"),
		"content without heads":            doc("85 06 01 f6 6178 40", oneReplica, oneRow, "83 00 00 01"),
		"events without heads":             doc("85 06 01 f6 60 4101", oneReplica, oneRow, "83 00 00 01"),
		"heads without events":             doc("85 06 01 f5 6178 40", oneReplica, oneRow, "83 00 00 01"),
		"a partial text":                   doc("85 06 01 f5 f6 4101", oneReplica, oneRow, "83 00 00 01"),
		"a text of bytes":                  doc("85 06 01 f6 40 40", oneReplica, oneRow, "83 00 00 01"),
		"a text cut short":                 doc("84 06 01 f6 60", oneReplica, oneRow, "83 00 00 01"),
		"a list too deep":                  doc(strings.Repeat("a1 60", 64)+"84 05 01 f6 80", oneReplica, oneRow, "83 00 00 1841"),
		"set elements out of order":        doc("84 04 02 6162 6161", oneReplica, oneRow, "83 00 00 02"),
		"register values out of order":     doc("84 02 02 6161 6162", oneReplica, oneRow, "83 00 00 02"),
		"kinds out of order":               doc("86 02 01 01 03 01 01", oneReplica, oneRow, "83 00 00 02"),
		"more entries than stamps":         doc("a1 6161 01", oneReplica, oneRow, "83 00 00 01"),
		"more stamps than entries":         doc("6178", oneReplica, oneRow, "83 00 00 02"),
		"an empty run":                     doc("6178", oneReplica, oneRow, "86 00 00 01 00 00 00"),
		"a run cut in two":                 doc("a1 6161 01", oneReplica, oneRow, "86 00 00 01 00 00 01"),
		"counter 0":                        doc("6178", oneReplica, oneRow, "83 00 20 01"),
		"a counter beyond int64":           doc("6178", oneReplica, oneRow, "83 00 1b 7fffffffffffffff 01"),
		"a gap beyond int64":               doc("6178", oneReplica, oneRow, "83 00 1b 8000000000000000 01"),
		"a dot twice":                      doc("a1 6161 01", oneReplica, oneRow, "86 00 00 01 00 20 01"),
		"a dot twice in two transactions":  doc("a1 6161 01", oneReplica, "84 00 01 00 02", "86 00 00 01 01 00 01"),
		"a transaction twice":              doc("a1 6161 01", oneReplica, "84 00 01 00 01", "86 00 00 01 01 01 01"),
		"a transaction that is not used":   doc("6178", oneReplica, "84 00 01 00 02", "83 00 00 01"),
		"transactions out of order":        doc("a1 6161 01", oneReplica, "84 00 01 00 02", "86 01 00 01 00 01 01"),
		"a replica that is not used":       doc("6178", twoReplicas, oneRow, "83 00 00 01"),
		"a replica twice":                  doc("a1 6161 01", "5820"+oneReplica[2:]+oneReplica[2:], "84 00 01 01 02", "86 00 00 01 01 01 01"),
		"replicas out of order":            doc("a1 6161 01", twoReplicas, "84 01 01 00 02", "86 00 00 01 01 01 01"),
		"a replica that is not there":      doc("6178", oneReplica, "82 01 01", "83 00 00 01"),
		"replicas of another size":         doc("6178", "4161", oneRow, "83 00 00 01"),
		"a third list of stamps":           append(doc("6178", oneReplica, oneRow, "83 00 00 01"), 0x80),
		"a byte string where an array was": doc("6178", oneReplica, "40", "83 00 00 01"),
		"too deep":                         doc(strings.Repeat("a1 60", 65)+"01", oneReplica, oneRow, "83 00 00 1842"),
		"an array too deep":                doc("83 02 01"+strings.Repeat("81", 65)+"01", oneReplica, oneRow, "83 00 00 01"),
		"an array too deep in an object":   doc("a1 60 83 02 01"+strings.Repeat("81", 64)+"01", oneReplica, oneRow, "83 00 00 02"),
		"an unknown kind too deep":         doc("83 09 01"+strings.Repeat("81", 65)+"01", oneReplica, oneRow, "83 00 00 01"),
		"a set too deep":                   doc(strings.Repeat("a1 60", 64)+"83 04 01 01", oneReplica, oneRow, "83 00 00 1841"),
		"a tag inside an array":            doc("83 02 01 81 a1 6224 78 01", oneReplica, oneRow, "83 00 00 01"),
	} {
		if d, err := crdt.Decode(b); !errors.Is(err, crdt.ErrMalformed) {
			t.Errorf("%s: %v %v", name, err, d != nil)
		}
	}
	if _, err := crdt.Decode([]byte{0x84, 2, 0xf6, 0x40, 0x80}); !errors.Is(err, crdt.ErrFormat) {
		t.Errorf("format 2: %v", err)
	}
	if _, err := crdt.Decode(make([]byte, crdt.MaxMerged+1)); !errors.Is(err, crdt.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func TestDecodeAccepts(t *testing.T) {
	for name, c := range map[string]struct {
		raw  []byte
		json string
	}{
		"the deepest object":         {doc(strings.Repeat("a1 60", 64)+"01", oneReplica, oneRow, "83 00 00 1841"), strings.Repeat(`{"":`, 64) + "1" + strings.Repeat("}", 64)},
		"the deepest array":          {doc("83 02 01"+strings.Repeat("81", 64)+"01", oneReplica, oneRow, "83 00 00 01"), strings.Repeat("[", 64) + "1" + strings.Repeat("]", 64)},
		"an unknown kind":            {doc("83 09 01 a1 6124 1b ffffffffffffffff", oneReplica, oneRow, "83 00 00 01"), "null"},
		"an unknown and a known":     {doc("86 09 01 82 01 02 02 01 6178", oneReplica, "84 00 02 00 01", "86 00 00 01 01 01 01"), `"x"`},
		"a kind of the next version": {doc("a1 6161 83 09 01 01", oneReplica, oneRow, "83 00 00 02"), `{"a":null}`},
		"a register of a map":        {doc("83 02 01 a1 6178 01", oneReplica, oneRow, "83 00 00 01"), `{"x":1}`},
		"an empty list":              {doc("84 05 01 f6 80", oneReplica, oneRow, "83 00 00 01"), `[]`},
		"a list":                     {doc5("84 05 01 f6 81 01", oneReplica, oneRow, "83 00 00 03", "43 00 03 01"), `[1]`},
		"an empty text":              {doc("85 06 01 f6 60 40", oneReplica, oneRow, "83 00 00 01"), `""`},
		"counter sums saturate":      {doc("84 03 02 1b 7fffffffffffffff 1b 7fffffffffffffff", twoReplicas, "84 00 01 01 01", "86 00 00 01 01 00 01"), "9223372036854775807"},
		"and downwards":              {doc("84 03 02 3b 7fffffffffffffff 20", twoReplicas, "84 00 01 01 01", "86 00 00 01 01 00 01"), "-9223372036854775808"},
		"the greatest counter":       {doc("6178", oneReplica, oneRow, "83 00 1b 7ffffffffffffffd 01"), `"x"`},
	} {
		d, err := crdt.Decode(c.raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkDecode(t, c.raw)
		if got := string(d.AppendJSON(nil, crdt.FormatPlain)); got != c.json {
			t.Errorf("%s: %s", name, got)
		}
	}
}
