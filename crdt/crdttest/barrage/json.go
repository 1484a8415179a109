package barrage

import (
	"encoding/json"
	"slices"
)

// jsonItems finds the values in a text that is JSON; names of members are
// values, too.
func jsonItems(b []byte) (items []item) {
	if len(b) == 0 || !json.Valid(b) {
		return nil
	}
	var open []int
	parent := func() int {
		if len(open) == 0 {
			return -1
		}
		return open[len(open)-1]
	}
	for at := 0; at < len(b) && len(items) < width; at++ {
		from := at
		switch c := b[at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
			continue
		case '}', ']':
			last := len(open) - 1
			items[open[last]].to = at + 1
			open = open[:last]
			continue
		case '{', '[':
			items = append(items, item{from: at, parent: parent()})
			open = append(open, len(items)-1)
			continue
		case '"':
			for at++; b[at] != '"'; at++ {
				if b[at] == '\\' {
					at++
				}
			}
		default:
			for at+1 < len(b) && !slices.Contains([]byte(" \t\r\n,:]}"), b[at+1]) {
				at++
			}
		}
		items = append(items, item{from: from, to: at + 1, parent: parent()})
	}
	if len(open) > 0 { // too many to look at
		return nil
	}
	return items
}

// words are values that decoders of JSON may stumble on.
var words = []string{"null", "true", `""`, "0", "-0", "1.0", "-1", "1e308", "1e-400", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "5e-324",
	`"\u0000"`, `"\ud83d\ude00"`, `"\ud800"`, `"$"`, `"$$a"`, `"$counter"`, `"$set"`, `"$text"`, `"$bytes"`, `"$register"`, `"/"`, `"/0"`, `"/-"`, `"~1"`, "[]", "{}", `[[]]`, `{"":0}`, `{"$counter":1}`, `{"$set":[1]}`, `{"$text":"é"}`}

// json changes one value of JSON.
func (m mutation) json(b []byte, items []item, donor *value) []byte {
	i := m.IntN(len(items))
	it := items[i]
	whole := b[it.from:it.to]
	with := func(parts ...[]byte) []byte {
		return slices.Concat(b[:it.from], slices.Concat(parts...), b[it.to:])
	}
	other := func() []byte {
		if len(donor.json) == 0 || m.IntN(3) == 0 {
			return []byte(words[m.IntN(len(words))])
		}
		from := donor.json[m.IntN(len(donor.json))]
		return donor.bytes[from.from:from.to]
	}
	switch m.IntN(8) {
	case 0:
		return with(whole, []byte(","), whole)
	case 1:
		return with(other(), []byte(","), whole)
	case 2, 3, 4:
		return with(other())
	case 5: // with what parts it from the next
		to := it.to
		for to < len(b) && slices.Contains([]byte(" \t\r\n,:"), b[to]) {
			to++
		}
		return slices.Concat(b[:it.from], b[to:])
	case 6:
		return with([]byte("["), whole, []byte("]"))
	}
	return with(m.any(whole))
}
