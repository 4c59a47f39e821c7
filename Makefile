# make serve · build · test · test-browser · lint · record · new-lesson · rename-lesson · bench · bench-serve · screenshots · lighthouse；第一次运行会建好 .venv，之后不再安装
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
export NO_MKDOCS_2_WARNING := 1
export PYTHONPATH := hooks

.PHONY: help serve build test test-browser lint format record new-lesson rename-lesson bench bench-serve screenshots lighthouse clean
help:
	@echo "make serve    预览网站，改了就刷新（http://127.0.0.1:8000）"
	@echo "make build    构建网站到 site/；有警告就失败"
	@echo "make test     运行全部测试：核心、钩子、片段、构建好的网站"
	@echo "make test-browser 只跑要浏览器的测试（系统里要有 Chromium）"
	@echo "make lint     检查页面、片段、术语、Python 风格与类型（FORMAT=github 写成注解，FORMAT=json 给编辑器）"
	@echo "make format   自动改好能改的 Python 风格"
	@echo "make record   运行过期的片段，记下输出（SNIPPET=名字 只跑一个，FORCE=1 全部重跑）"
	@echo "make new-lesson    写出一课的页面、片段、练习与测试（STAGE=3 NAME=课名 TITLE=标题 GOAL=目标 ORDER=第几课；不给就问）"
	@echo "make rename-lesson 改课名，引用一起改，旧地址转过去（OLD=旧课名 NEW=新课名）"
	@echo "make bench    量构建时间里钩子占多少"
	@echo "make bench-serve 量预览里改一处要多久才看得见（要 Chromium）"
	@echo "make screenshots 截六页 × 两种宽度 × 深浅，放在 .cache/screenshots/"
	@echo "make lighthouse  量四页的速度与无障碍（要 Node.js 与 Chromium）"

serve: .venv/site
	$(BIN)/mkdocs serve --dirty

build: .venv/site
	$(BIN)/mkdocs build --strict

test: .venv/all
	$(BIN)/pytest -n auto

test-browser: .venv/dev
	$(BIN)/pytest tests/site/test_browser.py

lint: .venv/dev
	$(BIN)/python -m guide lint --format $(or $(FORMAT),text)
	$(BIN)/ruff format --check --quiet hooks tests || { echo "hooks 或 tests 没有排好版：make format"; exit 1; }
	$(BIN)/mypy

format: .venv/dev
	$(BIN)/ruff check --fix --quiet hooks tests snippets
	$(BIN)/ruff format --quiet hooks tests

record: .venv/all
	$(BIN)/python -m guide record $(SNIPPET) $(if $(FORCE),--force)

# 命令行上给的变量写成选项；环境里恰好同名的不算，WSL 就有 NAME
options = $(foreach name,$(1),$(if $(filter command,$(origin $(name))),--$(shell echo $(name) | tr A-Z a-z)="$$$(name)"))

new-lesson: .venv/site
	@$(BIN)/python -m guide new-lesson $(call options,STAGE NAME TITLE GOAL ORDER)

rename-lesson: .venv/site
	@$(BIN)/python -m guide rename-lesson $(call options,OLD NEW)

bench: .venv/dev
	$(BIN)/python tests/bench.py $(SIZES)

bench-serve: .venv/dev
	$(BIN)/python tests/bench_serve.py $(SIZE) -- --dirty

screenshots: build .venv/dev
	$(BIN)/python tests/screenshots.py site .cache/screenshots

lighthouse: build tests/lighthouse/node_modules
	node tests/lighthouse/run.mjs 本站=site

tests/lighthouse/node_modules: tests/lighthouse/package.json
	cd tests/lighthouse && PUPPETEER_SKIP_DOWNLOAD=1 npm install --no-audit --no-fund --no-package-lock --silent
	@touch $@

clean:
	rm -rf .venv .cache site tests/lighthouse/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis

# 下面是安装：依赖按用途分组，版本都钉在 constraints.txt
.venv/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新的版本；现在是 $$($(PYTHON) -V)。可以指定：make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@touch $@

.venv/site: .venv/pip pyproject.toml constraints.txt
	$(INSTALL) --group site
	@touch $@

.venv/dev: .venv/site
	$(INSTALL) --group dev
	@touch $@

.venv/all: .venv/dev
	$(INSTALL) --group snippets
	@touch $@
