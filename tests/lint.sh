#!/usr/bin/env bash
# Analyzers (they are errors in every build), white space, the shell scripts and the Dockerfiles.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t scripts < <(git ls-files '*.sh' .ci/run)
for script in "${scripts[@]}"; do bash -n "$script"; done
if command -v shellcheck >/dev/null; then
  shellcheck -x -e SC1091 "${scripts[@]}" # SC1091: what is sourced is given as an argument itself
else
  echo "shellcheck is not installed: scripts were parsed only" >&2
fi
tests/dockerfiles.sh
dotnet format whitespace . --folder --verify-no-changes --include operator/ node-agent/ images/ tests/
dotnet build Operator.sln -v quiet --nologo
