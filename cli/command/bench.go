package command

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/benchmarks/hits"
	"github.com/weir-engine/weir/benchmarks/nexmark"
	"github.com/weir-engine/weir/benchmarks/suite"
	"github.com/weir-engine/weir/benchmarks/tpcds"
	"github.com/weir-engine/weir/benchmarks/tpch"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/engine"
)

func (a *app) benchCommand() *cobra.Command {
	c := &cobra.Command{Use: "bench", Short: "Run the bundled benchmarks"}
	c.AddCommand(
		a.benchSuite(tpch.Suite, "  weir bench tpch --data testdata/tpch --query 1,3-6 --runs 5 --format json"),
		a.benchSuite(tpcds.Suite, "  weir bench tpcds --data benchmarks/data/tpcds-sf1 --query 1-99"),
		a.benchSuite(hits.Suite, "  weir bench hits --data benchmarks/data/hits --query 29"),
		a.benchNexmark(),
	)
	return c
}

func (a *app) benchSuite(queries *suite.Suite, example string) *cobra.Command {
	var f sessionFlags
	var data, query, format string
	var runs int
	c := &cobra.Command{
		Use:     queries.Name + " --data DIR",
		Short:   queries.Title + " over Parquet files",
		Long:    "Run queries of " + queries.Title + " over Parquet files, each several times in this process, and print seconds, CPU seconds and memory.",
		Example: example,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			numbers, err := parseQueries(query, queries.Numbers())
			if err != nil {
				return err
			}
			asJSON, err := jsonFormat(format)
			if err != nil {
				return err
			}
			e, _, err := a.openEngine(&f)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, e.Close()) }()
			options, err := f.options()
			if err != nil {
				return err
			}
			return queries.Run(c.Context(), e, suite.Config{Data: data, Queries: numbers, Runs: runs, Options: options, JSON: asJSON, Out: a.streams.Out})
		},
	}
	c.Flags().StringVar(&data, "data", "", "folder of "+queries.Example+" … ("+queries.Make+" makes one)")
	c.Flags().StringVar(&query, "query", "", "queries: numbers and ranges; default: all")
	c.Flags().IntVar(&runs, "runs", 3, "runs of each query; the least is reported")
	c.Flags().StringVar(&format, "format", "table", "table, or json: one object a line")
	f.add(c)
	_ = c.MarkFlagRequired("data") // the flag exists
	return c
}

func jsonFormat(format string) (bool, error) {
	switch format {
	case "json":
		return true, nil
	case "table":
		return false, nil
	}
	return false, usage("--format is table or json, not %q", format)
}

// parseQueries reads 1,3-6 as numbers of those there are; of a range only those; nothing is all.
func parseQueries(s string, known []int) ([]int, error) {
	if s == "" {
		return known, nil
	}
	var out []int
	for _, part := range strings.Split(s, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		lo, err := strconv.Atoi(strings.TrimPrefix(from, "q"))
		hi := lo
		if err == nil && isRange {
			hi, err = strconv.Atoi(strings.TrimPrefix(to, "q"))
		}
		last := known[len(known)-1]
		if err != nil || lo < 1 || hi > last || lo > hi {
			return nil, usage("--query takes numbers from 1 to %d and ranges, not %q", last, part)
		}
		for _, n := range known {
			if lo <= n && n <= hi {
				out = append(out, n)
			}
		}
		if len(out) == 0 {
			return nil, usage("--query: there is no query %s", part)
		}
	}
	return out, nil
}

// nexmarkFlags are the flags of weir bench nexmark.
type nexmarkFlags struct {
	sessionFlags
	query, state, checkpoint, format, source, data, write string
	brokers, topic                                        string
	events                                                int64
}

func (a *app) benchNexmark() *cobra.Command {
	var f nexmarkFlags
	c := &cobra.Command{
		Use:   "nexmark",
		Short: "Nexmark in streaming mode",
		Long: "Run queries of Nexmark in streaming mode, with checkpoints, into a blackhole, and print events a second, latency and\n" +
			"memory. Events come from the generator, which makes every field of each, or from the files or the topic that\n" +
			"--write has made.",
		Example: "  weir bench nexmark --query q5 --events 10000000 --state pebble --checkpoint 2s --format json\n" +
			"  weir bench nexmark --write events --events 1000000\n" +
			"  weir bench nexmark --query q0,q5 --source parquet --data events\n" +
			"  weir bench nexmark --write kafka --brokers 127.0.0.1:9092 --topic events --events 1000000\n" +
			"  weir bench nexmark --query q0,q5 --source kafka --brokers 127.0.0.1:9092 --topic events",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			e, s, err := a.openEngine(&f.sessionFlags)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, e.Close()) }()
			if f.write != "" {
				return f.writeEvents(c, s)
			}
			return a.runNexmark(c, e, &f)
		},
	}
	c.Flags().StringVar(&f.query, "query", strings.Join(nexmark.Names(), ","), "queries, such as q5 or q0,q5,q7")
	c.Flags().Int64Var(&f.events, "events", 10_000_000, "events of the run, or to write")
	c.Flags().StringVar(&f.source, "source", "generator", "where events come from: generator, parquet (the files in --data) or kafka (a topic)")
	c.Flags().StringVar(&f.data, "data", "", "folder of files that --write has made")
	c.Flags().StringVar(&f.write, "write", "", "write the events as Parquet files into this folder, or with kafka into a topic, and run no query")
	c.Flags().StringVar(&f.brokers, "brokers", "", "brokers of Kafka: host:port,…")
	c.Flags().StringVar(&f.topic, "topic", "nexmark", "topic of the events, as JSON; made beforehand, of one partition, so that they come in order")
	c.Flags().StringVar(&f.state, "state", "pebble", "state backend: hashmap or pebble")
	c.Flags().StringVar(&f.checkpoint, "checkpoint", "10s", "time between two checkpoints")
	c.Flags().StringVar(&f.format, "format", "table", "table, or json: one object a line; of --write: parquet")
	f.add(c)
	return c
}

func (f *nexmarkFlags) writeEvents(c *cobra.Command, s *engine.Session) error {
	table, format := nexmark.Files(f.write), "parquet"
	if f.write == "kafka" {
		table, format = nexmark.Topic(f.brokers, f.topic), "json"
	}
	switch {
	case (f.write == "kafka") != (f.brokers != ""):
		return usage("--write kafka and --brokers go together")
	case c.Flags().Changed("format") && f.format != format:
		return usage("--write %s makes events of format %s, not %q", f.write, format, f.format)
	}
	return nexmark.Write(c.Context(), s, table, f.events)
}

// stored is the table of events that were written before; nil for the generator's.
func (f *nexmarkFlags) stored() (option.Values, error) {
	switch {
	case f.source != "generator" && f.source != "parquet" && f.source != "kafka":
		return nil, usage("--source is generator, parquet or kafka, not %q", f.source)
	case (f.source == "parquet") != (f.data != ""):
		return nil, usage("--source parquet and --data go together")
	case (f.source == "kafka") != (f.brokers != ""):
		return nil, usage("--source kafka and --brokers go together")
	case f.source == "parquet":
		return nexmark.Files(f.data), nil
	case f.source == "kafka":
		return nexmark.Topic(f.brokers, f.topic), nil
	}
	return nil, nil
}

func (a *app) runNexmark(c *cobra.Command, e *engine.Engine, f *nexmarkFlags) (err error) {
	asJSON, err := jsonFormat(f.format)
	if err != nil {
		return err
	}
	stored, err := f.stored()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "weir-nexmark-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	options, err := f.options()
	if err != nil {
		return err
	}
	setUnlessGiven(options, map[string]string{
		engine.OptMode.Key: "streaming", engine.OptBackend.Key: f.state,
		engine.OptInterval.Key: f.checkpoint, engine.OptDir.Key: dir,
	})
	return nexmark.Run(c.Context(), e, nexmark.Config{
		Queries: strings.Split(f.query, ","), Events: f.events, Options: options, Stored: stored, JSON: asJSON, Out: a.streams.Out,
	})
}

func setUnlessGiven(v option.Values, more map[string]string) {
	for k, x := range more {
		if _, ok := v[k]; !ok && x != "" {
			v[k] = x
		}
	}
}
