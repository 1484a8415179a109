package badger

import (
	"bufio"
	"fmt"
	"os"
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

// letGo takes the pages of files out of the memory of this process. What was
// written to them stays in the page cache, and reading them brings them back.
// The files must stay mapped where they are until it returns.
func letGo(files map[string]bool) error {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return fmt.Errorf("let go of tables: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		m, ok := parseMapping(lines.Text())
		if !ok || !m.shared || !files[m.file] {
			continue
		}
		if _, _, e := unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED); e != 0 {
			return fmt.Errorf("let go of %s: %w", m.file, e)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("let go of tables: %w", err)
	}
	return nil
}

// mapping is a file in the address space.
type mapping struct {
	from, to uintptr
	shared   bool // changes go to the file
	file     string
}

// parseMapping reads a line of /proc/self/maps, as in
//
//	7f0c5e600000-7f0c5e9d5000 rw-s 00000000 fe:00 12345   /data/store/000007.sst
//
// It is false for one that is no file.
func parseMapping(line string) (m mapping, ok bool) {
	at := strings.IndexByte(line, '/')
	if at < 0 {
		return mapping{}, false
	}
	fields := strings.Fields(line[:at])
	if len(fields) != 5 || len(fields[1]) != 4 {
		return mapping{}, false
	}
	low, high, _ := strings.Cut(fields[0], "-")
	from, err := strconv.ParseUint(low, 16, 64)
	if err != nil {
		return mapping{}, false
	}
	to, err := strconv.ParseUint(high, 16, 64)
	if err != nil || to <= from {
		return mapping{}, false
	}
	return mapping{uintptr(from), uintptr(to), fields[1][3] == 's', line[at:]}, true
}
