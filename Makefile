# The same commands as `python3 manage.py ...`, by name. Extra words: make test ARGS="-k signup"
PYTHON ?= python3
UV ?= uv
ARGS ?=
LOCK = $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
	--python-version 3.11 --universal pyproject.toml $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help demo test story simulator lint fmt bench contract messages lock

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-10s %s\n' "$$name" "$$text"; done

demo: ## run the whole portal on this machine
	$(PYTHON) manage.py demo $(ARGS)

test: ## run every test on servers of its own
	$(PYTHON) manage.py test $(ARGS)

story: ## take customers from invitation to first message, without a person
	$(PYTHON) manage.py story $(ARGS)

simulator: ## run the small Meta alone
	$(PYTHON) manage.py simulator $(ARGS)

lint: ## style, types, floors, templates, migrations, translations
	.ci/lint

fmt: ## put the code into the house's format
	$(PYTHON) -m portal.bootstrap dev
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: ## measure the promises that are numbers
	$(PYTHON) manage.py bench $(ARGS)

contract: ## hold client and simulator to Meta's published document, and the simulator to a model
	SIMULATOR_MODEL_EXAMPLES=2000 $(PYTHON) manage.py test tests/contract tests/simulator/test_model.py $(ARGS)

messages: ## collect strings, write locale/it and say what is not translated
	$(PYTHON) -m portal.bootstrap dev
	.venv/bin/python -m portal.messages

lock: ## pin the requirements again; ARGS=--upgrade for newer versions
	$(LOCK) -o requirements/base.txt
	$(LOCK) --extra embedded -c requirements/base.txt -o requirements/demo.txt
	$(LOCK) --extra embedded --group test -c requirements/demo.txt -o requirements/test.txt
	$(LOCK) --extra embedded --group dev -c requirements/test.txt -o requirements/dev.txt
