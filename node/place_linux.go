package node

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// machineFiles name the machine, and the card that it has started from.
var machineFiles = []string{
	"/sys/class/dmi/id/product_uuid",
	"/proc/device-tree/serial-number",
	"/sys/block/mmcblk0/device/cid",
	"/sys/block/mmcblk1/device/cid",
}

// named are the file systems, by their magic numbers, that keep the inode number
// of a directory for as long as it is there, and whether they have a name of their
// own that outlives a reboot: ext, Btrfs, XFS, F2FS. Those that make numbers up when
// they are mounted, as FAT does, are not among them.
var named = map[int64]bool{
	unix.EXT4_SUPER_MAGIC: true, unix.BTRFS_SUPER_MAGIC: true, unix.XFS_SUPER_MAGIC: false, unix.F2FS_SUPER_MAGIC: false,
}

// directoryID names a directory, or a file, by where it lies and when it was made; "" if
// that is not known for as long as it is there.
func directoryID(dir string) string {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return ""
	}
	own, steady := named[int64(fs.Type)]
	if !steady {
		return ""
	}
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, dir, 0, unix.STATX_INO|unix.STATX_BTIME, &st)
	if err != nil || st.Mask&unix.STATX_BTIME == 0 {
		return ""
	}
	id := fmt.Sprintf("%x %d %d.%d", fs.Type, st.Ino, st.Btime.Sec, st.Btime.Nsec)
	if own {
		id += fmt.Sprintf(" %x", fs.Fsid.Val)
	}
	return id
}
