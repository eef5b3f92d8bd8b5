package lsm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/sstable"

	"github.com/weir-engine/weir/state/keyed"
)

// runWriter writes one SST beside the database.
type runWriter struct {
	b     *Backend
	out   *summed
	sst   *sstable.Writer
	file  *file
	first []byte
	last  []byte
}

func (b *Backend) newRun(epoch uint32) (*runWriter, error) {
	n := b.files.number()
	name := fmt.Sprintf("%s-%s-%08x-%d.sst", b.config.Attempt, b.config.Owner, b.random, n)
	local := filepath.Join(b.runDir(), fmt.Sprintf("%06d.sst", n))
	out, err := createSummed(local)
	if err != nil {
		return nil, err
	}
	options := b.options.MakeWriterOptions(0, b.db.FormatMajorVersion().MaxTableFormat())
	return &runWriter{b: b, out: out, sst: sstable.NewWriter(out, options), file: &file{epoch: epoch, path: keyed.SharedDir + "/" + name, local: local}}, nil
}

// note widens what the file covers.
func (w *runWriter) note(first, last []byte) {
	if w.first == nil || bytes.Compare(first, w.first) < 0 {
		w.first = append(w.first[:0], first...)
	}
	if bytes.Compare(last, w.last) > 0 {
		w.last = append(w.last[:0], last...)
	}
}

// setAll writes the rows of a desk.
func (w *runWriter) setAll(d *desk) error {
	rows := d.sorted()
	if len(rows) == 0 {
		return nil
	}
	w.note(d.keyOf(&rows[0]), d.keyOf(&rows[len(rows)-1]))
	for i := range rows {
		r := &rows[i]
		var err error
		if r.gone {
			err = w.sst.Delete(d.keyOf(r))
		} else {
			err = w.sst.Set(d.keyOf(r), d.valueOf(r))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// set writes one row behind those before it.
func (w *runWriter) set(key, value []byte) error {
	if w.first == nil {
		w.first = append(w.first, key...)
	}
	w.last = append(w.last[:0], key...)
	return w.sst.Set(key, value)
}

func (w *runWriter) deleteRange(start, end []byte) error {
	w.note(start, end)
	return w.sst.DeleteRange(start, end)
}

func (w *runWriter) abandon(err error) error {
	_ = w.sst.Close() // err says more
	os.Remove(w.file.local)
	return fmt.Errorf("write run: %w", err)
}

// finish ends the file and says what is in it.
func (w *runWriter) finish() (*file, error) {
	if err := w.sst.Close(); err != nil {
		return nil, w.abandon(err)
	}
	w.file.bytes, w.file.sum = w.out.bytes, w.out.sum
	// Ranges of all groups are noted too, so the last group may be one too many, never too few.
	w.file.groups = keyed.GroupRange{
		From: int(binary.BigEndian.Uint16(w.first)),
		To:   min(int(binary.BigEndian.Uint16(w.last))+1, w.b.config.Groups.To),
	}
	return w.file, nil
}
