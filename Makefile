# The six verbs: setup, demo, check, test, ui, bench; beside them fmt, lock, screenshots, clean. Needs Python 3.11+, git, make, gcc; everything else is fetched.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
EXIT   ?=

.PHONY: setup demo check test ui bench lock clean fmt screenshots

setup: $(VENV)/.ready ui

$(VENV)/.ready: requirements.lock pyproject.toml sdk/pyproject.toml server/pyproject.toml
	@scripts/setup.sh "$(PYTHON)" "$(VENV)"
	@touch $@

ui: $(VENV)/.ready
	@$(BIN)/python scripts/build_ui.py

demo: setup
	@$(BIN)/python -m examples.playlist_agent.demo $(if $(EXIT),--exit,)

check: $(VENV)/.ready
	@scripts/check.sh

test: setup
	@scripts/test.sh

bench: setup
	@$(BIN)/python -m bench

screenshots: setup # the pictures of docs/img, drawn by the walk through every page
	@DRAW_SCREENSHOTS=1 $(BIN)/python -m pytest -q -n 0 -m browser tests/ui/test_walk.py

fmt: $(VENV)/.ready
	$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

lock: # re-resolve every dependency to its newest compatible version
	$(BIN)/uv lock -q --upgrade
	$(BIN)/uv export -q --frozen --all-packages --all-groups --no-hashes --no-emit-workspace --no-header --no-annotate -o requirements.lock

clean:
	rm -rf $(VENV) ui/node_modules server/src/assay_server/static
