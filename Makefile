# Everything that people and CI run; CI runs nothing else. The scripts are in tests/stack.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build test test-long lint generate verify run up down bench publish images rules clean

# Command-line settings reach the scripts as environment: make up NODES=2, make run CLUSTER=my-context
export BENCH NODES REAL_NODE QUICK BRIEF_QEMU NODE_CPUS NODE_MEMORY NODE_PODS STACK_STATE STACK_SKIP CLUSTER IMAGE_REPOSITORY IMAGE_SOURCE

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## compile everything, warnings are errors
	dotnet build Operator.sln -v quiet --nologo

test: ## every test; the end-to-end ones on a stack of their own
	tests/run.sh

test-long: ## the tests that take long: scale, hours, faults
	LONG=1 tests/run.sh
	tests/rules.sh

rules: ## show that the tests of safety rules fail without the rules
	tests/rules.sh

lint: ## analyzers, shell scripts and Dockerfiles
	tests/lint.sh

generate: ## write config/crd, the reference docs and the chart's definitions from operator/Api, and config from the chart
	dotnet run --project operator/Generator -v quiet
	config/generate.sh

verify: generate ## fail if what is generated and checked in is stale
	@[ -z "$$(git status --porcelain -- config docs charts)" ] || { git status --short -- config docs charts; echo "stale: run make generate and commit the result"; exit 1; }

run: ## start the stack, boot the first sample and show it; CLUSTER=context uses that cluster instead
	tests/stack/run.sh

up: ## start the local stack, or what is missing of it; NODES=n, REAL_NODE=1, QUICK=1
	tests/stack/up.sh

down: ## stop the local stack and delete its state
	tests/stack/down.sh

bench: ## measure against virsh, on a stack of its own; BENCH="startup latency writes scale" or some of them
	tests/stack/bench.sh

publish: ## operator and agent as they ship: trimmed, ReadyToRun, single file
	tests/stack/publish.sh

images: ## container images of operator, agent and pause, into artifacts/images
	images/build.sh

clean: ## delete build output; the cache in ~/.cache/berth stays
	git clean -qfdX -e '!.berth' -e '!.berth/**' -e '!.berth-test*' -e '!.berth-test*/**'
