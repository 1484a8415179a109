package node

// WithSpace are options with another probe of free space.
func WithSpace(o Options, probe func() (free, total int64, err error)) Options {
	o.space = probe
	return o
}

// LevelOf is the level of so much free space on a disk of a TiB, after another one.
func LevelOf(p Profile, before SpaceLevel, free int64) SpaceLevel {
	return limitsOf(p, 1<<30).level(before, free)
}
