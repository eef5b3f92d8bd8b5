package file

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/weir-engine/weir/io/connector"
)

// writerState is what a new writer must know.
type writerState struct {
	Version     int             `json:"v"`
	Parallelism int             `json:"parallelism"`
	Pending     []openPartition `json:"pending,omitempty"`
	Staged      []string        `json:"staged,omitempty"`
}

// encode is nil where there is nothing to know.
func (s writerState) encode() ([]byte, error) {
	if len(s.Pending) == 0 && len(s.Staged) == 0 {
		return nil, nil
	}
	return json.Marshal(s)
}

func decodeWriterState(data []byte) (s writerState, err error) {
	if err = json.Unmarshal(data, &s); err == nil && s.Version != 1 {
		err = fmt.Errorf("version %d", s.Version)
	}
	if err != nil {
		err = fmt.Errorf("filesystem: read state of a writer: %w", err)
	}
	return s, err
}

// committable is one of: a finished draft, by name below the table's folder;
// the wish to empty a folder; a partition that is complete; staged folders that
// take the place of those there are.
type committable struct {
	Version   int      `json:"v"`
	Name      string   `json:"name,omitempty"`
	Bytes     int64    `json:"bytes,omitempty"`
	Upload    string   `json:"upload,omitempty"`
	Parts     []string `json:"parts,omitempty"`
	Overwrite bool     `json:"overwrite,omitempty"`
	Folder    string   `json:"folder,omitempty"`
	Success   string   `json:"success,omitempty"`
	Staging   string   `json:"staging,omitempty"`
	Subtasks  int      `json:"subtasks,omitempty"`
}

func encodeCommittables(list []committable) ([]connector.Committable, error) {
	var out []connector.Committable
	for _, c := range list {
		c.Version = 2
		data, err := json.Marshal(c)
		if err != nil {
			return nil, fmt.Errorf("filesystem: write committable: %w", err)
		}
		out = append(out, data)
	}
	return out, nil
}

// decodeCommittable also reads version 1, which had no partitions.
func decodeCommittable(data []byte) (x committable, err error) {
	if err = json.Unmarshal(data, &x); err == nil {
		for _, name := range []string{x.Name, x.Folder, x.Success, x.Staging} {
			if name != "" && (path.Clean(name) != name || strings.HasPrefix(name, "..") || path.IsAbs(name)) {
				err = fmt.Errorf("name %q", name)
			}
		}
		if x.Version != 1 && x.Version != 2 {
			err = fmt.Errorf("version %d", x.Version)
		}
	}
	if err != nil {
		err = fmt.Errorf("filesystem: read committable: %w", err)
	}
	return x, err
}
