package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// disk is a small ext4 file system in an image, of its own.
type disk struct {
	image, dir string
	neighbours int
}

// errNoMount is returned where loop devices cannot be mounted: they need root.
var errNoMount = errors.New("a small file system cannot be mounted")

// newDisk makes and mounts one of so many MiB.
func newDisk(under string, mib int64) (*disk, error) {
	d := &disk{image: filepath.Join(under, "image"), dir: filepath.Join(under, "disk")}
	f, err := os.Create(d.image)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Truncate(mib<<20), f.Close(), os.Mkdir(d.dir, 0o700)); err != nil {
		return nil, err
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-m", "0", d.image).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: mkfs.ext4: %w: %s", errNoMount, err, out)
	}
	if out, err := exec.Command("mount", "-o", "loop", d.image, d.dir).CombinedOutput(); err != nil {
		if err := unix.Mount("tmpfs", d.dir, "tmpfs", 0, fmt.Sprintf("size=%dm", mib)); err != nil {
			return nil, fmt.Errorf("%w: %w: %s", errNoMount, err, out)
		}
	}
	return d, nil
}

// free is what is free on it, in bytes.
func (d *disk) free() (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(d.dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}

// fill lets a neighbour take what is free, but for so many bytes.
func (d *disk) fill(leave int64) error {
	for {
		free, err := d.free()
		if err != nil || free <= leave {
			return err
		}
		d.neighbours++
		f, err := os.Create(filepath.Join(d.dir, fmt.Sprintf("neighbour%d", d.neighbours)))
		if errors.Is(err, unix.ENOSPC) {
			return nil
		}
		if err != nil {
			return err
		}
		take := free - leave
		err = unix.Fallocate(int(f.Fd()), 0, 0, take)
		f.Close()
		if err != nil && !errors.Is(err, unix.ENOSPC) && !errors.Is(err, unix.EINTR) {
			return err
		}
		if take < 64<<10 {
			return nil
		}
	}
}

// empty lets the neighbour go.
func (d *disk) empty() error {
	paths, err := filepath.Glob(filepath.Join(d.dir, "neighbour*"))
	for _, path := range paths {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

func (d *disk) close() error { return unix.Unmount(d.dir, syscall.MNT_DETACH) }
