package command

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// liveRows shows the rows that a sink has committed, each once, as its files appear.
type liveRows struct {
	folder  string
	seen    map[string]bool // files
	count   int             // rows
	resumed bool            // the second run has said where it started from
}

const liveLayout = "  %-24s %-8s %8s %10s   %v"

func (*liveRows) header() string {
	return fmt.Sprintf(liveLayout, "window_start", "channel", "bids", "highest", "with checkpoint")
}

// next is the rows that have come since the last call, and the checkpoint then. A committed file never
// changes; until then its name begins with a dot.
func (l *liveRows) next(checkpoint int) (lines []string) {
	files, _ := filepath.Glob(filepath.Join(l.folder, "[^.]*")) // the pattern is well formed
	for _, name := range files {
		if l.seen[name] {
			continue
		}
		l.seen[name] = true
		text, err := os.ReadFile(name)
		if err != nil {
			continue // the comparison at the end tells
		}
		rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
		if err != nil {
			continue
		}
		for _, r := range rows {
			if len(r) == 4 {
				lines = append(lines, fmt.Sprintf(liveLayout, r[0], r[1], r[2], r[3], checkpoint))
			}
		}
	}
	slices.Sort(lines)
	l.count += len(lines)
	return lines
}
