# make demo   the whole story on bundled real orders, offline once installed
# make test   lint, types, floors and the whole test suite
# make soak   the long ones: 20,000 random conditions for the two readers (forty worlds; SEEDS=n), a hundred kills of a sender,
#             and the whole Online Retail file
# The environment .venv is made when it is missing, broken off, or older than the lock.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= 2

export PYTHONHASHSEED ?= 0
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test soak lint lock clean

demo: $(VENV)/.installed
	@$(BIN)/rekindle demo

test: $(VENV)/.installed-dev lint
	@$(BIN)/python -m pytest -q -n $(JOBS) -m "not soak" $(TESTS)

soak: $(VENV)/.installed-dev
	@SEEDS=$(or $(SEEDS),40) $(BIN)/python -m pytest -q -n $(JOBS) --timeout=3000 tests/property
	@$(BIN)/python -m pytest -q -m soak --timeout=3000 $(TESTS)

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# A stamp is written last, so an interrupted installation is simply begun again.
$(VENV)/.installed: requirements.txt pyproject.toml
	@sh .ci/venv $(PYTHON) $(VENV) requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt pyproject.toml
	@sh .ci/venv $(PYTHON) $(VENV) requirements-dev.txt
	@touch $@ $(VENV)/.installed

lock:
	@sh ./.ci/lock

clean:
	@rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache
