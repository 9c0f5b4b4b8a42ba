# Two commands for a stranger: `make demo` and `make test`. Each installs what it needs (Debian, Swift 6.2 or newer).
SHELL := /bin/bash
.DEFAULT_GOAL := build

BUILD := swift build -c release
BIN := .build/release
VENV := .build-tools/venv
PYTHON_PACKAGES := Tests/IntegrationTests/Python/requirements.txt
APT := $(shell [ "$$(id -u)" = 0 ] || echo sudo) env DEBIAN_FRONTEND=noninteractive apt-get

LIBRARIES := libsqlite3-dev liblz4-dev zlib1g-dev
TEST_TOOLS := prometheus openssl curl binutils nghttp2-client python3-venv iptables iproute2
BENCH_TOOLS := wrk nginx-light curl haproxy nghttp2-client openssl

export WAYBILL_PYTHON := $(abspath $(VENV))/bin/python

.PHONY: build demo test lint soak bench clean libraries test-tools test-packages

build: libraries
	$(BUILD) --product waybill
	$(BUILD) --product waybill-proxy

## A small bank behind proxies, real payments through it, their journeys read back.
demo: build
	$(BIN)/waybill demo $(DEMO)

## Everything CI checks: formatting, unit, property, fuzz, crash and integration tests, and what the proxy links.
test: libraries test-tools lint
	$(BUILD) --build-tests
	$(BUILD) --product waybill
	$(BUILD) --product waybill-proxy
	Tests/check-linkage.sh $(BIN)/waybill-proxy
	Tests/run-suites.sh

## The same suites with more seeds and longer runs, and ten minutes of load with memory flat.
soak: libraries test-tools
	$(BUILD) --build-tests
	$(BUILD) --product waybill
	$(BUILD) --product waybill-proxy
	WAYBILL_SOAK=1 Tests/run-suites.sh
	@dpkg -s $(BENCH_TOOLS) >/dev/null 2>&1 || { $(APT) update -q && $(APT) install -qy --no-install-recommends $(BENCH_TOOLS); }
	Benchmarks/memory.py

lint:
	swift format lint --strict --recursive Sources Tests Benchmarks Package.swift

bench: build
	@dpkg -s $(BENCH_TOOLS) >/dev/null 2>&1 || { $(APT) update -q && $(APT) install -qy --no-install-recommends $(BENCH_TOOLS); }
	Benchmarks/run.sh

libraries:
	@dpkg -s $(LIBRARIES) >/dev/null 2>&1 || { $(APT) update -q && $(APT) install -qy --no-install-recommends $(LIBRARIES); }

test-tools: test-packages $(VENV)/.installed

test-packages:
	@dpkg -s $(TEST_TOOLS) >/dev/null 2>&1 || { $(APT) update -q && $(APT) install -qy --no-install-recommends $(TEST_TOOLS); }

$(VENV)/.installed: $(PYTHON_PACKAGES) | test-packages
	@[ -x $(VENV)/bin/python ] || python3 -m venv $(VENV)
	@$(VENV)/bin/python -m pip install -q -r $<
	@touch $@

clean:
	rm -rf .build .build-tools
