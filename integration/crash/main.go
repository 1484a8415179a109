package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

// settings are the flags.
type settings struct {
	n       int
	first   int
	seed    uint64
	power   bool
	control string
	dir     string
}

func main() {
	var s settings
	short := flag.Bool("short", false, "the short form: 300 kills, or 10 power cuts")
	flag.IntVar(&s.n, "n", 5000, "how many kills, or power cuts (200 with -power)")
	flag.IntVar(&s.first, "first", 0, "number of the mesh, or disk, to begin with")
	flag.Uint64Var(&s.seed, "seed", uint64(time.Now().UnixNano()), "of everything that is random here")
	flag.BoolVar(&s.power, "power", false, "cut the power instead of killing processes; needs root")
	flag.StringVar(&s.control, "control", "", "with -power: relaxed or lying, which must lose")
	flag.StringVar(&s.dir, "dir", "", "where crdtd is built and peers live; default: a temporary folder")
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "n" })
	switch {
	case *short && s.power:
		s.n = 10
	case *short:
		s.n = 300
	case s.power && !given:
		s.n = 200
	}
	switch err := run(os.Stdout, s); {
	case errors.Is(err, errSkipped):
		fmt.Println("crash: skipped:", err)
	case err != nil:
		fmt.Fprintln(os.Stderr, "crash:", err)
		os.Exit(1)
	}
}

// run carries out the programme; an error is a violation, or that it could not
// be carried out.
func run(w io.Writer, s settings) error {
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "crdtstore-crash-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		s.dir = dir
	}
	bin, err := process.Build(s.dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "crash: seed %d\n", s.seed)
	if s.power {
		return runPower(w, s, bin)
	}
	return runKills(w, s, bin)
}
