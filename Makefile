# Everything that one does here. `make` alone explains.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
JUPYTER_ARGS ?=
LAB ?= lab4_distillation
OUT ?= course/graded/$(LAB)
SUBMISSIONS ?=

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help lab test labs solutions grade student grader bench clean install
.DEFAULT_GOAL := help

help:
	@echo 'Green AI labs. The first target you run installs everything into .venv (minutes, once).'
	@echo
	@echo '  make lab         open the labs in JupyterLab; JUPYTER_ARGS=--no-browser passes options on'
	@echo '  make test        check style and run every test'
	@echo '  make labs        rebuild labs/ from solutions/'
	@echo '  make solutions   run the solved labs, with outputs, into build/ (for instructors)'
	@echo '  make grade       grade what was submitted to course/submitted/STUDENT/LAB; or a folder or zip:'
	@echo '                     make grade SUBMISSIONS=downloads/lab1.zip LAB=lab1_carbon'
	@echo '                   LAB is a name of a folder in labs/, $(LAB) if you give none;'
	@echo '                   marks (CSV), graded notebooks, feedback go to course/graded/LAB [OUT=…]'
	@echo '  make student     build dist/green-ai-labs-student.zip, all that students get'
	@echo '  make grader      build dist/green_ai_labs_grader-….whl, for workers and Jupyter servers'
	@echo '  make bench       run the benchmarks'
	@echo '  make clean       remove .venv and everything built; course/ with its grades stays'
	@echo
	@echo 'Another Python (3.11 or newer): make lab PYTHON=/path/to/python3'

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'The labs need Python 3.11 or newer, which "$(PYTHON)" is not.' >&2; \
	  echo 'Install Python 3.11, or name one: make lab PYTHON=/path/to/python3.11' >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || { \
	  echo 'This Python cannot make virtual environments.' >&2; \
	  echo 'On Debian and Ubuntu: sudo apt install python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -c constraints.txt -e '.[dev]'
	@touch $@

lab: $(STAMP)
	$(BIN)/greenlab lab labs -- $(JUPYTER_ARGS)

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -n 2 --dist loadfile

labs: $(STAMP)
	$(BIN)/python -m autograder build

solutions: $(STAMP)
	$(BIN)/python -m autograder solutions

grade: $(STAMP)
	$(BIN)/python -m autograder grade '$(LAB)' $(if $(SUBMISSIONS),'$(SUBMISSIONS)' --out '$(OUT)')

student: $(STAMP)
	$(BIN)/python -m autograder.student

grader: $(STAMP)
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist ./autograder .

bench: $(STAMP)
	@set -e; for script in tests/benchmarks/*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis
