#!/usr/bin/env bash
# Run every test this machine can run. Browser tests need a Chromium: installed from Debian when we may, else skipped aloud.
set -euo pipefail
bin=.venv/bin
say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }
if [ -z "$(chromium)" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  say "installing Chromium for the browser tests"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-dejavu-core >/dev/null; } \
    || say "Chromium could not be installed"
fi
[ -n "$(chromium)" ] || say "No Chromium here: browser tests are skipped. On Debian: apt-get install chromium"

say "checks"
scripts/check.sh
if [ -f ui/package.json ]; then
  say "UI unit tests"
  "$bin/python" scripts/build_ui.py --run test
fi
run() { # a selection that matches nothing (status 5) is no failure of the suite
  "$bin/python" -m pytest -q -n "${TEST_WORKERS:-2}" --dist loadfile "$@" || [ $? = 5 ]
}
say "tests"
run -m "not browser" "$@"
say "browser tests" # in processes of their own: the browser driver keeps an event loop running in its thread
run -m browser "$@"
