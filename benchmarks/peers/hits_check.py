#!/usr/bin/env python3
"""Runs the 25 queries over web hits with `weir sql` and with DuckDB on the same file, and compares the answers (native/check.py).

  hits_check.py --weir bin/weir --data DIR [--only 2,8-10] [--mode batch|streaming]
                [--timeout 300] [--set KEY=VALUE ...] [--target URL]

Exit status 1 when a query fails or differs.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "native"))
import check  # noqa: E402
import suites  # noqa: E402

if __name__ == "__main__":
    sys.exit(check.main(suites.SUITES["hits"], __doc__))
