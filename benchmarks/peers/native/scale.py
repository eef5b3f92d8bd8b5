#!/usr/bin/env python3
"""How TPC-H grows: this engine with one core and with two, and over ten times the data.

  scale.py --weir bin/weir --small DIR --large DIR [--only 1-22] [--runs 3] [--memory 2GiB] [--out STEM]

Query by query, in processes of their own: the small data with one core and with all, then the large data with all. Shown are how
much faster all cores are, and by what factor the processor time grows with the data; geometric means at the end. --out writes
STEM.json and STEM.md.
"""
import argparse
import json
import os
import subprocess

import report
from suites import TPCH


def measure(a, data, name, cores):
    argv = [a.weir, "bench", "tpch", "--data", data, "--query", name[1:].lstrip("0"), "--runs", str(a.runs), "-p", str(cores),
            "--memory", a.memory, "--format", "json"]
    # Other goroutines than those of tasks (readers, spilling) must not use the cores that the run is not to have.
    p = subprocess.run(argv, capture_output=True, text=True, check=True, env={**os.environ, "GOMAXPROCS": str(cores)})
    return json.loads(p.stdout.splitlines()[-1])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--weir", default="bin/weir")
    p.add_argument("--small", required=True)
    p.add_argument("--large", required=True)
    p.add_argument("--only")
    p.add_argument("--runs", type=int, default=3)
    p.add_argument("--memory", default="2GiB")
    p.add_argument("--out", metavar="STEM")
    a = p.parse_args()
    cores = os.cpu_count()
    columns = ["query", "1 core s", f"{cores} cores s", "faster", "cpu s", "large cpu s", "growth"]
    print(*[f"{c:>12}" for c in columns])
    rows, results = [], {}
    for name in TPCH.selection(a.only):
        one, whole, large = (measure(a, a.small, name, 1), measure(a, a.small, name, cores), measure(a, a.large, name, cores))
        results[name] = {"one": one, "all": whole, "large": large,
                         "faster": one["seconds"] / whole["seconds"], "growth": large["cpu_seconds"] / whole["cpu_seconds"]}
        r = results[name]
        rows.append([name, f"{one['seconds']:.4f}", f"{whole['seconds']:.4f}", f"{r['faster']:.2f}", f"{whole['cpu_seconds']:.3f}",
                     f"{large['cpu_seconds']:.3f}", f"{r['growth']:.1f}"])
        print(*[f"{c:>12}" for c in rows[-1]], flush=True)
    means = {k: report.geometric_mean([r[k] for r in results.values()]) for k in ("faster", "growth")}
    rows.append(["mean", "", "", f"{means['faster']:.2f}", "", "", f"{means['growth']:.1f}"])
    print(*[f"{c:>12}" for c in rows[-1]])
    if a.out:
        report.write(a.out, f"TPC-H, 1 and {cores} cores, and ten times the data", f"least of {a.runs} runs, memory {a.memory}",
                     columns, rows, {}, results)


if __name__ == "__main__":
    main()
