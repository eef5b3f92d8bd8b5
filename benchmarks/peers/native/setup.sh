#!/usr/bin/env bash
# Makes or refreshes a Python environment with the peers of requirements.txt.
# Usage: setup.sh VENV_DIR
set -euo pipefail
venv=${1:?usage: setup.sh VENV_DIR}
here=$(cd "$(dirname "$0")" && pwd)
[ -x "$venv/bin/pip" ] || python3 -m venv "$venv"
"$venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt"
