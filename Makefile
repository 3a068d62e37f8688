# make demo     watch it work: no account, no network once the dependencies are there
# make test     the tests
# make check    formatting, lint, types, import rules, then the tests
# make bench    the measurements of docs/performance.md
# make lock     pin the dependencies anew (needs uv)
# make picture  draw docs/img anew: the demo from a real run, messages on Discord and Slack from real ones
# make clean    remove the environment and the caches
#
# PYTHON=/path/to/python3.12 chooses the interpreter; ARGS="--for 20s" goes on to the command.
# Written for GNU make 3.81, which is what macOS has.

PYTHON ?=
ARGS ?=

.PHONY: demo test check bench lock picture clean dev
.DEFAULT_GOAL := demo

demo:
	@PYTHON="$(PYTHON)" sh .ci/environment run
	@.venv/bin/wireroom demo $(ARGS)

dev:
	@PYTHON="$(PYTHON)" sh .ci/environment dev

test: dev
	.venv/bin/pytest $(ARGS)

check: dev
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy
	.venv/bin/mypy docs/img/record.py docs/img/messages.py docs/img/blocks.py docs/commands.py docs/scopes.py
	.venv/bin/lint-imports
	.venv/bin/pytest $(ARGS)

bench: dev
	.venv/bin/python -m bench $(ARGS)

picture: dev
	.venv/bin/python docs/img/record.py docs/img/demo.svg
	.venv/bin/python docs/img/messages.py docs/img/messages.svg
	.venv/bin/python docs/img/blocks.py docs/img/slack.svg

lock: COMPILE = UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile -q --universal --generate-hashes --python-version 3.11
lock:
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE) --group build -c requirements-dev.lock -o requirements-build.lock

clean:
	rm -rf .venv dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find bot adapters tests bench docs -name __pycache__ -prune -exec rm -rf {} +
