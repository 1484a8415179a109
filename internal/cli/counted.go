package cli

import (
	"fmt"

	"github.com/dustin/go-humanize/english"
)

// Counted is how many there are of something: "1 document", "1000 documents". Digits are not grouped, so
// that programs can read them too.
func Counted[N ~int | ~int64 | ~uint64](n N, noun string) string {
	if n != 1 {
		noun = english.PluralWord(0, noun, "")
	}
	return fmt.Sprintf("%d %s", n, noun)
}
