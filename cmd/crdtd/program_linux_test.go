package main

import (
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestRestLetsGoOfTheProgram: when much was allocated, the pages of the program are not in memory any more, and it
// runs on; they stay when little was done since, which would only bring them back.
func TestRestLetsGoOfTheProgram(t *testing.T) {
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	alive := make([]byte, 64<<20) // reading the lists is little beside it
	r := rest{log: slog.New(slog.DiscardHandler)}
	for range 2 { // what was let go of comes again, and goes again
		kept = make([]byte, 64<<20)
		kept = nil
		touch(t, exe)
		before := programInMemory(t, exe)
		r.come()
		if after := programInMemory(t, exe); before < 4<<20 || after > before/2 {
			t.Errorf("%d bytes of the program are in memory, %d before", after, before)
		}
	}
	touch(t, exe)
	before := programInMemory(t, exe)
	if r.come(); programInMemory(t, exe) < before {
		t.Errorf("%d bytes of the program are in memory, %d before, and nothing was allocated", programInMemory(t, exe), before)
	}
	runtime.KeepAlive(alive)
	if r.failed {
		t.Error("it has failed")
	}
}

// touch reads of each page of the program where it is mapped to be read only.
func touch(t *testing.T, exe string) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	var one [1]byte
	for line := range strings.Lines(string(maps)) {
		f := strings.Fields(line)
		if len(f) < 6 || f[5] != exe || f[1] != "r-xp" && f[1] != "r--p" {
			continue
		}
		low, high, _ := strings.Cut(f[0], "-")
		from, err := strconv.ParseInt(low, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		to, err := strconv.ParseInt(high, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		for at := from; at < to; at += int64(os.Getpagesize()) {
			if _, err := mem.ReadAt(one[:], at); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// programInMemory is how many bytes of the program are in memory where nothing is written to it.
func programInMemory(t *testing.T, exe string) (bytes int) {
	t.Helper()
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	ours := false
	for line := range strings.Lines(string(smaps)) {
		f := strings.Fields(line)
		if len(f) > 4 && strings.Contains(f[0], "-") {
			ours = len(f) > 5 && f[5] == exe && !strings.Contains(f[1], "w")
		} else if ours && f[0] == "Rss:" {
			kb, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			bytes += kb << 10
		}
	}
	return bytes
}

// TestUnchanged: only what is as it is in the file is let go of.
func TestUnchanged(t *testing.T) {
	mapping := func(address, mode, file, anonymous, swap string) string {
		return address + " " + mode + " 00001000 fe:00 1234                 " + file + "\n" +
			"Size:                 16 kB\nRss:                  16 kB\nAnonymous:            " + anonymous + " kB\n" +
			"Swap:                  " + swap + " kB\nVmFlags: rd ex mr mw me sd\n"
	}
	const exe = "/opt/the peers/crdtd"
	for _, c := range []struct {
		name, smaps string
		want        []part
	}{
		{"code", mapping("400000-404000", "r-xp", exe, "0", "0"), []part{{0x400000, 0x404000}}},
		{"tables", mapping("400000-404000", "r--p", exe, "0", "0"), []part{{0x400000, 0x404000}}},
		{"both, and data", mapping("400000-404000", "r-xp", exe, "0", "0") + mapping("404000-408000", "r--p", exe, "0", "0") +
			mapping("408000-40c000", "rw-p", exe, "0", "0"), []part{{0x400000, 0x404000}, {0x404000, 0x408000}}},
		{"moved", mapping("400000-404000", "r--p", exe, "4", "0"), nil},
		{"moved, and put aside", mapping("400000-404000", "r--p", exe, "0", "4"), nil},
		{"another file", mapping("400000-404000", "r-xp", "/lib/libc.so", "0", "0"), nil},
		{"a name that ends so", mapping("400000-404000", "r-xp", "/mnt"+exe, "0", "0"), nil},
		{"a name that is its end", mapping("400000-404000", "r-xp", "/crdtd", "0", "0"), nil},
		{"no file", mapping("400000-404000", "r-xp", "", "0", "0"), nil},
		{"nothing is said of what differs", "400000-404000 r-xp 00001000 fe:00 1234 " + exe + "\nRss:                  16 kB\n", nil},
		{"not all is said", "400000-404000 r-xp 00001000 fe:00 1234 " + exe + "\nAnonymous:             0 kB\n", nil},
	} {
		if got, err := unchanged(strings.NewReader(c.smaps), exe); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %x, %v; want %x", c.name, got, err, c.want)
		}
	}
	for _, bad := range []string{"\n", "-\n", "4000\n", "x-y r-xp 0 0 0 " + exe + "\n", "404000-400000 r-xp 0 0 0 " + exe + "\n"} {
		if got, err := unchanged(strings.NewReader(bad), exe); err == nil {
			t.Errorf("%q: %x", bad, got)
		}
	}
}
