#!/usr/bin/env bash
# Prepare the virtual environment: uv from PyPI, then every pinned dependency and the two wheels in editable form.
set -euo pipefail
python=$1 venv=$2
say() { printf '\033[2m%s\033[0m\n' "$*" >&2; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Assay needs Python 3.11 or newer; $python is $("$python" -V 2>&1). Set PYTHON=/path/to/python3.11" >&2; exit 1; }
[ -x "$venv/bin/python" ] || { say "creating $venv"; "$python" -m venv "$venv"; }
[ -x "$venv/bin/uv" ] || { say "installing uv"; "$venv/bin/pip" install -q --disable-pip-version-check uv; }
say "installing Python packages"
VIRTUAL_ENV="$PWD/$venv" "$venv/bin/uv" pip install -q --link-mode=hardlink -r requirements.lock
VIRTUAL_ENV="$PWD/$venv" "$venv/bin/uv" pip install -q --no-deps -e sdk -e server
say "compiling them, so that every start is quick"
"$venv/bin/python" -m compileall -q -j 0 "$venv"/lib/python3.*/site-packages >/dev/null || true
