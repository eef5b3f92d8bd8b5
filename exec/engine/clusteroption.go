package engine

import (
	"crypto/tls"
	"time"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/worker"
)

// The options of the processes of a cluster, with Flink's keys; those of weir. are ours.
var (
	OptHeartbeat        = opt("heartbeat.interval", "duration", "10 s", "how often job manager and task managers say that they are there")
	OptHeartbeatTimeout = opt("heartbeat.timeout", "duration", "50 s", "a process that says nothing for this long counts as gone")
	OptSlotTimeout      = opt("slot.request.timeout", "duration", "5 min", "how long a job waits for its slots")
	OptRegistration     = opt("taskmanager.registration.timeout", "duration", "5 min", "how long a task manager looks for its job manager before it ends; 0: for ever")
	OptSlots            = opt("taskmanager.numberOfTaskSlots", "int", "1", "slots of a task manager: the most subtasks of one operator at a time; its memory is dealt to them")
	OptHighAvailability = enum("high-availability.type", "NONE", "filesystem: jobs outlive their job manager, and one that is started with the same storageDir goes on with them", "NONE", "filesystem")
	OptStorageDir       = opt("high-availability.storageDir", "string", "", "folder where jobs are recorded; on the machine of the job manager")
	OptToken            = opt("weir.cluster.token", "string", "", "a secret that task managers must share with their job manager")
	OptSecure           = opt("security.ssl.internal.enabled", "boolean", "false", "TLS between the processes of a cluster, each of which shows a certificate")
	OptKeystore         = opt("security.ssl.internal.keystore", "string", "", "PEM file of the process's certificate and its key")
	OptTruststore       = opt("security.ssl.internal.truststore", "string", "", "PEM file of the certificates that sign those of all processes")
	OptStoreType        = enum("security.ssl.internal.keystore-type", "PEM", "format of keystore and truststore", "PEM")
)

// ClusterOptions lists the options of the processes of a cluster, in the order of the documentation.
func ClusterOptions() []*option.Definition {
	return []*option.Definition{
		OptHeartbeat, OptHeartbeatTimeout, OptSlotTimeout, OptRegistration, OptSlots, OptHighAvailability, OptStorageDir, OptToken,
		OptSecure, OptKeystore, OptTruststore, OptStoreType,
	}
}

// cluster is what the options say of a process of a cluster.
type cluster struct {
	interval, timeout  time.Duration // of heartbeats
	slots, registering time.Duration
	secure             *tls.Config
	token              string
	storage            string // folder of recorded jobs; empty: none are
}

// Take parts options into those of a process of a cluster and the rest.
func Take(all option.Values) (process, others option.Values) {
	process, others = option.Values{}, option.Values{}
	for k, v := range all {
		if isCluster(k) {
			process[k] = v
		} else {
			others[k] = v
		}
	}
	return process, others
}

func isCluster(key string) bool {
	for _, d := range ClusterOptions() {
		if d.Key == key {
			return true
		}
	}
	return false
}

func readCluster(v option.Values) (c cluster, err error) {
	for _, x := range []struct {
		to    *time.Duration
		def   *option.Definition
		least time.Duration
	}{
		{&c.interval, OptHeartbeat, time.Millisecond},
		{&c.timeout, OptHeartbeatTimeout, time.Millisecond},
		{&c.slots, OptSlotTimeout, 0},
		{&c.registering, OptRegistration, 0},
	} {
		if *x.to, err = v.Duration(x.def); err != nil {
			return c, err
		}
		if *x.to < x.least {
			return c, sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", x.def.Key, v.Text(x.def))
		}
	}
	if c.timeout <= c.interval {
		return c, sqlerr.Newf(sqlerr.InvalidOption, "option '%s' must be longer than '%s'", OptHeartbeatTimeout.Key, OptHeartbeat.Key)
	}
	c.token = v.Text(OptToken)
	if c.storage, err = storage(v); err != nil {
		return c, err
	}
	c.secure, err = secure(v)
	return c, err
}

func storage(v option.Values) (string, error) {
	kind, err := v.Enum(OptHighAvailability)
	if err != nil || kind == OptHighAvailability.Default {
		return "", err
	}
	dir := localPath(v.Text(OptStorageDir))
	if dir == "" {
		return "", sqlerr.Newf(sqlerr.InvalidOption, "'%s' needs '%s'", OptHighAvailability.Key, OptStorageDir.Key).WithHint("a folder that survives this process")
	}
	return dir, nil
}

func secure(v option.Values) (*tls.Config, error) {
	on, err := v.Bool(OptSecure)
	if err != nil {
		return nil, err
	}
	if _, err := v.Enum(OptStoreType); err != nil {
		return nil, err
	}
	if !on {
		return nil, nil
	}
	for _, d := range []*option.Definition{OptKeystore, OptTruststore} {
		if v.Text(d) == "" {
			return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s' needs '%s'", OptSecure.Key, d.Key).WithHint("%s", d.Text)
		}
	}
	c, err := worker.Secure(v.Text(OptKeystore), v.Text(OptTruststore))
	if err != nil {
		return nil, sqlerr.Wrap(sqlerr.InvalidOption, err, "'%s' cannot be had", OptSecure.Key).WithHint("keystore and truststore are PEM files; those of Java (JKS, PKCS12) are not read")
	}
	return c, nil
}
