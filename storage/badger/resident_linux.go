package badger

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// residentFiles is how many bytes of mapped files are in memory of this
// process: its RssFile.
func residentFiles() (int64, error) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, fmt.Errorf("memory of mapped files: %w", err)
	}
	fields := strings.Fields(string(b))
	if len(fields) < 3 {
		return 0, fmt.Errorf("memory of mapped files: %q", b)
	}
	pages, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("memory of mapped files: %w", err)
	}
	return pages * int64(os.Getpagesize()), nil
}

// letGo takes the pages of files in dir that are mapped at our own addresses out
// of the memory of this process. What was written to them stays in the page
// cache, and touching them brings them back. Files may be mapped and unmapped
// meanwhile.
func letGo(dir string) error {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return fmt.Errorf("let go of files: %w", err)
	}
	defer f.Close()
	ours, err := own.mapped(f, dir)
	if err != nil {
		return fmt.Errorf("let go of files: %w", err)
	}
	for _, m := range ours {
		if _, _, e := unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED); e != 0 && e != unix.ENOMEM { // which is: unmapped
			return fmt.Errorf("let go of %s: %w", m.file, e)
		}
	}
	return nil
}

// errStranger is returned when something else than a file that is shared with
// the page cache is mapped where only files of stores ought to be: its content
// could be nowhere else.
var errStranger = errors.New("something else is mapped among the files of stores")

// mapped reads a list of mappings, in order of addresses, and returns those of
// files in dir.
func (a *addresses) mapped(maps io.Reader, dir string) (ours []mapping, err error) {
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		m, err := parseMapping(lines.Text())
		switch {
		case err != nil:
			return nil, err
		case m.to <= a.from:
			continue
		case m.from >= a.to:
			return ours, nil
		case m.from < a.from, m.to > a.to, !m.shared, m.file == "":
			return nil, fmt.Errorf("%w: %x to %x", errStranger, m.from, m.to)
		case filepath.Dir(m.file) == dir:
			ours = append(ours, m)
		}
	}
	return ours, lines.Err()
}

// mapping is a line of /proc/self/maps.
type mapping struct {
	from, to uintptr
	shared   bool   // changes go to the file
	file     string // "" if there is none
}

// parseMapping reads a line, as in
//
//	7f0c5e600000-7f0c5e9d5000 rw-s 00000000 fe:00 12345   /data/store/000007.sst
func parseMapping(line string) (m mapping, err error) {
	bad := fmt.Errorf("no mapping: %q", line)
	fields := strings.Fields(line)
	if len(fields) < 5 || len(fields[1]) != 4 {
		return mapping{}, bad
	}
	low, high, _ := strings.Cut(fields[0], "-")
	from, err := strconv.ParseUint(low, 16, 64)
	if err != nil {
		return mapping{}, bad
	}
	to, err := strconv.ParseUint(high, 16, 64)
	if err != nil || to <= from {
		return mapping{}, bad
	}
	m = mapping{from: uintptr(from), to: uintptr(to), shared: fields[1][3] == 's'}
	if at := strings.IndexByte(line, '/'); at >= 0 {
		m.file = line[at:]
	}
	return m, nil
}

// letGoOf takes whole pages of the heap that are all zeros out of the memory of this process.
// Touched, they are zeros again. Nobody writes to them meanwhile.
func letGoOf(zeros []byte) error {
	if err := unix.Madvise(zeros, unix.MADV_DONTNEED); err != nil {
		return fmt.Errorf("let go of %d bytes of memory: %w", len(zeros), err)
	}
	return nil
}
