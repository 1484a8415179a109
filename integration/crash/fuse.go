package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
)

// The part of the FUSE protocol (linux/fuse.h, version 7.31) that one file
// needs. The kernel is on the same machine: numbers are little-endian on all that
// crdtd is built for.
const (
	fuseLookup  = 1
	fuseForget  = 2
	fuseGetattr = 3
	fuseSetattr = 4
	fuseOpen    = 14
	fuseRead    = 15
	fuseWrite   = 16
	fuseStatfs  = 17
	fuseRelease = 18
	fuseFsync   = 20
	fuseFlush   = 25
	fuseInit    = 26
	fuseBatch   = 42

	fuseHeader   = 40
	fuseMaxWrite = 128 << 10

	rootNode, fileNode = 1, 2
	fileName           = "medium"
)

// fuseServer serves one directory with one file, which is the medium.
type fuseServer struct {
	dir    string
	fd     int
	medium *medium
	done   chan struct{}
}

// mountMedium mounts a file system at dir whose only file is the medium. The
// file is written through: nothing of it stays in the kernel but what lies
// above the block device.
func mountMedium(dir string, m *medium) (*fuseServer, error) {
	fd, err := syscall.Open("/dev/fuse", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/fuse: %w", err)
	}
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0,max_read=%d", fd, fuseMaxWrite)
	if err := syscall.Mount("crash", dir, "fuse", syscall.MS_NOSUID|syscall.MS_NODEV, options); err != nil {
		return nil, errors.Join(fmt.Errorf("mount fuse: %w", err), syscall.Close(fd))
	}
	s := &fuseServer{dir: dir, fd: fd, medium: m, done: make(chan struct{})}
	go s.serve()
	return s, nil
}

// path is that of the file.
func (s *fuseServer) path() string { return s.dir + "/" + fileName }

// close unmounts, now or once nobody uses it.
func (s *fuseServer) close() error {
	err := syscall.Unmount(s.dir, syscall.MNT_DETACH)
	<-s.done
	return errors.Join(err, syscall.Close(s.fd))
}

// serve answers requests until the file system is unmounted.
func (s *fuseServer) serve() {
	runtime.LockOSThread() // a thread of its own: the kernel waits for it while others wait for the kernel
	defer close(s.done)
	b := make([]byte, fuseMaxWrite+8<<10)
	for {
		n, err := syscall.Read(s.fd, b)
		switch {
		case err == syscall.EINTR || err == syscall.EAGAIN || err == syscall.ENOENT:
			continue
		case err != nil || n < fuseHeader:
			return
		}
		op, unique := binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint64(b[8:])
		if op == fuseForget || op == fuseBatch {
			continue
		}
		payload, errno := s.answer(op, binary.LittleEndian.Uint64(b[16:]), b[fuseHeader:n])
		out := make([]byte, 16, 16+len(payload))
		if errno != 0 {
			payload = nil
		}
		out = append(out, payload...)
		binary.LittleEndian.PutUint32(out, uint32(len(out)))
		binary.LittleEndian.PutUint32(out[4:], uint32(-int32(errno)))
		binary.LittleEndian.PutUint64(out[8:], unique)
		if _, err := syscall.Write(s.fd, out); err != nil && err != syscall.ENOENT {
			fmt.Fprintln(os.Stderr, "crash: fuse:", err)
		}
	}
}

// answer is the answer to one request.
func (s *fuseServer) answer(op uint32, node uint64, b []byte) ([]byte, syscall.Errno) {
	le := binary.LittleEndian
	switch op {
	case fuseInit:
		out := make([]byte, 64)
		le.PutUint32(out, 7)
		le.PutUint32(out[4:], 31)
		le.PutUint32(out[8:], le.Uint32(b[8:])) // max_readahead
		le.PutUint32(out[12:], 1<<5)            // FUSE_BIG_WRITES
		le.PutUint16(out[16:], 64)              // max_background
		le.PutUint16(out[18:], 48)              // congestion_threshold
		le.PutUint32(out[20:], fuseMaxWrite)    // max_write
		le.PutUint32(out[24:], 1)               // time_gran
		return out, 0
	case fuseLookup:
		if node != rootNode || string(b[:len(b)-1]) != fileName {
			return nil, syscall.ENOENT
		}
		out := make([]byte, 40, 128)
		le.PutUint64(out, fileNode)
		le.PutUint64(out[16:], 3600)
		le.PutUint64(out[24:], 3600)
		return append(out, s.attributes(fileNode)...), 0
	case fuseGetattr, fuseSetattr:
		out := make([]byte, 16, 104)
		le.PutUint64(out, 3600)
		return append(out, s.attributes(node)...), 0
	case fuseOpen:
		out := make([]byte, 16)
		le.PutUint32(out[8:], 1) // FOPEN_DIRECT_IO: nothing in the page cache of this file
		return out, 0
	case fuseRead:
		return s.medium.read(le.Uint64(b[8:]), le.Uint32(b[16:])), 0
	case fuseWrite:
		size := le.Uint32(b[16:])
		s.medium.write(le.Uint64(b[8:]), b[40:40+size])
		out := make([]byte, 8)
		le.PutUint32(out, size)
		return out, 0
	case fuseFsync:
		s.medium.flush()
		return nil, 0
	case fuseStatfs:
		return make([]byte, 80), 0
	case fuseFlush, fuseRelease:
		return nil, 0
	}
	return nil, syscall.ENOSYS
}

// attributes is a struct fuse_attr.
func (s *fuseServer) attributes(node uint64) []byte {
	le := binary.LittleEndian
	out := make([]byte, 88)
	le.PutUint64(out, node)
	mode, size := uint32(syscall.S_IFDIR|0o700), 0
	if node == fileNode {
		mode, size = syscall.S_IFREG|0o600, s.medium.size()
	}
	le.PutUint64(out[8:], uint64(size))
	le.PutUint64(out[16:], uint64(size/512))
	le.PutUint32(out[60:], mode)
	le.PutUint32(out[64:], 1)
	le.PutUint32(out[80:], 4096)
	return out
}
