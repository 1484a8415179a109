package node

// count adds what the documents of frames took, since the last call, to the
// traffic of the node.
func (s *session) count() {
	now := s.machine.Counters()
	s.node.traffic.payloadSent.Add(int64(now.Sent.Payload - s.counted.Sent.Payload))
	s.node.traffic.payloadReceived.Add(int64(now.Received.Payload - s.counted.Received.Payload))
	s.counted = now
}
