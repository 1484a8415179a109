package barrage

import (
	"flag"
	"fmt"
	"reflect"
	"runtime/debug"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
)

var (
	lasting = flag.Duration("barrage.for", 0, "try inputs for so long, in this process")
	runs    = flag.Uint64("barrage.runs", 0, "try so many inputs, in this process")
	seed    = flag.Uint64("barrage.seed", 1, "what inputs are drawn from")
	from    = flag.Uint64("barrage.from", 0, "the number of the first input")
	keep    = flag.Bool("barrage.keep", true, "write an input that fails into testdata")
	found   = flag.String("barrage.found", "", "folder of what the fuzzing engine has found for the package, a folder for each target")
)

// Fuzz is f.Fuzz(fn), or with -barrage.for or -barrage.runs a barrage: fn is
// given what was added to f and what is in testdata, and then inputs that
// are made of these. One that fails is written into testdata, as the engine does.
func Fuzz(f *testing.F, fn any) {
	f.Helper()
	if *lasting == 0 && *runs == 0 {
		f.Fuzz(fn)
		return
	}
	target := reflect.ValueOf(fn)
	var known [][]any
	f.Fuzz(reflect.MakeFunc(target.Type(), func(args []reflect.Value) []reflect.Value {
		var in []any
		for _, v := range args[1:] {
			in = append(in, v.Interface())
		}
		known = append(known, in)
		return target.Call(args)
	}).Interface())
	if f.Failed() {
		return
	}
	if *found != "" {
		more, err := readCorpus(*found, f.Name(), typesOf(target.Type()))
		if err != nil {
			f.Fatal(err)
		}
		known = append(known, more...)
	}
	if len(known) == 0 { // a target that adds nothing
		var zero []any
		for _, t := range typesOf(target.Type()) {
			zero = append(zero, reflect.Zero(t).Interface())
		}
		known = append(known, zero)
	}
	b := &barrage{name: f.Name(), call: caller(target), corpus: newCorpus(known), next: *from}
	defer debug.SetGCPercent(debug.SetGCPercent(sparing))
	test := testing.InternalTest{Name: f.Name(), F: b.run}
	if !testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{test}) {
		f.Fail()
	}
}

// sparing is how much garbage there may be, in percent of what is used: that is
// little, and most of an input is garbage.
const sparing = 800

func typesOf(fn reflect.Type) (all []reflect.Type) {
	for i := 1; i < fn.NumIn(); i++ {
		all = append(all, fn.In(i))
	}
	return all
}

// caller calls a target; reflection would cost as much as a small decoder.
func caller(target reflect.Value) func(*testing.T, []any) {
	switch fn := target.Interface().(type) {
	case func(*testing.T, []byte):
		return func(t *testing.T, in []any) { fn(t, in[0].([]byte)) }
	case func(*testing.T, string):
		return func(t *testing.T, in []any) { fn(t, in[0].(string)) }
	}
	return func(t *testing.T, in []any) {
		args := []reflect.Value{reflect.ValueOf(t)}
		for _, v := range in {
			args = append(args, reflect.ValueOf(v))
		}
		target.Call(args)
	}
}

// barrage is what one target is given.
type barrage struct {
	name    string
	call    func(*testing.T, []any)
	corpus  *corpus
	next    uint64 // number of the next input
	skipped uint64 // inputs that the target did not want: they do not count
}

const (
	most  = 1 << 12     // inputs of a batch
	pulse = time.Second // how often it says how far it is
)

// run gives the target batches of inputs until the time is over, or all were
// given.
func (b *barrage) run(t *testing.T) {
	begin := time.Now()
	told := begin
	first, size := b.next, uint64(1)
	fmt.Printf("barrage: %s, seed %d, from %d known inputs\n", b.name, *seed, len(b.corpus.known))
	for !t.Failed() {
		now := time.Now()
		if now.Sub(told) >= pulse {
			told = now
			fmt.Printf("barrage: execs: %d\n", b.next-first-b.skipped)
		}
		if *lasting > 0 && now.Sub(begin) >= *lasting {
			break
		}
		n := size
		if *runs > 0 {
			n = min(n, first+*runs-b.next)
		}
		if n == 0 {
			break
		}
		var skipped uint64
		took, allowed := alloc.Together(func() { skipped = b.batch(t, n) })
		switch {
		case t.Failed():
			return
		case took > allowed: // one of them may have taken too much, or only all together
			b.batch(t, n)
			size = max(size/2, 1)
		case took < allowed/4:
			size = min(2*size, most)
		}
		b.next, b.skipped = b.next+n, b.skipped+skipped
	}
	if !t.Failed() {
		fmt.Printf("barrage: execs: %d\n", b.next-first-b.skipped)
	}
}

// batch gives the target the next n inputs, in tests of their own that are cleaned
// up behind: one that is skipped ends its test, and the others are given in another.
func (b *barrage) batch(t *testing.T, n uint64) (skipped uint64) {
	for at := b.next; at < b.next+n && !t.Failed(); at++ {
		t.Run("inputs", func(t *testing.T) {
			var in []any
			done := false
			defer func() {
				switch {
				case done:
				case t.Skipped() && !t.Failed():
					skipped++
				default:
					b.report(in, at)
				}
			}()
			for ; at < b.next+n; at++ {
				in = b.corpus.input(*seed, at)
				if b.call(t, in); t.Failed() {
					return
				}
			}
			done = true
		})
	}
	return skipped
}

// report keeps an input that fails, and says how to replay it.
func (b *barrage) report(in []any, number uint64) {
	file := "nothing"
	if *keep {
		var err error
		if file, err = writeInput(b.name, in); err != nil {
			file = err.Error()
		}
	}
	fmt.Printf("barrage: input %d fails; it is kept as %s\nreplay: go test -run '^%s$' -barrage.seed %d -barrage.from %d -barrage.runs 1\n",
		number, file, b.name, *seed, number)
}
