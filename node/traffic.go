package node

import "sync/atomic"

// Traffic counts what the sessions of a node have exchanged since it was
// opened. Bytes are those of messages, without what the transport adds.
type Traffic struct {
	// DocumentsReceived counts the documents, removed ones too, that peers
	// sent and that were committed here. A document that comes twice counts
	// twice: what is more than was missing was sent in vain.
	DocumentsReceived int64

	MessagesSent, MessagesReceived int64
	BytesSent, BytesReceived       int64
	// PayloadSent and PayloadReceived are the part of the bytes that keys and
	// bodies of documents took, compressed; the rest was the price of agreeing.
	PayloadSent, PayloadReceived int64
}

// traffic is a Traffic that many sessions add to.
type traffic struct {
	documentsReceived              atomic.Int64
	messagesSent, messagesReceived atomic.Int64
	bytesSent, bytesReceived       atomic.Int64
	payloadSent, payloadReceived   atomic.Int64
}

func (t *traffic) sent(message []byte) {
	t.messagesSent.Add(1)
	t.bytesSent.Add(int64(len(message)))
}

func (t *traffic) received(message []byte) {
	t.messagesReceived.Add(1)
	t.bytesReceived.Add(int64(len(message)))
}

func (t *traffic) read() Traffic {
	return Traffic{
		DocumentsReceived: t.documentsReceived.Load(),
		MessagesSent:      t.messagesSent.Load(), MessagesReceived: t.messagesReceived.Load(),
		BytesSent: t.bytesSent.Load(), BytesReceived: t.bytesReceived.Load(),
		PayloadSent: t.payloadSent.Load(), PayloadReceived: t.payloadReceived.Load(),
	}
}
