package cli

import (
	"io"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// Progress shows how far a long command is. Its zero value, and nil, show
// nothing.
type Progress struct {
	container *mpb.Progress
	bar       *mpb.Bar
	total     int64
}

// NewProgress shows a bar on w, named name, that is full at total (bytes or
// documents; 0 is unknown). Give it stderr, and only where that is a terminal.
func NewProgress(w io.Writer, name string, total int64, bytes bool) *Progress {
	container := mpb.New(mpb.WithOutput(w), mpb.WithWidth(48))
	counters := decor.CountersNoUnit("%d / %d", decor.WC{W: 18})
	if bytes {
		counters = decor.CountersKibiByte("% .1f / % .1f", decor.WC{W: 22})
	}
	// A bar that is made with its total ends by itself when it gets there, and
	// in no other way: Close would wait for ever for one that did not.
	bar := container.AddBar(0,
		mpb.PrependDecorators(decor.Name(Safe(name)+" "), counters),
		mpb.AppendDecorators(decor.Percentage(decor.WC{W: 5}), decor.Name("  "), decor.Elapsed(decor.ET_STYLE_GO)),
	)
	bar.SetTotal(total, false)
	return &Progress{container: container, bar: bar, total: total}
}

// Set moves the bar to done.
func (p *Progress) Set(done int64) {
	if p == nil || p.bar == nil {
		return
	}
	if done > p.total {
		p.total = done
		p.bar.SetTotal(done, false)
	}
	p.bar.SetCurrent(done)
}

// Write shows a message above the bar; a message ends with a line feed.
func (p *Progress) Write(message []byte) (int, error) { return p.container.Write(message) }

// Close ends the bar where it is: full when complete, else as it stands.
func (p *Progress) Close(complete bool) {
	if p == nil || p.bar == nil {
		return
	}
	if complete {
		p.bar.SetTotal(-1, true)
	} else {
		p.bar.Abort(false)
	}
	p.container.Wait()
}
