package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
)

// meter counts the session messages of one endpoint.
type meter struct {
	sent, received          atomic.Int64 // bytes
	messagesOut, messagesIn atomic.Int64
	// When the first connection came up, the last frame came, what came last was
	// on disk, and the roots were last found equal; Unix nanoseconds.
	up, framed, merged, equal atomic.Int64
}

// took is the time from the first connection to the last equal roots.
func (m *meter) took() time.Duration { return time.Duration(m.equal.Load() - m.up.Load()) }

// tookFrames is the time from the first connection until the last frame came.
func (m *meter) tookFrames() time.Duration { return time.Duration(m.framed.Load() - m.up.Load()) }

// tookMerges is the time from the first connection until all that came was
// committed, and synced where the station syncs.
func (m *meter) tookMerges() time.Duration { return time.Duration(m.merged.Load() - m.up.Load()) }

// kindFrame is the first byte of messages that bring documents; see
// docs/PROTOCOL.md.
const kindFrame = 4

// total is the bytes of both directions.
func (m *meter) total() int64 { return m.sent.Load() + m.received.Load() }

// metered is a network whose connections a meter counts.
type metered struct {
	p2p.Network
	meter  *meter
	events chan p2p.Event
}

// measure wraps a network; closing it closes what it wraps.
func (m *meter) measure(n p2p.Network) p2p.Network {
	w := &metered{n, m, make(chan p2p.Event)}
	go func() {
		defer close(w.events)
		for e := range n.Events() {
			if e.Conn != nil {
				m.up.CompareAndSwap(0, time.Now().UnixNano())
				e.Conn = &meteredConn{e.Conn, m}
			}
			w.events <- e
		}
	}()
	return w
}

// Events is the wrapped network's, with counted connections.
func (m *metered) Events() <-chan p2p.Event { return m.events }

type meteredConn struct {
	p2p.Conn
	meter *meter
}

func (c *meteredConn) Send(ctx context.Context, message []byte) error {
	err := c.Conn.Send(ctx, message)
	if err == nil {
		c.meter.sent.Add(int64(len(message)))
		c.meter.messagesOut.Add(1)
	}
	return err
}

func (c *meteredConn) Receive(ctx context.Context) ([]byte, error) {
	message, err := c.Conn.Receive(ctx)
	if err == nil {
		c.meter.received.Add(int64(len(message)))
		c.meter.messagesIn.Add(1)
		if len(message) > 0 && message[0] == kindFrame {
			c.meter.framed.Store(time.Now().UnixNano())
		}
	}
	return message, err
}
