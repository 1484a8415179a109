package main

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// medium is a disk with a cache that a power cut empties: what was written since
// the last flush is kept apart, in order.
type medium struct {
	mu      sync.Mutex
	durable []byte  // as of the last flush
	now     []byte  // as it is read
	pending []write // since the last flush
	lying   bool    // flushes do nothing
	flushes int

	countdown int // writes until the power is cut; 0: it is not about to be
	random    *rand.Rand
	image     []byte // as the cut has left it
	lost      int
	gone      chan struct{} // closed by the cut
}

type write struct {
	at   uint64
	data []byte
}

// newMedium is a medium that holds what image does, which stays as it is.
func newMedium(image []byte, lying bool) *medium {
	return &medium{durable: slices.Clone(image), now: slices.Clone(image), lying: lying}
}

func (m *medium) size() int { return len(m.durable) }

func (m *medium) read(at uint64, size uint32) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at >= uint64(len(m.now)) {
		return nil
	}
	return append([]byte(nil), m.now[at:min(at+uint64(size), uint64(len(m.now)))]...)
}

func (m *medium) write(at uint64, data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at+uint64(len(data)) > uint64(len(m.now)) {
		return
	}
	copy(m.now[at:], data)
	m.pending = append(m.pending, write{at, append([]byte(nil), data...)})
	if m.countdown > 0 {
		if m.countdown--; m.countdown == 0 {
			m.cutNow()
		}
	}
}

// arm cuts the power at the n-th write from now, so that it falls between a write
// and its flush, or after patience if there are not so many; and returns what is
// left, and how many writes were lost or torn.
func (m *medium) arm(r *rand.Rand, n int, patience time.Duration) (image []byte, lost int) {
	m.mu.Lock()
	m.random, m.countdown, m.gone = r, n, make(chan struct{})
	m.mu.Unlock()
	select {
	case <-m.gone:
	case <-time.After(patience):
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.countdown > 0 {
		m.countdown = 0
		m.cutNow()
	}
	return m.image, m.lost
}

func (m *medium) flush() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lying {
		return
	}
	m.flushes++
	for _, w := range m.pending {
		copy(m.durable[w.at:], w.data)
	}
	m.pending = nil
}

// cutNow takes the medium as a power cut at this moment leaves it: what was
// flushed; of the rest all, nothing, or a random part, in whatever order the disk
// chose; and one write of which only the first sectors, or the last, arrived.
func (m *medium) cutNow() {
	defer close(m.gone)
	r := m.random
	m.image = append([]byte(nil), m.durable...)
	keep := []float64{0, 0.2, 0.5, 0.9, 1}[r.IntN(5)]
	torn := -1
	if len(m.pending) > 0 {
		torn = r.IntN(len(m.pending))
	}
	for i, w := range m.pending {
		switch sectors := len(w.data) / sector; {
		case i == torn && sectors > 1:
			n := (1 + r.IntN(sectors-1)) * sector
			if r.IntN(2) == 0 {
				copy(m.image[w.at:], w.data[:n])
			} else {
				copy(m.image[w.at+uint64(n):], w.data[n:])
			}
			m.lost++
		case r.Float64() < keep:
			copy(m.image[w.at:], w.data)
		default:
			m.lost++
		}
	}
}
