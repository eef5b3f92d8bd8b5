package sqltest

import (
	"fmt"
	"os"
	"strings"
)

// Feature is a small program that shows one thing an engine can do.
type Feature struct {
	Section, Title string
	Program        *Program
}

// LoadFeatures parses a file of features. A line "# ++ Section" begins a section
// and "# == Title" a feature; the blocks before the first feature are the
// beginning of each. A feature's blocks know nothing of another's.
func LoadFeatures(path string) ([]Feature, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []Feature
	setup := &Program{Path: path}
	section, p := "", setup
	r := &lines{all: strings.Split(string(data), "\n")}
	for r.at < len(r.all) {
		line := strings.TrimSpace(r.all[r.at])
		if title, ok := strings.CutPrefix(line, "# == "); ok {
			p = &Program{Path: path, Blocks: append([]Block(nil), setup.Blocks...)}
			out = append(out, Feature{section, title, p})
		} else if name, ok := strings.CutPrefix(line, "# ++ "); ok {
			section = name
		} else if line != "" && line[0] != '#' {
			if err := p.block(r); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, r.at, err)
			}
			continue
		}
		r.at++
	}
	return out, nil
}
