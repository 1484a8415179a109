package antientropy

import "slices"

// The features of this version of the protocol. What a feature adds is said
// only to a peer that announces it, by a side that announces it too; a peer of
// an earlier version gets what it knows.
const (
	// FeatureReduced: documents may come with their large texts reduced to the
	// events that the receiver lacks; one that cannot be completed is asked for
	// with a want.
	FeatureReduced = "reduced"
	// FeatureRefusals: single documents of a frame may be refused, by name,
	// and the rest of it kept.
	FeatureRefusals = "refusals"
	// FeatureHeads: a side that has many signed heads to send ahead asks which of
	// them are there already.
	FeatureHeads = "heads"
	// FeatureRepair: a side may ask how the other holds documents that differ
	// though both have seen the same of them.
	FeatureRepair = "repair"
)

// Features lists what a session announces when Config.Features is nil.
func Features() []string {
	return []string{FeatureReduced, FeatureRefusals, FeatureHeads, FeatureRepair}
}

// both reports whether both sides have announced a feature.
func (s *Session) both(feature string) bool {
	return s.peer != nil && slices.Contains(s.features, feature) && slices.Contains(s.peer.Features, feature)
}
