package jdbc

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// config is what the options of a table say to reading and writing alike.
type config struct {
	table   *catalog.Table
	server  *pgconn.Config
	name    string // of the table in the database, quoted
	timeout time.Duration
}

func parse(t *catalog.Table) (*config, error) {
	c := &config{table: t, name: quoteName(t.Options.Text(optTable))}
	if d := t.Options.Text(optDriver); d != "" && d != "org.postgresql.Driver" {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "'driver' = '%s' is not supported", d).WithHint("leave it out, or 'org.postgresql.Driver'")
	}
	var err error
	if c.timeout, err = t.Options.Duration(optTimeout); err != nil {
		return nil, err
	}
	for i := range t.Columns {
		if col := &t.Columns[i]; col.Kind == catalog.Physical {
			if err := checkType(col.Name, col.Type); err != nil {
				return nil, err
			}
		}
	}
	c.server, err = parseURL(t.Options)
	return c, err
}

func checkType(column string, t types.Type) error {
	inner := t
	if t.Kind == types.Array {
		inner = *t.Elem
	}
	if inner.IsNested() || textOf[inner.Kind] == nil {
		e := sqlerr.Newf(sqlerr.FeatureNotSupported, "column '%s' of type %s is not supported by connector 'jdbc': PostgreSQL has nothing like it", column, t)
		if inner.Kind == types.TinyInt {
			e = e.WithHint("SMALLINT")
		}
		return e
	}
	return nil
}

// parameters of a URL and what they are called here.
var parameters = map[string]string{"sslmode": "sslmode", "sslrootcert": "sslrootcert", "connectTimeout": "connect_timeout", "currentSchema": "search_path", "ApplicationName": "application_name"}

// parseURL never shows the URL: it may hold a password.
func parseURL(v option.Values) (*pgconn.Config, error) {
	text, ok := strings.CutPrefix(v.Text(optURL), "jdbc:postgresql:")
	if !ok {
		dialect, _, _ := strings.Cut(strings.TrimPrefix(v.Text(optURL), "jdbc:"), ":")
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "connector 'jdbc' does not know the database '%s'", dialect).WithHint("'url' = 'jdbc:postgresql://host:port/database'")
	}
	u, err := url.Parse("postgres:" + text)
	if err != nil || u.Host == "" {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "option 'url' is not a URL").WithHint("'url' = 'jdbc:postgresql://host:port/database'")
	}
	query := url.Values{}
	user, password := v.Text(optUser), v.Text(optPassword)
	for name, values := range u.Query() {
		switch ours := parameters[name]; {
		case name == "user" && user == "":
			user = values[0]
		case name == "password" && password == "":
			password = values[0]
		case ours == "":
			return nil, sqlerr.Newf(sqlerr.InvalidOption, "parameter '%s' of option 'url' is not supported", name).WithHint("one of ApplicationName, connectTimeout, currentSchema, password, sslmode, sslrootcert, user")
		default:
			query.Set(ours, values[0])
		}
	}
	if v.Has(optPassword) && user == "" {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "option 'password' needs the option 'username'")
	}
	u.RawQuery, u.User = query.Encode(), nil
	c, err := pgconn.ParseConfig(u.String())
	if err != nil {
		return nil, sqlerr.Wrap(sqlerr.InvalidOption, errors.New(reason(err)), "option 'url'")
	}
	if c.User, c.Password = user, password; user == "" {
		c.User = "postgres"
	}
	// What crosses as text is read in one way on both sides.
	for key, value := range map[string]string{"TimeZone": "UTC", "DateStyle": "ISO, YMD", "IntervalStyle": "postgres", "extra_float_digits": "3", "bytea_output": "hex"} {
		c.RuntimeParams[key] = value
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "weir"
	}
	return c, nil
}

// reason is the last part of a parse error: the parts before repeat the URL.
func reason(err error) string {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err.Error()
}

// retryPause is between two tries to connect.
const retryPause = 200 * time.Millisecond

// connect tries for as long as the user grants, unless the server says no.
func (c *config) connect(ctx context.Context) (*pgconn.PgConn, error) {
	limit, cancel := context.WithTimeout(ctx, max(c.timeout, time.Second))
	defer cancel()
	for {
		conn, err := pgconn.ConnectConfig(limit, c.server.Copy())
		if err == nil {
			return conn, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !passing(err) || limit.Err() != nil {
			return nil, c.failed(err, "connect")
		}
		select {
		case <-limit.Done():
			return nil, c.failed(err, "connect")
		case <-time.After(retryPause):
		}
	}
}

// failed names what the server did not do.
func (c *config) failed(err error, format string, args ...any) error {
	if err == nil || errors.Is(err, context.Canceled) || sqlerr.As(err) != nil {
		return err
	}
	return sqlerr.Wrap(sqlerr.ConnectorFailure, err, "jdbc: %s, table %s of %s:%d/%s", fmt.Sprintf(format, args...), c.name, c.server.Host, c.server.Port, c.server.Database)
}

// passing reports an error that another try may not meet.
func passing(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) && sqlerr.As(err) == nil
	}
	switch pg.Code[:2] {
	case "08", "40", "53", "55": // connection, serialization and deadlock, resources, locks
		return true
	}
	return strings.HasPrefix(pg.Code, "57P") // the server goes down or comes up
}

// quoteName quotes a name, and its schema.
func quoteName(name string) string {
	parts := strings.SplitN(name, ".", 2)
	for i, p := range parts {
		parts[i] = quote(strings.Trim(p, `"`))
	}
	return strings.Join(parts, ".")
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
