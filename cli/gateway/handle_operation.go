package gateway

import (
	"net/http"
	"strconv"

	"github.com/weir-engine/weir/cli/gateway/protocol"
	"github.com/weir-engine/weir/core/sqlerr"
)

// operation is the operation that a path names, and its session.
func (g *Gateway) operation(r *request) (*session, *operation, error) {
	s, err := g.at(r)
	if err != nil {
		return nil, nil, err
	}
	id, err := r.handle("operation")
	if err != nil {
		return nil, nil, err
	}
	o, err := s.operation(id)
	return s, o, err
}

func (g *Gateway) executeStatement(r *request) (any, error) {
	s, err := g.at(r)
	if err != nil {
		return nil, err
	}
	body, err := r.readStatement()
	if err != nil {
		return nil, err
	}
	if body.ExecutionTimeout > 0 {
		return nil, refusal{sqlerr.Newf(sqlerr.FeatureNotSupported, "executionTimeout is not supported").WithHint("cancel the operation instead"), http.StatusNotImplemented}
	}
	o, err := s.submit(s.statement(body.Statement, body.ExecutionConfig))
	if err != nil {
		return nil, err
	}
	return protocol.Operation{OperationHandle: o.id}, nil
}

func (g *Gateway) getStatus(r *request) (any, error) {
	_, o, err := g.operation(r)
	if err != nil {
		return nil, err
	}
	return protocol.Status{Status: o.status()}, nil
}

func (g *Gateway) fetchResult(r *request) (any, error) {
	s, o, err := g.operation(r)
	if err != nil {
		return nil, err
	}
	token, err := strconv.ParseInt(r.PathValue("token"), 10, 64)
	if err != nil {
		return nil, badRequest("could not parse parameters: Cannot resolve path parameter (token) from value %q", r.PathValue("token"))
	}
	format := r.URL.Query().Get("rowFormat")
	switch format {
	case "":
		format = protocol.JSON
	case protocol.JSON, protocol.PlainText, protocol.Rows:
	default:
		return nil, badRequest("could not parse parameters: Cannot resolve query parameter (rowFormat) from value %q", format)
	}
	p, err := o.fetch(r.Context(), token, format == protocol.Rows)
	switch {
	case err != nil:
		return nil, err
	case p == nil:
		return notReady(r.resultURI(s, o, token, format)), nil
	}
	body, err := o.result.appendPage(nil, p, format, r.resultURI(s, o, token+1, format))
	return raw(body), err
}

func (g *Gateway) cancelOperation(r *request) (any, error) {
	_, o, err := g.operation(r)
	if err == nil {
		err = o.cancelNow(r.Context())
	}
	return protocol.Status{Status: protocol.StatusCanceled}, err
}

// closeOperation ends an operation; that it is gone already is no error.
func (g *Gateway) closeOperation(r *request) (any, error) {
	s, err := g.at(r)
	if err != nil {
		return nil, err
	}
	id, err := r.handle("operation")
	if err != nil {
		return nil, err
	}
	s.forget(r.Context(), id)
	return protocol.Status{Status: protocol.StatusClosed}, nil
}
