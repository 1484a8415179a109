package cli

import "runtime/debug"

// Version is what this program was built from: the module's version, or the
// commit.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	version := "devel"
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			version = "devel-" + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			version += "+changes"
		}
	}
	return version
}
