package process

import (
	"strings"
	"sync"
)

// tail is how much of a log is shown.
const tail = 6000

// keep is how much of a log is kept in memory, at its end.
const keep = 1 << 20

// Log keeps the end of what a process says, and what it may never say.
type Log struct {
	mu  sync.Mutex
	b   []byte
	bad string
}

// Write takes in what the process says.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, b...)
	if len(l.b) > 2*keep {
		l.look()
		l.b = append([]byte(nil), l.b[len(l.b)-keep:]...)
	}
	return len(b), nil
}

func (l *Log) look() {
	for _, bad := range []string{"panic:", "DATA RACE", "fatal error:", "goroutine leak"} {
		if strings.Contains(string(l.b), bad) {
			l.bad = bad
		}
	}
}

// Bad is a word in the log that no process may ever say, or "".
func (l *Log) Bad() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.look()
	return l.bad
}

// String is what is kept of the log.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.b)
}

// Tail is the end of the log, short enough to read.
func (l *Log) Tail() string {
	s := l.String()
	if len(s) > tail {
		s = "…" + s[len(s)-tail:]
	}
	return s
}
