package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/weir-engine/weir/cli/gateway/protocol"
	"github.com/weir-engine/weir/core/sqlerr"
)

// Config says where the cluster is.
type Config struct {
	URL       string // http://host:port, https://host:port/prefix, or host:port
	Token     string // sent with every request; empty: none is
	Transport http.RoundTripper
}

// Client makes requests of one cluster. It is safe for concurrent use.
type Client struct {
	base  string // without a slash at the end
	token string
	http  *http.Client
}

// New makes a client; nothing is sent yet.
func New(c Config) (*Client, error) {
	text := c.URL
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is no REST address: it is written http://host:port or https://host:port", c.URL)
	}
	if c.Transport == nil {
		t, ok := http.DefaultTransport.(*http.Transport)
		if !ok {
			return nil, errors.New("the default HTTP transport has been replaced")
		}
		c.Transport = t.Clone() // with connections of its own, which Close gives back
	}
	return &Client{base: strings.TrimRight(u.Scheme+"://"+u.Host+u.Path, "/"), token: c.Token, http: &http.Client{Transport: c.Transport}}, nil
}

// Close gives the connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Do makes a request with in as JSON, unless it is nil, and reads the answer into
// out, unless that is nil.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", protocol.AcceptDetail)
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	defer func() { _ = answer.Body.Close() }() // it has been read
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	if answer.StatusCode/100 != 2 {
		return c.refused(answer, text)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return sqlerr.Wrap(sqlerr.ConnectionFailure, err, "%s answers %s %s with what is no answer of a weir cluster", c.base, method, path)
	}
	return nil
}

// unreachable is a request that got no answer.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err // without the URL, which is told already
	}
	return sqlerr.Wrap(sqlerr.ConnectionFailure, err, "cannot reach %s", c.base).WithHint("--target is the REST address of a running cluster, such as http://127.0.0.1:8081")
}

// refused is what the server says of a request that failed.
func (c *Client) refused(answer *http.Response, body []byte) error {
	var e protocol.ErrorBody
	text := strings.TrimSpace(string(body))
	if json.Unmarshal(body, &e) == nil && len(e.Errors) > 0 {
		text = strings.Join(e.Errors, "\n")
	}
	if e.Detail != nil {
		return e.Detail.Err()
	}
	if answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden {
		return sqlerr.Newf(sqlerr.Unauthorized, "%s refuses the request: %s", c.base, text).WithHint("give its token by --token or in WEIR_REST_TOKEN")
	}
	return sqlerr.Newf(sqlerr.ConnectionFailure, "%s answers %s: %s", c.base, answer.Status, text)
}
