# `make` lists what there is. Everything runs in .venv, which is made from the lock files when it is not there.
.DEFAULT_GOAL := help
.PHONY: test-model stops bench-stream replies-kill api-fuzz web-e2e bench-web bench-sentiment bench-triage bench-listen help python base dev embedded demo test contract check fix prompts env bench-agent bench-start bench-retrieval bench-answers bench-voice bench-publish bench-slack soak eval-checks eval-drafts test-servers lock torture failpoints torture-peers puppet teeth agentdojo sbom audit fuzz slack-scenarios slack-pictures

ifndef PYTHON
PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
endif
PY := .venv/bin/python
# Tests wait for disks and servers a third of their time: one more than a small machine has processors.
N ?= 3
T ?=

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

python:
	@test -n "$(PYTHON)" || { echo "Signoff needs Python 3.11 or newer, and none was found: install one, or set PYTHON=/path/to/python3."; exit 1; }

base: python
	@$(PYTHON) .ci/environment.py requirements.lock

dev: python
	@$(PYTHON) .ci/environment.py requirements.lock requirements-dev.lock

embedded: base
	@$(PYTHON) .ci/environment.py --optional requirements-embedded.lock

demo: embedded ## See the whole way once: brief, draft, signature, post; no key, no account
	@.venv/bin/signoff demo

test: dev embedded test-servers test-model ## Run every test, on SQLite and PostgreSQL and real servers (T=path for some)
	@$(PY) -m pytest -n $(N) $(T)

replies-e2e: dev test-servers ## Comments answered on Bluesky's own servers, from the fan's word to the answer below it
	@$(PY) -m tests.scenario.replies_e2e

contract: dev test-servers ## Hold every platform to the contract (P=mastodon URL=... TOKEN=... for one server of yours)
	@$(PY) -m tests.contract.run

check: dev ## Format, lint, types, imports, printed pages and the fast tests
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@$(PY) -m bot.surfaces.cli.catalogue --check
	@$(PY) -m bot.surfaces.cli.printed --check
	@$(PY) -m pytest -n $(N) -q -m "not slow and not live" $(T)

fix: dev ## Format, and mend what the linter can
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

prompts: base ## Write prompts/prompts.lock after a prompt and its version changed
	@$(PY) -m bot.prompting --lock

env: base ## Print .env.example, docs/cli.md and docs/platforms.md, and compile the translations
	@$(PY) -m bot.surfaces.cli.catalogue
	@$(PY) -m bot.surfaces.cli.printed

bench-agent: dev ## What the agent loop costs on top of the bare SDK
	@$(PY) tests/bench/bench_agent.py

bench-start: base ## How long `signoff --help` takes
	@$(PY) tests/bench/bench_start.py

bench-retrieval: base ## What the brand memory finds, beside its two halves alone, and how fast
	@$(PY) tests/bench/bench_retrieval.py

bench-answers: embedded ## Whether the model answers from the right rule, and shortens a text: ten questions, one draft
	@$(PY) tests/bench/bench_answers.py

bench-voice: base ## Whether own posts are told from another brand's, and repeats from new posts
	@$(PY) tests/bench/bench_voice.py

bench-sentiment: dev ## How well mood and intent are told, beside VADER and SnowNLP, and how fast (ARGS="--data FILE" for your texts)
	@$(PY) tests/bench/bench_sentiment.py $(ARGS)

bench-triage: dev ## What the cascade saves beside sending every comment to the model
	@$(PY) tests/bench/bench_triage.py $(ARGS)

bench-listen: dev ## Ten thousand comments at once: stored within ten seconds, none lost or doubled, urgent ones first
	@$(PY) tests/bench/bench_listen.py $(ARGS)

bench-stream: dev test-servers ## From a comment to its row: told by the platform, and by the clock (ARGS="--comments 6")
	@$(PY) tests/bench/bench_stream.py $(ARGS)

replies-kill: dev test-servers ## Ten thousand comments, workers killed while they listen and read: none lost or doubled
	@COMMENTS=$${COMMENTS:-10000} $(PY) -m pytest -q -n 0 -s tests/scenario/test_replies_kill.py

bench-publish: dev test-servers ## How late and how fast posts go out, on SQLite and PostgreSQL (ARGS="--db sqlite" for one)
	@$(PY) tests/bench/bench_publish.py $(ARGS)

soak: dev ## A worker's day in three minutes: memory and open files must not grow (ARGS="--load 10 --faults --hours 6 --minutes 4")
	@$(PY) tests/bench/soak.py $(ARGS)

eval-checks: base ## What the checks hold back of 300 good posts, and miss of 300 with a fault
	@.venv/bin/signoff eval checks
	@.venv/bin/signoff eval checks --data tests/bench/data/checks/second

eval-drafts: embedded ## What the connected model's texts are worth: sixty briefs (an hour with the embedded model)
	@.venv/bin/signoff eval drafts $(if $(OUT),--out $(OUT) --resume)

bench-slack: dev ## How soon Slack is acknowledged at 100 events/s, each delivered up to four times (ARGS="--seconds 10")
	@$(PY) tests/bench/bench_slack.py $(ARGS)

slack-scenarios: dev test-servers ## Slack from people's side: every word, button and form, 500 attacks, 200 hostile texts
	@$(PY) -m tests.slack.run

slack-pictures: dev ## Draw docs/slack/*.png from the real cards (needs chromium)
	@$(PY) -m tests.slack.pictures

POSTS ?= 10000
KILLS ?= 1000
SEED ?= 1
DB ?= sqlite
torture: dev test-servers ## Kill workers at random: no post doubled, none lost (POSTS=, KILLS=, SEED=, DB=sqlite|postgresql)
	@$(PY) -m tests.acceptance.harness.run --posts $(POSTS) --kills $(KILLS) --seed $(SEED) --db $(DB)

stops: dev test-servers ## Stop workers in order, 200 times in a row under load: nothing in doubt (ARGS="--stops 20 --db postgresql")
	@$(PY) -m tests.acceptance.harness.stops $(ARGS)

failpoints: dev test-servers ## Kill a worker at every step of publishing, on both databases
	@$(PY) -m tests.acceptance.harness.failpoints

torture-peers: dev test-servers ## The loops of other tools through the same kills and faults, as a table
	@$(PY) -m tests.acceptance.harness.peers --posts 200 --kills 40 --seed $(SEED)

puppet: dev ## 2,240 runs of a compromised model against everything: nothing may leave that nobody signed (ARGS="--every 9")
	@$(PY) -m tests.safety.puppet $(ARGS)

teeth: dev ## The same without guards, and with each guard taken out alone: the proof has to notice
	@$(PY) -m tests.safety.teeth

agentdojo: dev ## A public benchmark of injections, 629 pairs, behind Signoff's gate and without it (ARGS="--every 10")
	@$(PYTHON) .ci/environment.py --beside .venv-agentdojo requirements-agentdojo.lock
	@.venv-agentdojo/bin/python -m tests.safety.agentdojo_run $(ARGS)

bypass: dev test-servers ## Hundreds of ways round an approval: Slack, web, command line, rows by hand, races (ARGS="--only races --db sqlite")
	@$(PY) -m tests.safety.bypass $(ARGS)

arena: dev ## Two Signoffs and a robot answer each other, and thousands speak at once: caps hold (ARGS="--turns 300 --burst 300")
	@$(PY) -m tests.safety.arena $(ARGS)

fuzz: dev ## Whatever strangers may send: no crash, nothing slower than 50 ms (ARGS="--examples 20000")
	@$(PY) -m tests.safety.fuzz $(ARGS)

bench-web: dev test-servers ## How fast the desk answers with a million comments, on SQLite and PostgreSQL (needs 4 GB of disk; ARGS="--comments 20000")
	@$(PY) -m tests.bench.bench_web $(ARGS)

web-e2e: dev test-servers ## The web desk in a real browser: every scenario, axe-core, hostile texts (ARGS="-k sqlite")
	@$(PY) -m tests.web.e2e.run $(ARGS)

api-fuzz: dev ## Throw anything at the API: no 5xx, nothing that its description does not name (ARGS="--max-examples 200")
	@$(PY) -m tests.web.api_fuzz $(ARGS)

sbom: base ## Write what Signoff is made of, as CycloneDX, into signoff.cdx.json
	@$(PY) .ci/sbom.py requirements.lock > signoff.cdx.json

audit: dev ## Ask a public database for known weaknesses of the locked packages (ARGS="--service osv")
	@$(PY) .ci/audit.py requirements.lock $(ARGS)

test-servers: python ## Set up the servers that only tests need, in your cache folder
	@$(PYTHON) tests/servers/setup.py

test-model: dev embedded ## Fetch the model that tests start (1.1 GB, once), into your cache folder
	@$(PY) -m tests.servers.model

LOCK := .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11
lock: dev ## Write the lock files from pyproject.toml (UPGRADE=--upgrade takes newer versions too)
	@$(LOCK) $(UPGRADE) pyproject.toml -o requirements.lock
	@$(LOCK) $(UPGRADE) --group dev -c requirements.lock -o requirements-dev.lock
	@sed -n 's/^\([A-Za-z0-9].*\) \\$$/\1/p' requirements.lock | grep -v '^tenacity==' > .agentdojo.in  # google-genai, which agentdojo imports, wants an older one
	@echo agentdojo==0.1.35 | $(LOCK) $(UPGRADE) -c .agentdojo.in $$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/--no-emit-package \1/p' .agentdojo.in) - -o requirements-agentdojo.lock; rm -f .agentdojo.in
	@sed -n 's/^embedded = \["\(.*\)"\]/\1/p' pyproject.toml | $(LOCK) $(UPGRADE) -c requirements.lock - -o requirements-embedded.lock
