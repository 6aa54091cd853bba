#!/usr/bin/env bash
# make bench: measures Berth against virsh on a stack of its own, which is taken down at the end.
# BENCH="PART…" measures some of it: startup, latency, writes, scale.
# The figures are printed, and kept in artifacts/bench.
set -euo pipefail
cd "$(dirname "$0")/../.."
export STACK_STATE=$PWD/.berth-test-bench NODES=1
read -ra parts <<<"${BENCH:-}"
unset KUBECONFIG # what is measured is this stack, whatever else is configured
trap 'tests/stack/down.sh' EXIT
trap 'exit 130' INT TERM

dotnet build tests/Benchmarks -c Release -v quiet --nologo
tests/stack/down.sh 2>/dev/null # of a run that was cut off
tests/stack/up.sh
tests/Benchmarks/bin/Release/net10.0/Berth.Benchmarks "$STACK_STATE" "${parts[@]}"
