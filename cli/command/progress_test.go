package command

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestProgress draws a line while a job runs and wipes it before the first row.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var screen, out bytes.Buffer
		rows := int64(0)
		p := &progress{out: writerFunc(func(b []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return screen.Write(b)
		}), sample: func() load {
			rows += 500_000
			return load{jobs: 1, rows: rows, memory: 3 << 20, spilled: 1 << 30, read: 1, input: 4}
		}, started: time.Now(), stop: make(chan struct{})}
		p.done.Add(1)
		go p.run()
		time.Sleep(700 * time.Millisecond)
		w := p.before(&out)
		for range 2 {
			if _, err := w.Write([]byte("row\n")); err != nil {
				t.Fatal(err)
			}
		}
		got := screen.String()
		if want := "25 %, 2 s left, 1.5 M rows read, 2.5 M rows/s, memory 3.0 MiB, spilled 1.0 GiB, 0.6 s"; !strings.Contains(got, want) || !strings.HasSuffix(got, "\r\x1b[K") {
			t.Errorf("the screen had %q, want %q and a wiped line", got, want)
		}
		if out.String() != "row\nrow\n" {
			t.Errorf("rows %q", out.String())
		}
	})
}

// TestPagerShowsWhatFits: what fits the screen is passed on, the rest goes to the program.
func TestPagerShowsWhatFits(t *testing.T) {
	var out bytes.Buffer
	p := &pager{out: &out, height: 3, command: []string{"true"}}
	for range 3 {
		if _, err := p.Write([]byte("row\n")); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() > 0 {
		t.Error("written before the end")
	}
	if err := p.Close(); err != nil || out.String() != "row\nrow\nrow\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	p = &pager{out: &out, height: 0, command: []string{"true"}} // a program that reads nothing
	for range 1000 {
		if _, err := p.Write(bytes.Repeat([]byte("row\n"), 100)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
