#!/usr/bin/env bash
# Everything that can be checked without running the product. Runs all checks, then reports which failed.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=${VENV:-.venv}/bin
failed=()

section() { # section <name> <command…>: one heading, the command's output, one verdict
  local name=$1; shift
  printf '\n== %s ==\n' "$name"
  local began=$SECONDS
  if "$@"; then printf 'ok (%ss)\n' $((SECONDS - began)); else printf 'FAILED: %s\n' "$name"; failed+=("$name"); fi
}

generated() { # every scripts/gen_*.py writes one file, and with --check only compares it
  local script status=0
  for script in scripts/gen_*.py; do "$bin/python" "$script" --check || status=1; done
  return $status
}

section "ruff: lint" "$bin/ruff" check -q .
section "ruff: format" "$bin/ruff" format --check -q .
section "pyright: types" "$bin/pyright" --warnings
section "import-linter: floors" "$bin/lint-imports" --no-logo
section "generated files: no drift" generated
section "sizes and feature boundaries" "$bin/python" -m pytest -q -p no:randomly -p no:cacheprovider tests/arch/test_size.py tests/arch/test_imports.py -k "not contracts"
section "ui: types and lint" "$bin/python" scripts/build_ui.py --run check

if [ ${#failed[@]} -gt 0 ]; then
  printf '\n%s of the checks failed:\n' "${#failed[@]}"
  printf '  - %s\n' "${failed[@]}"
  exit 1
fi
printf '\nall checks passed\n'
