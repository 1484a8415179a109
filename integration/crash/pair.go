package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/crdtstore/crdtstore/integration/process"
)

// pair is a peer whose power is cut, and one that sends to it and asks for each write to be on
// both disks before it is acknowledged. The first tells its own clients that their writes are done before they
// are on its disk (relaxed); to its peer it says that it holds what is on its disk, and shows
// what is on its disk, all the same, and so it does to who brings a bundle (Law H).
type pair struct {
	*station // the one that takes in
	sender   *process.Peer
	home     string // of the sender
	carried  int    // bundles that were taken in
}

func newPair(s settings, bin string, image []byte) (p *pair, err error) {
	p = &pair{}
	if p.station, err = newStation(s, bin, "taker", image, "--durability", "relaxed"); err != nil {
		return nil, err
	}
	if p.home, err = os.MkdirTemp(s.dir, "sender-"); err != nil {
		return nil, err
	}
	p.sender, err = process.New(bin, "sender", filepath.Join(p.home, "sender"), "--forget-after", "1s", "--log-level", "warn")
	return p, err
}

// close kills what still runs.
func (p *pair) close() error {
	p.sender.Kill()
	p.peer.Kill()
	return os.RemoveAll(p.home)
}

// cut starts the one whose power was cut alone: what both have acknowledged is there. Then both, which
// agree and have nothing to tell; then clients write, and the power is cut again.
func (p *pair) cut() error {
	defer p.sender.Kill()
	d, err := p.plug()
	if err != nil {
		return p.ruined(nil, err)
	}
	var join []string
	if p.cuts == 0 {
		if err := p.sender.Start(); err != nil {
			return p.ruined(d, err)
		}
		invite, err := p.sender.Invite()
		if err != nil {
			return p.ruined(d, err)
		}
		join = []string{"--join", invite}
	}
	if err := p.peer.Start(join...); err != nil {
		return p.ruined(d, err)
	}
	if err := p.meet(); err != nil {
		return p.ruined(d, err)
	}
	if p.random.IntN(2) == 0 {
		return p.carry(d)
	}
	return p.send(d)
}

// send has clients write to the other, which sends on, and cuts the power in the middle of that.
func (p *pair) send(d *disk) error {
	writers, here := p.writers(4), p.writers(1)[0]
	for _, w := range writers {
		w.base, w.counted, w.name = p.sender.HTTP, true, "sent/"+w.name
	}
	here.unsure = true
	if p.random.IntN(2) == 0 { // what is written here is shown to the other, and for that synced
		writers[0].also = here
	}
	return p.strike(d, all(writers), mostAnswers)
}

// carry has bundles taken in that the other has made, and cuts the power in the middle of that. No session syncs
// anything meanwhile: the two never run at the same time.
func (p *pair) carry(d *disk) error {
	p.peer.Kill()
	s := &stick{book: p.book, to: p.peer}
	defer func() { p.carried += s.rest() }()
	if err := s.load(p.sender, p.random, fmt.Sprintf("carried%d", p.cuts)); err != nil {
		return p.ruined(d, err)
	}
	p.sender.Kill()
	if err := p.peer.Start(); err != nil {
		return p.ruined(d, err)
	}
	return p.strike(d, []client{s}, bundlesOfStick)
}

// meet compares the one that was cut off, alone and then with the other.
func (p *pair) meet() error {
	if p.cuts > 0 {
		have, err := p.peer.Documents(collection)
		if err != nil {
			return err
		}
		p.book.compare(p.peer.Name, have, false)
		if err := p.sender.Start(); err != nil {
			return err
		}
	}
	one := func() error { return oneRoot(p.sender, p.peer) }
	if err := until(one); err != nil {
		return err
	}
	key := fmt.Sprintf("all/met/%d", p.cuts)
	p.book.begin(key, p.peer.Name)
	if err := until(func() error { return p.counted(key) }); err != nil {
		return err
	}
	p.book.end(key, `1`, true)
	for _, peer := range []*process.Peer{p.sender, p.peer} {
		have, err := peer.Documents(collection)
		if err == nil {
			p.book.compare(peer.Name, have, true)
			err = p.findings(peer)
		}
		if err != nil {
			return err
		}
	}
	p.book.hold(p.peer.Name)
	return nil
}

// counted puts a document and returns when the one says that it has it on its disk, and so all
// that the other has written before.
func (p *pair) counted(key string) error {
	a, err := p.sender.Do("PUT", "/v1/docs/"+collection+"/"+key+"?acks=1&timeout=5s", `1`)
	if err == nil && !a.OK() {
		err = fmt.Errorf("%s: %d %.200s", key, a.Status, a.Body)
	}
	return err
}
