package aggregate

import (
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/hashtable"
)

func TestNewApart(t *testing.T) {
	type r = hashtable.Range
	for name, c := range map[string]struct {
		members [][]r
		borders [][]r // by window, in the order of their least keys; nil: not apart
	}{
		"none":      {members: [][]r{nil, nil}, borders: [][]r{}},
		"alone":     {members: [][]r{{{Lo: 5, Hi: 9}}, nil}, borders: [][]r{nil}},
		"apart":     {members: [][]r{{{Lo: 1, Hi: 99}, {Lo: 200, Hi: 299}}, {{Lo: 100, Hi: 199}}}, borders: [][]r{nil, nil, nil}},
		"a border":  {members: [][]r{{{Lo: 100, Hi: 200}}, {{Lo: 1, Hi: 100}}}, borders: [][]r{{{Lo: 100, Hi: 100}}, {{Lo: 100, Hi: 100}}}},
		"three":     {members: [][]r{{{Lo: 0, Hi: 999}}, {{Lo: 990, Hi: 1999}}, {{Lo: 995, Hi: 996}, {Lo: 1999, Hi: 3000}}}, borders: [][]r{{{Lo: 990, Hi: 999}}, {{Lo: 990, Hi: 999}, {Lo: 1999, Hi: 1999}}, {{Lo: 990, Hi: 999}}, {{Lo: 1999, Hi: 1999}}}},
		"too much":  {members: [][]r{{{Lo: 0, Hi: 99}}, {{Lo: 50, Hi: 149}}}},
		"the same":  {members: [][]r{{{Lo: 0, Hi: 99}}, {{Lo: 0, Hi: 99}}}},
		"negatives": {members: [][]r{{{Lo: -300, Hi: -200}}, {{Lo: -200, Hi: 0}}}, borders: [][]r{{{Lo: -200, Hi: -200}}, {{Lo: -200, Hi: -200}}}},
	} {
		t.Run(name, func(t *testing.T) {
			var members []*spans
			for _, m := range c.members {
				s := &spans{}
				for _, keys := range m {
					s.list = append(s.list, span{keys: keys})
				}
				members = append(members, s)
			}
			a := newApart(members)
			if (a == nil) != (c.borders == nil) {
				t.Fatalf("apart: %v, want %v", a != nil, c.borders != nil)
			}
			if a == nil {
				return
			}
			if len(a.windows) != len(c.borders) {
				t.Fatalf("%d windows, want %d", len(a.windows), len(c.borders))
			}
			for i, w := range a.windows {
				if !slices.Equal(w.borders, c.borders[i]) {
					t.Errorf("window %v meets others in %v, want %v", w.keys, w.borders, c.borders[i])
				}
			}
			members[0].unknown = true
			if newApart(members) != nil {
				t.Error("windows of unknown keys lie apart")
			}
		})
	}
}
