package scalar

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	declare(function.Function{Name: "URL_ENCODE", Doc: stringDoc("URL_ENCODE(string)", "The string as it stands in a form's URL.", "URL_ENCODE('a b')")},
		nullable(takes(returns(types.StringType), 1, aString)), textMap(func(dst, s []byte) []byte { return appendFormURL(dst, s) }))
	declare(function.Function{Name: "URL_DECODE", Doc: stringDoc("URL_DECODE(string)", "The text of a form's URL; NULL where it is malformed.", "URL_DECODE('a+b')")},
		nullable(takes(returns(types.StringType), 1, aString)), textTry(func(dst, s []byte) ([]byte, bool) {
			out, err := url.QueryUnescape(string(s))
			return append(dst, out...), err == nil
		}))
	declare(function.Function{
		Name: "PARSE_URL",
		Doc:  stringDoc("PARSE_URL(url, part [, key])", "HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE or USERINFO of a URL; with a key, one value of the query.", "PARSE_URL('http://weir.dev/a?b=1', 'QUERY', 'b')"),
	},
		nullable(takes(returns(types.StringType), 2, aString, aString, aString)), textWith(parseURL))
}

// appendFormURL writes a form's URL as Java does: * stays, ~ does not.
func appendFormURL(dst, s []byte) []byte {
	return append(dst, formURL.Replace(url.QueryEscape(string(s)))...)
}

var formURL = strings.NewReplacer("%2A", "*", "~", "%7E")

// javaURL is a URL as java.net.URL takes it apart: nothing is decoded, and host
// and path may hold what a strict reader refuses.
type javaURL struct {
	protocol, host, path                    string
	authority, user, query, ref             string
	hasAuthority, hasUser, hasQuery, hasRef bool
}

// javaProtocols are those that Java knows; URLs of others are malformed.
var javaProtocols = map[string]bool{"http": true, "https": true, "ftp": true, "file": true, "jar": true, "mailto": true, "jmod": true, "jrt": true}

func readJavaURL(text string) (u javaURL, ok bool) {
	text = strings.Trim(text, " \t\r\n")
	protocol, rest, found := strings.Cut(text, ":")
	u.protocol = strings.ToLower(protocol)
	if !found || strings.Contains(protocol, "/") || !javaProtocols[u.protocol] {
		return u, false
	}
	rest, u.ref, u.hasRef = strings.Cut(rest, "#")
	rest, u.query, u.hasQuery = strings.Cut(rest, "?")
	if after, slashes := strings.CutPrefix(rest, "//"); slashes && !strings.HasPrefix(after, "//") {
		end := strings.IndexByte(after, '/')
		if end < 0 {
			end = len(after)
		}
		u.authority, u.hasAuthority = after[:end], true
		rest = after[end:]
		if !u.readAuthority() {
			return u, false
		}
	}
	u.path = withoutDots(rest)
	return u, true
}

// readAuthority parts user, host and port; false for a port that is no number.
func (u *javaURL) readAuthority() bool {
	u.host = u.authority
	if at := strings.IndexByte(u.authority, '@'); at >= 0 {
		if at != strings.LastIndexByte(u.authority, '@') {
			u.host = ""
			return true
		}
		u.user, u.host, u.hasUser = u.authority[:at], u.authority[at+1:], true
	}
	from := 0
	if strings.HasPrefix(u.host, "[") {
		if from = strings.IndexByte(u.host, ']') + 1; from == 0 {
			return false
		}
	}
	at := strings.IndexByte(u.host[from:], ':')
	if at < 0 {
		return from == 0 || from == len(u.host)
	}
	port := u.host[from+at+1:]
	u.host = u.host[:from+at]
	n, err := strconv.Atoi(port)
	return port == "" || err == nil && n >= -1
}

// withoutDots takes /./ and name/../ out of a path.
func withoutDots(path string) string {
	for {
		at := strings.Index(path, "/./")
		if at < 0 {
			break
		}
		path = path[:at] + path[at+2:]
	}
	for from := 0; ; {
		at := strings.Index(path[from:], "/../")
		if at < 0 {
			break
		}
		at += from
		if before := strings.LastIndexByte(path[:at], '/'); at > 0 && before >= 0 && path[before:at] != "/.." {
			path, from = path[:before]+path[at+3:], 0
		} else {
			from = at + 3
		}
	}
	if head, ok := strings.CutSuffix(path, "/.."); ok {
		if before := strings.LastIndexByte(head, '/'); before >= 0 {
			path = path[:before+1]
		}
	}
	path = strings.TrimPrefix(path, "./")
	if strings.HasSuffix(path, "/.") {
		path = path[:len(path)-1]
	}
	return path
}

// part is one part of the URL by its name, which is case-sensitive.
func (u *javaURL) part(name string) (string, bool) {
	switch name {
	case "HOST":
		return u.host, true
	case "PATH":
		return u.path, true
	case "QUERY":
		return u.query, u.hasQuery
	case "REF":
		return u.ref, u.hasRef
	case "PROTOCOL":
		return u.protocol, true
	case "AUTHORITY":
		return u.authority, u.hasAuthority
	case "USERINFO":
		return u.user, u.hasUser
	case "FILE":
		if u.hasQuery {
			return u.path + "?" + u.query, true
		}
		return u.path, true
	}
	return "", false
}

func parseURL(c *kernel.Call) func(dst []byte, r uint32) ([]byte, bool) {
	x, part := c.Strings(0), c.Strings(1)
	return func(dst []byte, r uint32) ([]byte, bool) {
		u, ok := readJavaURL(string(x.At(r)))
		if !ok {
			return dst, false
		}
		name := string(part.At(r))
		if len(c.Args) == 3 {
			key := c.Strings(2)
			if name != "QUERY" {
				return dst, false
			}
			return appendQueryValue(dst, u.query, string(key.At(r)))
		}
		out, ok := u.part(name)
		return append(dst, out...), ok
	}
}

// appendQueryValue appends the first value of a key as it is written.
func appendQueryValue(dst []byte, query, key string) ([]byte, bool) {
	for pair := range strings.SplitSeq(query, "&") {
		if k, v, ok := strings.Cut(pair, "="); ok && k == key {
			return append(dst, v...), true
		}
	}
	return dst, false
}
