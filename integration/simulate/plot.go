package main

import (
	"fmt"
	"math"
	"strings"
)

// plot is a picture of a table: lines over one axis.
type plot struct {
	Name   string // of the file, without .svg
	Title  string
	X, Y   axis
	Series []series
}

// axis says what is measured and how far apart it is drawn.
type axis struct {
	Label string
	Log   bool
}

// series is one line: points in order of x.
type series struct {
	Name   string
	Points []point
	Dashed bool // measured elsewhere
}

type point struct{ X, Y float64 }

// The picture, in pixels: the frame inside its margins.
const (
	width, height            = 820, 480
	left, right, top, bottom = 84, 210, 48, 62
)

// colours are told apart by people who see colours differently (Okabe and Ito
// 2008); marks help where there is none.
var colours = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"}

// svg draws the plot.
func (p plot) svg() string {
	x := newScale(p.X, left, width-right, p.values(func(q point) float64 { return q.X }))
	y := newScale(p.Y, height-bottom, top, p.values(func(q point) float64 { return q.Y }))
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="DejaVu Sans, Verdana, sans-serif" font-size="13" fill="#222">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="26" font-size="16" font-weight="bold">%s</text>`+"\n", left, escape(p.Title))
	for _, t := range x.ticks() {
		at := x.at(t)
		fmt.Fprintf(&b, `<path d="M%.1f %dV%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", at, top, height-bottom, at, height-bottom+20, short(t))
	}
	for _, t := range y.ticks() {
		at := y.at(t)
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", left, at, width-right, left-8, at+4, short(t))
	}
	fmt.Fprintf(&b, `<path d="M%d %dV%dH%d" fill="none" stroke="#222"/>`+"\n", left, top, height-bottom, width-right)
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", (left+width-right)/2, height-16, escape(p.X.label()))
	fmt.Fprintf(&b, `<text transform="translate(20 %d) rotate(-90)" text-anchor="middle">%s</text>`+"\n", (top+height-bottom)/2, escape(p.Y.label()))
	for i, s := range p.Series {
		p.line(&b, i, s, x, y)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// line draws one series and its entry in the legend.
func (p plot) line(b *strings.Builder, i int, s series, x, y scale) {
	colour, dash := colours[i%len(colours)], ""
	if s.Dashed {
		dash = ` stroke-dasharray="6 4"`
	}
	var path strings.Builder
	for j, q := range s.Points {
		fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(j, 1)], x.at(q.X), y.at(q.Y))
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="2"%s/>`+"\n", path.String(), colour, dash)
	for _, q := range s.Points {
		b.WriteString(mark(i, x.at(q.X), y.at(q.Y), colour))
	}
	at := float64(top + 14 + 24*i)
	fmt.Fprintf(b, `<path d="M%d %.1fh26" stroke="%s" stroke-width="2"%s/>`, width-right+16, at, colour, dash)
	b.WriteString(mark(i, width-right+29, at, colour))
	fmt.Fprintf(b, `<text x="%d" y="%.1f">%s</text>`+"\n", width-right+50, at+4, escape(s.Name))
}

// mark draws a point of series i: a disc, a square, a triangle, in turn.
func mark(i int, x, y float64, colour string) string {
	switch i % 3 {
	case 0:
		return fmt.Sprintf(`<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>`, x, y, colour)
	case 1:
		return fmt.Sprintf(`<rect x="%.1f" y="%.1f" width="8" height="8" fill="%s"/>`, x-4, y-4, colour)
	}
	return fmt.Sprintf(`<path d="M%.1f %.1fl5 9h-10z" fill="%s"/>`, x, y-5, colour)
}

func (p plot) values(of func(point) float64) (all []float64) {
	for _, s := range p.Series {
		for _, q := range s.Points {
			all = append(all, of(q))
		}
	}
	return all
}

func (a axis) label() string {
	if a.Log {
		return a.Label + ", logarithmic"
	}
	return a.Label
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func escape(s string) string { return escaper.Replace(s) }

// short prints a tick: 1,500,000 is 1.5M.
func short(v float64) string {
	for _, u := range []struct {
		size float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(v) >= u.size {
			return fmt.Sprintf("%g%s", v/u.size, u.name)
		}
	}
	return fmt.Sprintf("%g", math.Round(v*1e6)/1e6)
}
