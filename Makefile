# Two commands matter: `make run` and `make test`. The rest is for whoever changes the code.
BIN := .venv/bin

.PHONY: run test check packages rest fuzz chaos prove bench lint env clean

SECONDS ?= 120
ACTIONS ?= 20000
SEED ?= $(shell date +%s)

# Kafka, PostgreSQL, every process, sample responses; ONCE=1 ends by itself with a report.
run:
	@ops/bootstrap.sh run
	@$(BIN)/python -m interlock.doctor --missing
	@$(BIN)/interlock demo $(if $(filter 1,$(ONCE)),--json)

# Everything, on real Kafka and PostgreSQL. What measures time has the machine to itself.
test: lint
	@$(BIN)/python -m interlock.doctor --missing
	@$(HALVES)
	$(BIN)/python -m pytest -m timing tests/unit tests/topology
	$(BIN)/python -m pytest tests --ignore=tests/unit --ignore=tests/topology

# What needs no service: seconds.
check:
	@ops/bootstrap.sh dev
	@$(HALVES) PROFILE=quick

# Unit and topology tests in two processes, each of which collects its own half.
PACKAGES := $(patsubst %/__init__.py,%,$(wildcard tests/unit/*/__init__.py))
HALF := $(BIN)/python -m pytest -q -m "not timing" $(if $(PROFILE),--hypothesis-profile=$(PROFILE))
HALVES = $(MAKE) --no-print-directory --jobs=2 packages rest
packages:
	$(HALF) $(PACKAGES)
rest:
	$(HALF) tests/unit tests/topology $(addprefix --ignore=,$(PACKAGES))

# Mutated outputs of models, and whether draft keeps its promises for each; the same SEED draws the
# same mutations.
fuzz: SECONDS = 600
fuzz:
	@ops/bootstrap.sh dev
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) --seed $(SEED)

# Kill, stop, cut off and restart everything for SECONDS, then check every promise. The same
# SEED draws the same traffic and the same faults; a failure keeps its folder and says where.
chaos:
	@ops/bootstrap.sh dev
	@$(BIN)/python -m interlock.doctor --missing
	$(BIN)/python -m tests.crash.campaign --seconds $(SECONDS) --seed $(SEED)

# The long campaign: its report is docs/proof/.
prove:
	@ops/bootstrap.sh dev
	@$(BIN)/python -m interlock.doctor --missing
	$(BIN)/python -m tests.crash.campaign --actions $(ACTIONS) --seed $(SEED) --proof docs/proof

# JSON, a line a figure, beside the least it could cost; half an hour on a quiet machine.
bench:
	@ops/bootstrap.sh dev
	@$(BIN)/python -m interlock.doctor --missing
	@$(BIN)/python -m bench

lint:
	@ops/bootstrap.sh dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

# The environment alone, with the tools for tests.
env:
	@ops/bootstrap.sh dev

# Local data and caches. A service that was given by URL is never touched; .venv stays.
clean:
	@if $(BIN)/python -c '' 2>/dev/null; then $(BIN)/python -m interlock.state_dir --remove; \
	else python3 -m interlock.state_dir --remove; fi
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	@find . -name .venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
