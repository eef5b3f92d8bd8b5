package arrow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// messages reads the messages of a stream one behind the other. It checks their
// metadata before the library follows it.
type messages struct {
	in   io.ReaderAt
	size int64
	at   int64
}

// Retain and Release count nothing: messages are the collector's.
func (*messages) Retain() {}

// Release is Retain's counterpart.
func (*messages) Release() {}

// Message reads the next message; io.EOF: there is none.
func (m *messages) Message() (*ipc.Message, error) {
	meta, bodyBytes, err := m.metadata()
	if err != nil {
		return nil, err
	}
	body, err := m.read(bodyBytes)
	if err != nil {
		return nil, err
	}
	return ipc.NewMessage(memory.NewBufferBytes(meta), memory.NewBufferBytes(body)), nil
}

func (m *messages) metadata() (meta []byte, bodyBytes int64, err error) {
	n, err := m.length()
	if err != nil {
		return nil, 0, err
	}
	if meta, err = m.read(n); err != nil {
		return nil, 0, err
	}
	bodyBytes, err = checkMessage(meta)
	return meta, bodyBytes, err
}

// check checks the metadata of a message of a file.
func (m *messages) check(at int64) error {
	m.at = at
	_, _, err := m.metadata()
	return err
}

// length reads the length of the metadata, which older writers put there without
// a mark before it.
func (m *messages) length() (int64, error) {
	if m.at == m.size {
		return 0, io.EOF
	}
	head, err := m.read(4)
	if err != nil {
		return 0, err
	}
	n := binary.LittleEndian.Uint32(head)
	if n == 0xFFFFFFFF {
		if head, err = m.read(4); err != nil {
			return 0, err
		}
		n = binary.LittleEndian.Uint32(head)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return int64(n), nil
}

// read reads the next bytes into memory of their own, aligned to eight.
func (m *messages) read(n int64) ([]byte, error) {
	if n < 0 || m.at < 0 || n > m.size-m.at {
		return nil, fmt.Errorf("bytes %d to %d are outside the file", m.at, m.at+n)
	}
	if n == 0 {
		return []byte{}, nil
	}
	words := make([]uint64, (n+7)/8)
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), n)
	if k, err := m.in.ReadAt(b, m.at); int64(k) < n {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	m.at += n
	return b, nil
}

const fileMagic = "ARROW1"

// blocks reads the footer of a file: where its dictionaries and records lie.
func (m *messages) blocks() (dictionaries, records []int64, err error) {
	const tail = 4 + len(fileMagic)
	if m.size < int64(8+tail) {
		return nil, nil, fmt.Errorf("it has %d bytes", m.size)
	}
	m.at = m.size - int64(tail)
	end, err := m.read(int64(tail))
	if err != nil {
		return nil, nil, err
	}
	if string(end[4:]) != fileMagic {
		return nil, nil, errors.New("it does not end in ARROW1")
	}
	n := int64(binary.LittleEndian.Uint32(end))
	if m.at = m.size - int64(tail) - n; m.at < 8 {
		return nil, nil, fmt.Errorf("its footer of %d bytes is longer than the file", n)
	}
	footer, err := m.read(n)
	if err != nil {
		return nil, nil, err
	}
	return checkFooter(footer)
}
