"""A local Flink cluster (a JobManager, a TaskManager, a SQL gateway) driven over REST.

Needs the Python standard library only. Every process is a child of the caller and is ended by its own pid; all addresses
are loopback and all ports are free ones picked at the start.
"""
import contextlib
import decimal
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds the context managers, which end the JVMs
TICKS = os.sysconf("SC_CLK_TCK")
ENDED = ("FINISHED", "FAILED", "CANCELED")


class SqlError(Exception):
    def short(self):
        """The innermost cause of the server's stack trace."""
        lines = str(self).replace("\\n", "\n").replace("\\t", "\t").splitlines()
        causes = [line for line in lines if line.startswith("Caused by")] or lines
        return causes[-1][:400] if causes else "no message"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def rest(port, path, body=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, {"Content-Type": "application/json"},
                                     method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as r:
            return json.load(r, parse_float=decimal.Decimal)  # a DECIMAL(38, s) does not fit a float
    except urllib.error.HTTPError as e:
        raise SqlError(e.read().decode(errors="replace")) from None


def statements(text):
    """Statements end in `;` at the end of a line; comment lines are dropped."""
    text = re.sub(r"^\s*--.*$", "", text, flags=re.M)
    return [s.strip() for s in re.split(r";[ \t]*(?:\n|$)", text) if s.strip()]


class Cluster:
    def __init__(self, flink_home, work_dir, conf, gateway_port=None):
        self.home, self.work = os.path.abspath(flink_home), os.path.abspath(work_dir)
        self.rest_port, self.gateway_port = free_port(), gateway_port or free_port()
        self.conf_dir, self.logs, self.procs = self.work + "/conf", self.work + "/log", {}
        for d in (self.conf_dir, self.logs, self.work + "/tmp"):
            os.makedirs(d, exist_ok=True)
        shutil.copy(self.home + "/conf/log4j.properties", self.conf_dir)
        self._write_conf({
            "jobmanager.rpc.address": "localhost", "jobmanager.rpc.port": free_port(),
            "jobmanager.bind-host": "localhost", "taskmanager.bind-host": "localhost", "taskmanager.host": "localhost",
            "rest.address": "localhost", "rest.bind-address": "localhost", "rest.port": self.rest_port,
            "jobmanager.memory.process.size": "1600m", "io.tmp.dirs": self.work + "/tmp", **conf})

    def _write_conf(self, conf):
        with open(self.conf_dir + "/config.yaml", "w", encoding="utf-8") as f:
            for key, value in conf.items():
                quoted = isinstance(value, str) and (":" in value or "*" in value)
                f.write(f"{key}: {json.dumps(value) if quoted else value}\n")

    def start(self):
        """Returns when the slots are registered and the gateway answers."""
        self._spawn("jobmanager")
        self._spawn("taskmanager")
        self._until(lambda: rest(self.rest_port, "/overview")["slots-total"] > 0)
        self._spawn("gateway", "-Dsql-gateway.endpoint.rest.address=localhost",
                    "-Dsql-gateway.endpoint.rest.bind-address=localhost",
                    f"-Dsql-gateway.endpoint.rest.port={self.gateway_port}", "-Dsql-gateway.session.idle-timeout=0 s")
        self._until(lambda: rest(self.gateway_port, "/info"))
        return self

    def _spawn(self, role, *args):
        env = dict(os.environ, FLINK_CONF_DIR=self.conf_dir, FLINK_LOG_DIR=self.logs)
        with open(f"{self.logs}/{role}.out", "a", encoding="utf-8") as out:
            self.procs[role] = subprocess.Popen([self.home + "/bin/launch.sh", role, *args], env=env, stdout=out, stderr=out)

    def _until(self, probe, limit=120):
        end = time.time() + limit
        while time.time() < end:
            for role, p in self.procs.items():
                if p.poll() is not None:
                    raise RuntimeError(f"{role} exited with {p.returncode}:\n{self._log_tail(role)}")
            try:
                if probe():
                    return
            except (OSError, SqlError, KeyError):
                pass
            time.sleep(0.1)
        raise TimeoutError(f"the cluster did not come up within {limit} s")

    def _log_tail(self, role):
        tail = ""
        for name in (f"{self.logs}/{role}.out", f"{self.logs}/{role}.log"):
            if os.path.exists(name):
                with open(name, encoding="utf-8", errors="replace") as f:
                    tail += f.read()[-1500:]
        return tail

    def stop(self):
        for p in self.procs.values():
            if p.poll() is None:
                p.terminate()
        for p in self.procs.values():
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        self.procs = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def session(self, **conf):
        return Session(self.gateway_port, conf)

    # What the processes have used.

    def cpu_seconds(self, role):
        with open(f"/proc/{self.procs[role].pid}/stat", encoding="utf-8") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss_bytes(self, role):
        with open(f"/proc/{self.procs[role].pid}/status", encoding="utf-8") as f:
            return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmRSS"))

    @contextlib.contextmanager
    def meter(self):
        """Yields a dict that holds each process's CPU seconds once the block has ended."""
        start, used = {r: self.cpu_seconds(r) for r in self.procs}, {}
        yield used
        used.update({f"{r}_cpu_seconds": round(self.cpu_seconds(r) - s, 2) for r, s in start.items()})

    # Jobs.

    def wait_job(self, job_id, limit=600):
        """Waits for the end of a job, cancels it at the limit, and returns what the REST API says of it."""
        end, cancelled = time.time() + limit, False
        while True:
            job = rest(self.rest_port, f"/jobs/{job_id}")
            if job["state"] in ENDED:
                return job
            if time.time() > end and not cancelled:
                rest(self.rest_port, f"/jobs/{job_id}", method="PATCH", body={})
                cancelled = True
            time.sleep(0.2)

    def job_error(self, job_id):
        entries = rest(self.rest_port, f"/jobs/{job_id}/exceptions")["exceptionHistory"]["entries"]
        return SqlError(entries[0]["stacktrace"]).short() if entries else None


class Result:
    def __init__(self):
        self.columns, self.rows, self.kinds, self.job = [], [], [], None


class Session:
    """One session of the SQL gateway."""

    def __init__(self, port, conf):
        self.port = port
        self.path = "/v3/sessions/" + rest(port, "/v3/sessions", {"properties": conf})["sessionHandle"]

    def execute(self, sql, row_format="JSON", limit=600):
        """Runs one statement to its end; rows as JSON values, or as text with row_format PLAIN_TEXT."""
        operation = rest(self.port, self.path + "/statements", {"statement": sql.strip().rstrip(";")})["operationHandle"]
        page, result, start = f"{self.path}/operations/{operation}/result/0?rowFormat={row_format}", Result(), time.time()
        while page:
            r = rest(self.port, page)
            result.job = r.get("jobID", result.job)
            found = r.get("results", {})
            result.columns = found.get("columns", result.columns)
            data = found.get("data", [])
            result.rows += [d["fields"] for d in data]
            result.kinds += [d["kind"] for d in data]
            page = r.get("nextResultUri")
            waited = time.time() - start
            if page and waited > limit:
                rest(self.port, f"{self.path}/operations/{operation}/cancel", method="POST", body={})
                raise SqlError(f"no end after {limit} s")
            if page and not data:  # polls ever more slowly, to leave the processor to the job
                time.sleep(min(0.02 + waited / 20, 0.25))
        return result

    def close(self):
        rest(self.port, self.path, method="DELETE")
