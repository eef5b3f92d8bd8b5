package client

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"slices"

	"github.com/weir-engine/weir/cli/gateway/protocol"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/engine"
	"github.com/weir-engine/weir/state/rowcodec"
)

// Result is what a statement gave.
type Result struct {
	Query     bool   // a SELECT
	Job       string // that makes the rows, or that an INSERT has submitted; empty: none
	OK        bool   // the statement has nothing to show but that it is done
	Schema    *types.Schema
	Changelog bool
	Env       *kernel.Env

	client *Client
	path   string // of the operation
	next   string // path of the page that comes next; empty: none does
	codec  *rowcodec.RowCodec
	page   *stream.Batch // of the fetch that found the result
}

// begin reads what the first page tells of the result.
func (r *Result) begin(f *protocol.Fetch) (err error) {
	if f.Results == nil || f.Results.RowFormat != protocol.Rows {
		return fmt.Errorf("fetch result: %s does not give rows as this client asks for them; is it a weir cluster of this version?", r.client.base)
	}
	if r.Schema, err = protocol.Schema(f.Results.Columns); err != nil {
		return err
	}
	r.Query, r.Job, r.OK, r.Changelog = f.IsQueryResult, f.JobID, f.ResultKind == protocol.Success, f.Results.Changelog
	r.Env = engine.NewEnv(option.Values{engine.OptZone.Key: f.Results.TimeZone})
	r.codec = rowcodec.NewRowCodec(r.Schema.Types())
	r.page, err = r.batch(f)
	return err
}

// fetch reads the next page.
func (r *Result) fetch(ctx context.Context) (*protocol.Fetch, error) {
	var f protocol.Fetch
	if err := r.client.Do(ctx, "GET", r.next, nil, &f); err != nil {
		return nil, err
	}
	r.next = f.NextResultURI
	return &f, nil
}

// Next is the next batch of rows; io.EOF behind the last. The batch stays valid.
func (r *Result) Next(ctx context.Context) (*stream.Batch, error) {
	for {
		if b := r.page; b != nil {
			r.page = nil
			return b, nil
		}
		if r.next == "" {
			return nil, io.EOF
		}
		f, err := r.fetch(ctx)
		if err != nil {
			return nil, err
		}
		if r.page, err = r.batch(f); err != nil {
			return nil, err
		}
	}
}

// batch decodes the rows of a page; nil where it has none.
func (r *Result) batch(f *protocol.Fetch) (*stream.Batch, error) {
	if f.Results == nil || len(f.Results.Data) == 0 {
		return nil, nil
	}
	var rows rowcodec.Rows
	var bytes []byte
	var err error
	b := stream.NewBuilder(r.Schema.Types())
	kinds := make([]stream.RowKind, len(f.Results.Data))
	for i, row := range f.Results.Data {
		k := slices.Index(protocol.Kinds[:], row.Kind)
		if k < 0 {
			return nil, fmt.Errorf("fetch result: unknown kind of row %q", row.Kind)
		}
		kinds[i] = stream.RowKind(k)
		if bytes, err = base64.StdEncoding.AppendDecode(bytes[:0], []byte(row.Row)); err != nil {
			return nil, fmt.Errorf("fetch result: %w", err)
		}
		rows.Append(bytes)
	}
	cols := make([]*vector.Builder, r.Schema.Len())
	for i := range cols {
		cols[i] = b.Column(i)
	}
	if err = r.codec.Decode(&rows, nil, cols); err != nil {
		return nil, fmt.Errorf("fetch result: %w", err)
	}
	b.Advance(len(kinds), stream.Insert)
	out := b.Finish()
	if r.Changelog {
		out.Kinds = kinds
	}
	return out, nil
}

// cancel cancels the statement and waits for what it runs to end.
func (r *Result) cancel() {
	_ = r.client.Do(context.Background(), "POST", r.path+"/cancel", nil, nil) // it may be over already
}

// Close ends the statement if it still runs.
func (r *Result) Close() error {
	return r.client.Do(context.Background(), "DELETE", r.path+"/close", nil, nil)
}
