# Ringround: every common task in one word. `make` alone lists them.
#
# Nothing needs preparing: a target that needs the environment in .venv/ sets it up first, from the
# locked and hashed packages, and does so again only when a lock has changed.
#
#   ARGS="..."         is handed on to the program: make test ARGS="-k pacing"
#   PYTHON=python3.12  picks the Python that .venv/ is made with (3.11 or newer)

PYTHON ?= python3
ARGS ?=

BIN := .venv/bin
RUN_STAMP := .venv/.ringround-run
DEV_STAMP := .venv/.ringround-dev
PLACE := .venv/.ringround-place

.DEFAULT_GOAL := help
.PHONY: help demo test check bench chaos phrases lock clean

help: ## List these targets
	@echo "Usage: make TARGET [ARGS=\"...\"]"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-7s %s\n", $$1, $$2 }' Makefile

demo: $(RUN_STAMP) ## Set up and run the demonstration; ARGS=--no-serve ends it by itself
	@$(BIN)/ringround demo $(ARGS)

# Twice as many workers as cores: tests that wait for another program leave theirs to the others. Python keeps what it
# has compiled even where the machine tells it not to, or every worker and every program would compile all of it anew.
# A thousand small databases are quicker in memory, where the machine has a folder for that.
test: $(DEV_STAMP) ## Run the tests on all cores; ARGS="-n0 tests/core" picks some and runs them one by one
	@[ ! -w /dev/shm ] || export TMPDIR=/dev/shm; PYTHONDONTWRITEBYTECODE= $(BIN)/pytest \
		-n $$((2 * $$(getconf _NPROCESSORS_ONLN))) --maxprocesses=8 --dist=worksteal $(ARGS)

check: $(DEV_STAMP) ## Check style, formatting, types and which room may import which
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict .
	@$(BIN)/lint-imports --no-logo

bench: $(DEV_STAMP) ## Measure speed and memory against plain sending
	@$(BIN)/python -m benchmarks $(ARGS)

chaos: $(DEV_STAMP) ## Run the long fault tests, which print their seeds and what they counted
	@$(BIN)/pytest -m chaos -v -s --durations=0 --durations-min=1 $(ARGS)

phrases: $(DEV_STAMP) ## Gather the fixed phrases into config/locale/ and list what is left to translate
	@$(BIN)/python -m config.phrases

lock: ## Make both lock files anew from pyproject.toml, with the newest allowed versions
	@set -e; tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	echo "Getting uv for the length of this command ..."; \
	$(PYTHON) -m venv "$$tools"; \
	"$$tools/bin/python" -m pip install -qq --disable-pip-version-check uv; \
	resolve() { "$$tools/bin/uv" pip compile --quiet --no-config --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-header --no-annotate "$$@" pyproject.toml; }; \
	echo "Resolving requirements.lock and requirements-dev.lock ..."; \
	resolve --extra postgres --group build --output-file requirements.lock; \
	resolve --extra postgres --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## Remove .venv and everything else that these targets made
	@rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A virtual environment does not survive the renaming of its folder: its programs name the old one.
ifneq ($(shell cat $(PLACE) 2>/dev/null || pwd -P),$(CURDIR))
.PHONY: $(RUN_STAMP) $(DEV_STAMP)
endif

# The environment. A stamp is written last, so that an interrupted set-up starts again. What the dev lock
# installs holds everything of the other lock in the same version, so it sets both stamps.

$(RUN_STAMP): requirements.lock pyproject.toml
	@$(call set-up,requirements.lock)
	@touch $@

$(DEV_STAMP): requirements-dev.lock requirements.lock pyproject.toml
	@$(call set-up,requirements-dev.lock)
	@touch $@ $(RUN_STAMP)

# --no-deps and --no-build-isolation: ringround itself is the one package without a hash, and nothing
# that the lock does not name may come in with it.
define set-up
set -e; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo "Ringround needs Python 3.11 or newer, and \"$(PYTHON)\" answers: $$($(PYTHON) --version 2>&1 || true)"; \
	echo "Install a newer one, then name it: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; } >&2; \
{ [ "$$(cat $(PLACE) 2>/dev/null || pwd -P)" = "$(CURDIR)" ] && $(BIN)/python -m pip --version >/dev/null 2>&1; } || { \
	echo "Making .venv with $$($(PYTHON) --version) ..."; \
	$(PYTHON) -m venv --clear .venv || { \
		echo "Python could not make .venv. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }; }; \
echo "Installing the packages of $(1) (a minute or two the first time) ..."; \
$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $(1); \
$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
echo "$(CURDIR)" > $(PLACE)
endef
