package command

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// pager passes a table on when it fits the screen, and to the program of $PAGER
// when it does not. Close waits for that program.
type pager struct {
	out     io.Writer
	height  int // lines that fit
	command []string
	held    bytes.Buffer
	lines   int
	program *exec.Cmd
	to      io.WriteCloser
}

// pages gives the pager of a shell; nil where rows are shown as they come, or
// where there is no screen or no program.
func (a *app) pages(out io.Writer, r *answer) *pager {
	command := pagerCommand()
	screen, err := unix.IoctlGetWinsize(int(os.Stdout.Fd()), unix.TIOCGWINSZ)
	if !a.shell || r.changelog || !a.streams.Terminal || err != nil || command == nil {
		return nil
	}
	return &pager{out: out, height: int(screen.Row) - 2, command: command}
}

// pagerCommand is $PAGER, or less where it is installed. PAGER= turns paging off.
func pagerCommand() []string {
	text, set := os.LookupEnv("PAGER")
	if !set {
		text = "less -FRSX"
	}
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return nil
	}
	return words
}

func (p *pager) Write(b []byte) (int, error) {
	if p.program == nil {
		p.lines += bytes.Count(b, []byte{'\n'})
		p.held.Write(b)
		if p.lines <= p.height {
			return len(b), nil
		}
		return len(b), p.start()
	}
	_, err := p.to.Write(b)
	return len(b), unlessLeft(err)
}

// unlessLeft forgives a program that was left: it reads no further.
func unlessLeft(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

func (p *pager) start() error {
	p.program = exec.Command(p.command[0], p.command[1:]...)
	p.program.Stdout, p.program.Stderr = os.Stdout, os.Stderr
	to, err := p.program.StdinPipe()
	if err == nil {
		p.to = to
		err = p.program.Start()
	}
	if err == nil {
		_, err = p.held.WriteTo(to)
	}
	return unlessLeft(err)
}

// Close shows what was held, or waits until the person leaves the program.
func (p *pager) Close() error {
	if p.program == nil {
		_, err := p.held.WriteTo(p.out)
		return err
	}
	if err := p.to.Close(); err != nil {
		return err
	}
	return p.program.Wait()
}
