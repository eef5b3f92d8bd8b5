#!/usr/bin/env bash
# Makes or refreshes a Python environment with the peers of requirements.txt, or with what another such file names.
# Usage: setup.sh VENV_DIR [REQUIREMENTS]
set -euo pipefail
venv=${1:?usage: setup.sh VENV_DIR [REQUIREMENTS]}
here=$(cd "$(dirname "$0")" && pwd)
requirements=${2:-$here/requirements.txt}
[ -x "$venv/bin/pip" ] || python3 -m venv "$venv"
"$venv/bin/pip" install -q --disable-pip-version-check -r "$requirements"
