package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// errSkipped is returned where the machine cannot cut its power: it says why.
var errSkipped = errors.New("power cuts need root, /dev/fuse, loop devices, losetup and mkfs.ext4")

// diskSize is that of the medium: an edge store and its logs, and room.
const diskSize = 192 << 20

// disk is a file system on a loop device on a medium.
type disk struct {
	fuse   *fuseServer
	medium *medium
	loop   string // /dev/loop…
	mount  string
}

// formatted is a new ext4 file system, as bytes.
func formatted(dir string) ([]byte, error) {
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("%w: not root", errSkipped)
	}
	for _, need := range []string{"losetup", "mkfs.ext4"} {
		if _, err := exec.LookPath(need); err != nil {
			return nil, fmt.Errorf("%w: %w", errSkipped, err)
		}
	}
	for _, need := range []string{"/dev/fuse", "/dev/loop-control"} {
		if _, err := os.Stat(need); err != nil {
			return nil, fmt.Errorf("%w: %w", errSkipped, err)
		}
	}
	path := filepath.Join(dir, "image")
	defer os.Remove(path)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return nil, err
	}
	if err := os.Truncate(path, diskSize); err != nil {
		return nil, err
	}
	if err := command("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=0,nodiscard", path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// plug mounts a medium that holds image below dir; the kernel replays its
// journal, as it does after a power cut.
func plug(dir string, image []byte, lying bool) (*disk, error) {
	d := &disk{medium: newMedium(image, lying), mount: filepath.Join(dir, "disk")}
	outer := filepath.Join(dir, "fuse")
	for _, p := range []string{outer, d.mount} {
		if err := os.MkdirAll(p, 0o700); err != nil {
			return nil, err
		}
	}
	var err error
	if d.fuse, err = mountMedium(outer, d.medium); err != nil {
		return nil, fmt.Errorf("%w: %w", errSkipped, err)
	}
	out, err := exec.Command("losetup", "--find", "--show", d.fuse.path()).CombinedOutput()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("losetup: %w %s", err, out), d.fuse.close())
	}
	d.loop = strings.TrimSpace(string(out))
	if err := syscall.Mount(d.loop, d.mount, "ext4", 0, "errors=continue"); err != nil {
		return nil, errors.Join(fmt.Errorf("mount %s: %w", d.loop, err), command("losetup", "-d", d.loop), d.fuse.close())
	}
	return d, nil
}

// unplug takes the file system away. What the kernel still writes goes to a
// medium that nobody reads any more.
func (d *disk) unplug() error {
	err := syscall.Unmount(d.mount, 0)
	if err != nil {
		err = errors.Join(fmt.Errorf("unmount %s: %w", d.mount, err), syscall.Unmount(d.mount, syscall.MNT_DETACH))
	}
	return errors.Join(err, command("losetup", "-d", d.loop), d.fuse.close())
}

// command runs a program that says nothing unless it fails.
func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w: %s", name, args, err, out)
	}
	return nil
}
