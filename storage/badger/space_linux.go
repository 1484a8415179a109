package badger

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	_ "unsafe" // for go:linkname

	"golang.org/x/sys/unix"
)

// canReserve reports whether blocks can be reserved on this system.
const canReserve = true

// mapper is what unix.Mmap, and so Badger, maps files with. Badger makes its
// files as long as they are to be, without blocks, and maps them; there is no
// other place between the two. TestReserve notices if the type has changed.
//
//go:linkname mapper golang.org/x/sys/unix.mapper
var mapper *struct {
	sync.Mutex
	active map[*byte][]byte
	mmap   func(addr, length uintptr, prot, flags, fd int, offset int64) (uintptr, error)
}

// spaces are the stores that are open for writing, by directory.
var spaces struct {
	sync.RWMutex
	of map[string]*space
}

func init() {
	system := mapper.mmap
	mapper.mmap = func(addr, length uintptr, prot, flags, fd int, offset int64) (uintptr, error) {
		if prot&unix.PROT_WRITE != 0 && flags&unix.MAP_SHARED != 0 {
			at, err := beforeMapping(fd, length)
			if err != nil {
				return 0, err
			}
			if addr == 0 {
				addr = at // a wish: the system maps elsewhere if something is there
			}
		}
		return system(addr, length, prot, flags, fd, offset)
	}
}

// beforeMapping lets the space of the directory that a file is in reserve its
// blocks, and returns where it is to be mapped; 0 for files of others.
func beforeMapping(fd int, bytes uintptr) (at uintptr, err error) {
	spaces.RLock()
	none := len(spaces.of) == 0
	spaces.RUnlock()
	if none || fd < 0 {
		return 0, nil
	}
	path, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
	if err != nil {
		return 0, nil // nothing is mounted there: see space.opened
	}
	spaces.RLock()
	s := spaces.of[filepath.Dir(path)]
	spaces.RUnlock()
	if s == nil {
		return 0, nil
	}
	if err := s.reserve(fd, path, int64(bytes)); err != nil {
		return 0, err
	}
	own.forget()
	return own.take(bytes), nil
}

func watch(s *space) {
	spaces.Lock()
	defer spaces.Unlock()
	if spaces.of == nil {
		spaces.of = map[string]*space{}
	}
	spaces.of[s.dir] = s
}

func unwatch(s *space) {
	spaces.Lock()
	defer spaces.Unlock()
	if spaces.of[s.dir] == s {
		delete(spaces.of, s.dir)
	}
}

// reserve gives a file blocks for bytes from offset on; with keep its length
// stays.
func reserve(fd int, offset, bytes int64, keep bool) error {
	mode := uint32(0)
	if keep {
		mode = unix.FALLOC_FL_KEEP_SIZE
	}
	for {
		if err := unix.Fallocate(fd, mode, offset, bytes); err != unix.EINTR {
			return err
		}
	}
}

// reserveFile is reserve of a file by its path, opened with flags.
func reserveFile(path string, flags int, offset, bytes int64, keep bool) error {
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(reserve(int(f.Fd()), offset, bytes, keep), f.Close())
}

// giveBack frees what a reserve that failed may have taken.
func giveBack(fd int, bytes int64) {
	for unix.Fallocate(fd, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, bytes) == unix.EINTR {
	}
}

// free is how many bytes the file system of a directory has for its user.
func free(dir string) (int64, error) {
	for {
		var st unix.Statfs_t
		switch err := unix.Statfs(dir, &st); err {
		case nil:
			return int64(st.Bavail) * int64(st.Bsize), nil
		case unix.EINTR:
		default:
			return 0, err
		}
	}
}

// isFresh reports whether a file has no blocks yet: nothing was written to it.
func isFresh(fd int) (bool, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return false, err
	}
	return st.Blocks == 0, nil
}

// outOfSpace reports whether there is no room for a file: on the disk, or in what
// its owner may use of it.
func outOfSpace(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

func cannotReserve(err error) bool {
	return errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS)
}
