package main

import (
	"testing"

	"github.com/crdtstore/crdtstore/integration/process"
)

// TestLate: a write whose own limit of time is over is no refusal, and not written for sure either; one without a limit has no excuse.
func TestLate(t *testing.T) {
	timedOut := process.Answer{Status: 504, Body: `{"code":"timed-out"}`}
	acks := process.Answer{Status: 504, Body: `{"code":"acks-timeout"}`}
	if limited := "/v1/docs/c/k?acks=1&timeout=30ms"; !late(limited, timedOut) || late(limited, acks) || late("/v1/docs/c/k", timedOut) {
		t.Error("who had no limit is excused, or who had one is not, or what is written is")
	}
	if onHere(timedOut) || !onHere(acks) {
		t.Error("what nobody knows counts as written, or what is written does not")
	}
}
