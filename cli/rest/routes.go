package rest

import "net/http"

// table is everything the server answers. The document is made of it.
func table() []route {
	const job, vertex, subtask = "/jobs/:jobid", "/jobs/:jobid/vertices/:vertexid", "/jobs/:jobid/vertices/:vertexid/subtasks/:subtaskindex"
	routes := []route{
		get("/config", "What a dashboard needs to know of the server.", (*Server).dashboard),
		get("/overview", "The cluster in a few numbers.", (*Server).overview),
		answers(http.MethodDelete, "/cluster", "Ends the cluster: its jobs are stopped in order.", http.StatusOK, (*Server).shutdown, nil),
		get("/applications/overview", "All jobs, each as an application of its own.", (*Server).applications),

		get("/jobs", "All jobs and their states.", (*Server).jobs),
		get("/jobs/overview", "All jobs with their times and tasks.", (*Server).jobsOverview),
		get("/jobs/metrics", "Metrics over all jobs.", (*Server).jobsMetrics, getMetrics, aggregates, jobsFilter),
		get(job, "A job: its times, its vertices with what went through them, its plan.", (*Server).jobDetails),
		change(http.MethodPatch, job, "Cancels a job.", (*Server).cancel, parameter{name: "mode", kind: "string", about: "how to end the job", form: choices("cancel")}),
		get(job+"/status", "The state of a job.", (*Server).jobStatus),
		get(job+"/config", "How a job was told to run.", (*Server).jobConfig),
		get(job+"/plan", "The vertices of a job and the edges between them.", (*Server).jobPlan),
		get(job+"/exceptions", "The failed attempts of a job, the last first.", (*Server).exceptions, maxExceptions),
		get(job+"/execution-result", "How a job ended, or that it has not.", (*Server).executionResult),
		get(job+"/accumulators", "The accumulators of a job: SQL has none.", (*Server).jobAccumulators),
		get(job+"/metrics", "The metrics of a job.", (*Server).jobMetrics, getMetrics),
		get(job+"/jobmanager/config", "The options of the process that leads a job.", (*Server).jobManagerConfig),
		get(job+"/jobmanager/environment", "What that process runs on.", (*Server).jobManagerEnvironment),

		get(job+"/checkpoints", "The checkpoints of a job: counts, sizes, times, the last ten.", (*Server).checkpoints),
		get(job+"/checkpoints/config", "How a job takes checkpoints.", (*Server).checkpointConfig),
		get(job+"/checkpoints/details/:checkpointid", "A checkpoint, by vertex.", (*Server).checkpointDetails),
		get(job+"/checkpoints/details/:checkpointid/subtasks/:vertexid", "A checkpoint in a vertex, by subtask.", (*Server).vertexCheckpoint),
		mayTake[CheckpointTrigger](change(http.MethodPost, job+"/checkpoints", "Takes a checkpoint now.", (*Server).triggerCheckpoint)),
		get(job+"/checkpoints/:triggerid", "What became of a checkpoint that was asked for.", (*Server).checkpointOutcome),
		mayTake[SavepointTrigger](change(http.MethodPost, job+"/savepoints", "Takes a savepoint, behind which the job may be ended.", (*Server).triggerSavepoint)),
		get(job+"/savepoints/:triggerid", "What became of a savepoint that was asked for.", (*Server).savepointOutcome),
		mayTake[StopTrigger](change(http.MethodPost, job+"/stop", "Ends a job behind a savepoint.", (*Server).triggerStop)),
		takes[SavepointDisposal](change(http.MethodPost, "/savepoint-disposal", "Removes a savepoint.", (*Server).disposeSavepoint)),
		get("/savepoint-disposal/:triggerid", "What became of that.", (*Server).disposalOutcome),

		change(http.MethodPatch, job+"/rescaling", "Takes a checkpoint and goes on from it at another parallelism.", (*Server).rescale, rescaling),
		get(job+"/rescaling/:triggerid", "What became of that.", (*Server).rescaleOutcome),
		get(job+"/resource-requirements", "How many subtasks the vertices of a job have.", (*Server).requirements),
		takes[Requirements](answers(http.MethodPut, job+"/resource-requirements", "Rescales a job to what its vertices are allowed, the same for all.", http.StatusOK, (*Server).require, nil)),

		get(vertex, "A vertex, by subtask.", (*Server).vertexDetails),
		get(vertex+"/accumulators", "The accumulators of a vertex: SQL has none.", (*Server).vertexAccumulators),
		get(vertex+"/backpressure", "Where the time of the subtasks of a vertex goes.", (*Server).backPressure),
		get(vertex+"/metrics", "The metrics of all subtasks of a vertex.", (*Server).vertexMetrics, getMetrics),
		get(vertex+"/subtasktimes", "When the subtasks of a vertex entered their states.", (*Server).subtaskTimes),
		get(vertex+"/taskmanagers", "A vertex, by task manager.", (*Server).vertexTaskManagers),
		get(vertex+"/watermarks", "The event time that has come to each subtask of a vertex.", (*Server).watermarks),
		get(vertex+"/subtasks/accumulators", "The accumulators of the subtasks of a vertex: SQL has none.", (*Server).subtasksAccumulators),
		get(vertex+"/subtasks/metrics", "Metrics over the subtasks of a vertex.", (*Server).subtasksMetrics, getMetrics, aggregates, subtasksFilter),
		get(subtask, "A subtask.", (*Server).subtaskDetails),
		get(subtask+"/metrics", "The metrics of a subtask.", (*Server).subtaskMetrics, getMetrics),
		get(subtask+"/attempts/:attempt", "An attempt of a subtask; only the last is kept.", (*Server).attempt),
		get(subtask+"/attempts/:attempt/accumulators", "The accumulators of an attempt: SQL has none.", (*Server).attemptAccumulators),

		get("/taskmanagers", "The task managers.", (*Server).taskManagers),
		get("/taskmanagers/metrics", "Metrics over all task managers.", (*Server).taskManagersMetrics, getMetrics, aggregates, workersFilter),
		get("/taskmanagers/:taskmanagerid", "A task manager.", (*Server).taskManagerDetails),
		get("/taskmanagers/:taskmanagerid/metrics", "The metrics of a task manager.", (*Server).taskManagerMetrics, getMetrics),
		get("/taskmanagers/:taskmanagerid/logs", "The log files of a task manager: none, logs go to stderr.", (*Server).taskManagerLogs),
		get("/taskmanagers/:taskmanagerid/thread-dump", "The goroutines of a task manager.", (*Server).taskManagerThreads),

		get("/jobmanager/config", "The options that the job manager was started with.", (*Server).managerConfig),
		get("/jobmanager/environment", "What the job manager runs on.", (*Server).environment),
		get("/jobmanager/metrics", "The metrics of the job manager.", (*Server).managerMetrics, getMetrics),
		get("/jobmanager/logs", "The log files of the job manager: none, logs go to stderr.", (*Server).managerLogs),
		get("/jobmanager/thread-dump", "The goroutines of the job manager.", (*Server).managerThreads),

		{method: http.MethodGet, path: "/metrics", summary: "All metrics, as Prometheus scrapes them.", status: http.StatusOK, text: prometheusType, serve: (*Server).prometheus},
		{method: http.MethodGet, path: "/openapi.json", summary: "This document.", status: http.StatusOK, text: "application/json", serve: func(s *Server, _ *request) (any, error) { return s.document, nil }},
	}
	for _, a := range absences {
		routes = append(routes, a.refusing())
	}
	return routes
}
