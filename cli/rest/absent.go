package rest

import "net/http"

// absence is what Flink has and weir has not: a path, and why.
type absence struct {
	method, path, why string
}

const (
	noJars      = "weir runs SQL, not jars: send statements to the SQL gateway, or use weir run"
	noGraphs    = "a job graph of Java's cannot run here: send statements to the SQL gateway, or use weir run"
	noFlames    = "flame graphs are not drawn; profiles come from --pprof and --pyroscope"
	noProfiler  = "Java's profiler is not here; profiles come from --pprof and --pyroscope"
	noLogFiles  = "logs go to stderr of the service, not to files"
	noRescales  = "rescales are not recorded"
	noDatasets  = "there are no cached data sets"
	noHeartbeat = "the life of a job does not hang on its client's"
	noRequests  = "coordinators of operators take no requests"
)

var absences = []absence{
	{"GET", "/jars", noJars},
	{"POST", "/jars/upload", noJars},
	{"DELETE", "/jars/:jarid", noJars},
	{"GET", "/jars/:jarid/plan", noJars},
	{"POST", "/jars/:jarid/plan", noJars},
	{"POST", "/jars/:jarid/run", noJars},
	{"POST", "/jars/:jarid/run-application", noJars},
	{"POST", "/jobs", noGraphs},
	{"GET", "/jobs/:jobid/vertices/:vertexid/flamegraph", noFlames},
	{"GET", "/jobs/:jobid/vertices/:vertexid/jm-operator-metrics", "the job manager measures nothing of operators"},
	{"POST", "/jobs/:jobid/coordinators/:operatorUid", noRequests},
	{"PATCH", "/jobs/:jobid/clientHeartbeat", noHeartbeat},
	{"GET", "/jobs/:jobid/yarn-cancel", "PATCH /jobs/:jobid cancels"},
	{"GET", "/jobs/:jobid/yarn-stop", "POST /jobs/:jobid/stop stops"},
	{"GET", "/jobs/:jobid/jobmanager/log-url", noLogFiles},
	{"GET", "/jobs/:jobid/taskmanagers/:taskmanagerid/log-url", noLogFiles},
	{"GET", "/jobs/:jobid/rescales/config", noRescales},
	{"GET", "/jobs/:jobid/rescales/overview", noRescales},
	{"GET", "/jobs/:jobid/rescales/history", noRescales},
	{"GET", "/jobs/:jobid/rescales/summary", noRescales},
	{"GET", "/jobs/:jobid/rescales/details/:rescaleuuid", noRescales},
	{"GET", "/datasets", noDatasets},
	{"DELETE", "/datasets/:datasetid", noDatasets},
	{"GET", "/datasets/delete/:triggerid", noDatasets},
	{"GET", "/jobmanager/logs/:filename", noLogFiles},
	{"GET", "/jobmanager/profiler", noProfiler},
	{"POST", "/jobmanager/profiler", noProfiler},
	{"GET", "/jobmanager/profiler/:filename", noProfiler},
	{"GET", "/taskmanagers/:taskmanagerid/log", noLogFiles},
	{"GET", "/taskmanagers/:taskmanagerid/stdout", noLogFiles},
	{"GET", "/taskmanagers/:taskmanagerid/logs/:filename", noLogFiles},
	{"GET", "/taskmanagers/:taskmanagerid/profiler", noProfiler},
	{"POST", "/taskmanagers/:taskmanagerid/profiler", noProfiler},
	{"GET", "/taskmanagers/:taskmanagerid/profiler/:filename", noProfiler},
	{"GET", "/applications/:applicationid", "applications are listed by /applications/overview; each is one job, under the same id"},
	{"GET", "/applications/:applicationid/exceptions", "see /jobs/:jobid/exceptions of the same id"},
	{"GET", "/applications/:applicationid/jobmanager/config", "see /jobmanager/config"},
	{"POST", "/applications/:applicationid/cancel", "PATCH /jobs/:jobid of the same id cancels"},
}

// refusing is the route of an absence: it answers 501, so that a client knows that asking again is in vain.
func (a absence) refusing() route {
	return route{
		method: a.method, path: a.path, summary: "Not supported: " + a.why + ".", status: http.StatusNotImplemented,
		serve: func(*Server, *request) (any, error) {
			return nil, refuse(http.StatusNotImplemented, "%s %s is not supported: %s.", a.method, a.path, a.why)
		},
	}
}
