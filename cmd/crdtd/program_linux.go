package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// program is the file that this process runs, where it is mapped to be read only: its code, and the tables of the
// compiler. The system brings in what is touched of it, with fifteen pages around each, and keeps it in
// memory of the process from then on: what ran once, at a start, too.
type program struct{}

// errMappings is returned when the list of mappings reads as nothing that is known.
var errMappings = errors.New("no list of mappings")

// letGo takes the pages of the program out of the memory of this process. They stay in the page cache, and
// what runs next is there again without the disk, unless the system needed the room.
func (program) letGo() error {
	path, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("let go of the program: %w", err)
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return fmt.Errorf("let go of the program: %w", err)
	}
	defer f.Close()
	parts, err := unchanged(f, path)
	if err != nil {
		return fmt.Errorf("let go of the program: %w", err)
	}
	for _, p := range parts {
		// Nothing unmaps what the system has mapped to start this process, so nothing else can be there.
		if _, _, e := unix.Syscall(unix.SYS_MADVISE, p.from, p.to-p.from, unix.MADV_DONTNEED); e != 0 {
			return fmt.Errorf("let go of the program: %w", e)
		}
	}
	return nil
}

// part is some of the program in memory.
type part struct{ from, to uintptr }

// unchanged reads a list of mappings, each with what it has in memory, and returns those of the file at path that
// nobody can write to, and where nothing differs from the file: what differs, as addresses of a program that was
// moved, or what a debugger has put there, is nowhere else, and would be lost.
func unchanged(smaps io.Reader, path string) (parts []part, err error) {
	var p part
	ours, same := false, 0 // of the counts of what differs, those that are 0
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		line := lines.Text()
		fields := append(strings.Fields(line), "", "")
		switch name, isCount := strings.CutSuffix(fields[0], ":"); {
		case !isCount:
			low, high, _ := strings.Cut(fields[0], "-")
			from, failed := strconv.ParseUint(low, 16, 64)
			to, failedToo := strconv.ParseUint(high, 16, 64)
			if failed != nil || failedToo != nil || to <= from {
				return nil, fmt.Errorf("%w: %q", errMappings, line)
			}
			p, same = part{uintptr(from), uintptr(to)}, 0
			_, file, named := strings.Cut(line, "/")
			ours = named && "/"+file == path && (fields[1] == "r-xp" || fields[1] == "r--p")
		case ours && (name == "Anonymous" || name == "Swap") && fields[1] == "0":
			if same++; same == 2 {
				parts = append(parts, p)
			}
		}
	}
	return parts, lines.Err()
}
