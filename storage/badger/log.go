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
// when a write-ahead log is complete, and fail when something could not be synced.
type bridge struct {
	log    *slog.Logger // may be nil
	rotate func()
	fail   func(error)
}

func (b bridge) Errorf(format string, a ...any)   { b.warn(format, a) }
func (b bridge) Warningf(format string, a ...any) { b.warn(format, a) }
func (b bridge) Infof(format string, a ...any)    { b.print(slog.LevelDebug, format, a) }

func (b bridge) Debugf(format string, a ...any) {
	if strings.HasPrefix(format, rotating) {
		b.rotate()
	}
	b.print(slog.LevelDebug, format, a)
}

// warn passes on what went wrong. Badger goes on after a sync of a table or of
// its manifest that failed, and tries again; but what the kernel has dropped stays lost, so
// that the store must not write any more (see logs).
func (b bridge) warn(format string, a []any) {
	for _, arg := range a {
		err, ok := arg.(error)
		if ok && b.fail != nil && (strings.Contains(err.Error(), "sync") || strings.Contains(err.Error(), "input/output error")) {
			b.fail(err)
		}
	}
	b.print(slog.LevelWarn, format, a)
}

func (b bridge) print(level slog.Level, format string, a []any) {
	if b.log == nil || !b.log.Enabled(nil, level) { //nolint:staticcheck // no context here
		return
	}
	b.log.Log(nil, level, "badger: "+strings.TrimSpace(fmt.Sprintf(format, a...))) //nolint:staticcheck
}
