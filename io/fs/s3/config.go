package s3

import (
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
)

// The options, of SET and of WITH (…).
var (
	OptEndpoint  = &option.Definition{Key: "s3.endpoint", Type: "string", Text: "URL of the object store; without it AWS_ENDPOINT_URL, or that of Amazon"}
	OptAccessKey = &option.Definition{Key: "s3.access-key", Aliases: []string{"s3.access.key"}, Type: "string", Text: "key id; without it AWS_ACCESS_KEY_ID, the shared credentials file, or the role of the machine"}
	OptSecretKey = &option.Definition{Key: "s3.secret-key", Aliases: []string{"s3.secret.key"}, Type: "string", Text: "secret of the key; without it AWS_SECRET_ACCESS_KEY. It is never shown"}
	OptPathStyle = &option.Definition{Key: "s3.path.style.access", Aliases: []string{"s3.path-style-access"}, Type: "boolean", Default: "false", Text: "buckets are the first part of a URL's path, not of its host"}
	OptRegion    = &option.Definition{Key: "s3.region", Aliases: []string{"s3.endpoint.region"}, Type: "string", Text: "region of the buckets; without it AWS_REGION"}
)

// Options declares the keys.
func Options() []*option.Definition {
	return []*option.Definition{OptEndpoint, OptAccessKey, OptSecretKey, OptPathStyle, OptRegion}
}

// Is reports a name of this file system.
func Is(name string) bool {
	scheme, _, ok := strings.Cut(name, ":/")
	return ok && (scheme == "s3" || scheme == "s3a" || scheme == "s3n")
}

// config is what a client is made of.
type config struct {
	endpoint, accessKey, secretKey, region string
	pathStyle                              bool
}

var clients struct {
	sync.Mutex
	byConfig map[config]*FS
}

// Open makes a file system by its options, once for equal ones.
func Open(v option.Values) (*FS, error) {
	c := config{endpoint: v.Text(OptEndpoint), accessKey: v.Text(OptAccessKey), secretKey: v.Text(OptSecretKey), region: v.Text(OptRegion)}
	var err error
	if c.pathStyle, err = v.Bool(OptPathStyle); err != nil {
		return nil, err
	}
	if (c.accessKey == "") != (c.secretKey == "") {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s' and '%s' belong together", OptAccessKey.Key, OptSecretKey.Key)
	}
	c.endpoint = first(c.endpoint, os.Getenv("AWS_ENDPOINT_URL_S3"), os.Getenv("AWS_ENDPOINT_URL"), "https://s3.amazonaws.com")
	c.region = first(c.region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	clients.Lock()
	defer clients.Unlock()
	if f := clients.byConfig[c]; f != nil {
		return f, nil
	}
	f, err := c.client()
	if err != nil {
		return nil, err
	}
	if clients.byConfig == nil {
		clients.byConfig = map[config]*FS{}
	}
	clients.byConfig[c] = f
	return f, nil
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// tries is how often a request is made before its error counts.
const tries = 5

func (c config) client() (*FS, error) {
	text := c.endpoint
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", OptEndpoint.Key, c.endpoint).WithHint("it is a URL such as http://127.0.0.1:9000")
	}
	o := &minio.Options{Secure: u.Scheme == "https", Region: c.region, MaxRetries: tries}
	if c.accessKey != "" {
		o.Creds = credentials.NewStaticV4(c.accessKey, c.secretKey, "")
	} else {
		o.Creds = credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{}})
	}
	if c.pathStyle {
		o.BucketLookup = minio.BucketLookupPath
	}
	transport, err := minio.DefaultTransport(o.Secure)
	if err != nil {
		return nil, err
	}
	o.Transport = transport
	core, err := minio.NewCore(u.Host, o)
	if err != nil {
		return nil, sqlerr.Wrap(sqlerr.InvalidOption, err, "s3: connect to %s", u.Host)
	}
	return &FS{core: core, transport: transport}, nil
}

// CloseIdle closes the connections that no request is using, of all clients.
func CloseIdle() {
	clients.Lock()
	defer clients.Unlock()
	for _, f := range clients.byConfig {
		f.transport.CloseIdleConnections()
	}
}
