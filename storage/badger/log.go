package badger

import (
	"fmt"
	"log/slog"
	"strings"
)

// rotating is how Badger announces, from inside the write that finds the
// memtable full and before it creates the next one, that it will not write
// to this write-ahead log any more.
const rotating = "Flushing memtable, mt.size="

// bridge is Badger's logger. It passes messages on to slog, and calls rotate
// when a write-ahead log is complete (see syncLogs).
type bridge struct {
	log    *slog.Logger // may be nil
	rotate func()
}

func (b bridge) Errorf(format string, a ...any)   { b.print(slog.LevelWarn, format, a) }
func (b bridge) Warningf(format string, a ...any) { b.print(slog.LevelWarn, format, a) }
func (b bridge) Infof(format string, a ...any)    { b.print(slog.LevelDebug, format, a) }

func (b bridge) Debugf(format string, a ...any) {
	if strings.HasPrefix(format, rotating) {
		b.rotate()
	}
	b.print(slog.LevelDebug, format, a)
}

func (b bridge) print(level slog.Level, format string, a []any) {
	if b.log == nil || !b.log.Enabled(nil, level) { //nolint:staticcheck // no context here
		return
	}
	b.log.Log(nil, level, "badger: "+strings.TrimSpace(fmt.Sprintf(format, a...))) //nolint:staticcheck
}
