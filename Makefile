# One verb per chore; `make help` lists them. Every verb does its own set-up.
SHELL := /bin/sh
PYTHON := .venv/bin/python
CODE := foundation accounts quality transcode moderation streaming gifts pk server tools bench tests
.DEFAULT_GOAL := help
.PHONY: help run doctor demo test check format bench lock migration ledger-verify clean

help: ## this list
	@grep -hE '^[a-z-]+%?:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+%?):.*## (.*)/  make \1	\2/' | expand -t 22

run: ## start the platform on this machine (HTTPS=1 for phones in the same network)
	@tools/prepare.sh run
	@$(PYTHON) -m server run $(if $(HTTPS),--https)

doctor: ## what is wrong with the network settings of this machine, in plain words
	@tools/prepare.sh run
	@$(PYTHON) -m server check

demo: ## the platform with two synthetic hosts who battle over and over, and bots that chat and gift
	@tools/prepare.sh run
	@$(PYTHON) -m server demo

test: ## everything: checks, then every test, two at a time where that disturbs nobody (installs what they need)
	@tools/prepare.sh test
	@$(MAKE) --no-print-directory check
	@$(PYTHON) -m pytest -m steady
	@$(PYTHON) -m pytest -m "not steady" -n 2 --dist loadfile --no-loadscope-reorder --durations 10

check: ## ruff, mypy, import contracts, tsc, migrations
	@tools/prepare.sh test
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy $(CODE)
	@$(PYTHON) -c "from importlinter.cli import lint_imports_command as lint; lint()" --no-cache
	@$(PYTHON) tools/tsc.py
	@$(PYTHON) -m server check-migrations

format: ## put the code in form
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m ruff check --fix .

bench-%: ## one benchmark, writes bench/results/NAME.json (main, forward, network, mixer, gifts, feed, pages); ARGS="..." for more
	@tools/prepare.sh test
	@$(PYTHON) -m bench.$* $(ARGS)

bench: bench-main bench-forward bench-network bench-mixer bench-gifts bench-feed bench-pages ## every benchmark

soak: ## joins, leaves, losses and reconnects for MINUTES=30; what is left over must be nothing
	@tools/prepare.sh test
	@$(PYTHON) -m bench.soak --minutes $(or $(MINUTES),30)

prove-border: ## mutants and a flood against a media worker, MINUTES=20 more of them (RESTART=1 forgets the former)
	@tools/prepare.sh test
	@$(PYTHON) -m bench.border --minutes $(or $(MINUTES),20) $(if $(RESTART),--restart)

prove-battles: ## battles with 200 gifts, reconnects and kills, each judged; MINUTES=25 more of them (RESTART=1, ONLY=short|long|kills)
	@tools/prepare.sh test
	@$(PYTHON) -m bench.proof --minutes $(or $(MINUTES),25) $(if $(RESTART),--restart) $(if $(ONLY),--only $(ONLY)) \
		$(if $(KILL),--kill $(KILL))

prove-gifts: ## deaths on the road of a gift, kills, rivals and mutants, each judged; MINUTES=25 more of them (RESTART=1, ONLY=points|kills|rounds|model|mutations)
	@tools/prepare.sh test
	@$(PYTHON) -m bench.gifts_proof --minutes $(or $(MINUTES),25) $(if $(RESTART),--restart) $(if $(ONLY),--only $(ONLY))

prove-presence: ## KILLS=1000 connections of two api processes end in every way, and the rooms count who is there
	@tools/prepare.sh test
	@$(PYTHON) -m bench.presence --kills $(or $(KILLS),1000) $(if $(SEED),--seed $(SEED))

screenshots: ## every page on a phone and a desktop, from a demo that is played for it, into docs/screenshots (ONLY="lobby battle")
	@tools/prepare.sh test
	@$(PYTHON) -m tools.screenshots $(ONLY)

lock: ## write requirements/*.txt again from the .in files
	@$(PYTHON) -m pip install -q pip-tools
	@cd requirements && for list in run test; do ../$(PYTHON) -m piptools compile -q --no-emit-index-url \
		--no-emit-find-links --no-emit-trusted-host --no-emit-options --strip-extras --no-header --no-annotate \
		-o $$list.txt $$list.in; done

migration: ## a new migration from what the tables say: make migration NAME="what changes"
	@$(PYTHON) -m server migration "$(NAME)"

ledger-verify: ## whether every invariant of the money holds (also while the platform runs), with figures; DRAINED=1: nothing may be unsent
	@tools/prepare.sh run
	@$(PYTHON) -m server ledger-verify $(if $(DRAINED),--drained)

clean: ## forget everything that was made here, the data too
	rm -rf .venv .run web/node_modules .mypy_cache .ruff_cache .pytest_cache
