package kafka

import (
	"regexp"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/format"
)

// config is what the options of a table say to reading and writing alike.
type config struct {
	table      *catalog.Table
	upsert     bool // records are changes by key
	changelog  bool // records are changes of any kind
	absent     bool // a record without value is a row whose one value is NULL
	topics     []string
	pattern    *regexp.Regexp
	client     *properties
	key, value format.Records // key is nil where records have none
	lenient    string         // option that leaves out records which cannot be read; "" where none does
	fields     fields
}

func parse(t *catalog.Table) (*config, error) {
	c := &config{table: t, upsert: t.Connector() == upsertName}
	if err := c.parseTopics(t.Options); err != nil {
		return nil, err
	}
	if err := c.parseFormats(t.Options); err != nil {
		return nil, err
	}
	if err := c.checkKey(); err != nil {
		return nil, err
	}
	var err error
	if c.fields, err = parseFields(c); err != nil {
		return nil, err
	}
	c.client, err = parseProperties(t.Connector(), t.Options)
	return c, err
}

func (c *config) checkKey() error {
	switch has := len(c.table.PrimaryKey) > 0; {
	case has && !c.upsert && !c.changelog:
		return sqlerr.Newf(sqlerr.InvalidDefinition, "a table of connector 'kafka' has no PRIMARY KEY: its records are only ever added").
			WithHint("leave the PRIMARY KEY out, or use 'connector' = 'upsert-kafka', which keeps the last row of each key")
	case !has && c.upsert:
		return sqlerr.Newf(sqlerr.InvalidDefinition, "a table of connector 'upsert-kafka' needs a PRIMARY KEY: its columns are the records' keys").
			WithHint("PRIMARY KEY (…) NOT ENFORCED")
	}
	return nil
}

func (c *config) parseTopics(v option.Values) error {
	names, pattern := v.Text(optTopic), v.Text(optPattern)
	if (names == "") == (pattern == "") {
		return sqlerr.Newf(sqlerr.InvalidOption, "connector '%s' needs one of the options 'topic' and 'topic-pattern'", c.table.Connector())
	}
	c.topics = list(names)
	if pattern == "" {
		return nil
	}
	var err error
	if c.pattern, err = regexp.Compile("^(?:" + pattern + ")$"); err != nil {
		return sqlerr.Wrap(sqlerr.InvalidOption, err, "option 'topic-pattern'")
	}
	return nil
}

// list cuts a;b.
func list(text string) (out []string) {
	for name := range strings.SplitSeq(text, ";") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

func (c *config) parseFormats(v option.Values) error {
	value := optFormat
	switch {
	case c.upsert:
		value = optValueFormat
	case v.Text(optFormat) == "":
		return sqlerr.Newf(sqlerr.InvalidOption, "connector 'kafka' needs the option 'format'").WithHint("'format' = 'json'")
	}
	var err error
	if c.value, err = format.Read(v, value, valuePrefix, !c.upsert); err != nil {
		return err
	}
	c.changelog = format.Changelog(c.value)
	if c.changelog && c.upsert {
		return sqlerr.Newf(sqlerr.InvalidOption, "connector 'upsert-kafka' takes no format of changes such as '%s'", v.Text(value)).WithHint("'connector' = 'kafka' reads them")
	}
	if format.Absent(c.value) { // which has no such option
		c.absent = !c.upsert
	} else if c.lenient = v.Text(value) + ".ignore-parse-errors"; c.upsert {
		c.lenient = valuePrefix + c.lenient
	}
	if v.Has(optKeyFormat) {
		c.key, err = format.Read(v, optKeyFormat, keyPrefix, false)
	}
	if err == nil && c.key != nil && (c.changelog || format.Changelog(c.key)) {
		err = sqlerr.Newf(sqlerr.FeatureNotSupported, "a key beside a format of changes is not supported").WithHint("leave out '%s'", optKeyFormat.Key)
	}
	return err
}
