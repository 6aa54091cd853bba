#!/usr/bin/env bash
# Builds and runs the test projects and adds up what they say. The last line is "N passed, N failed, N skipped".
# usage: run.sh [PROJECT…] [-- RUNNER-ARGUMENTS]     projects by folder name, default all
#
# End-to-end tests run on a stack of their own (.berth-test, two nodes), whatever else is up; it is taken down at the end.
# RealNode is no project but those of EndToEnd that need a kubelet (trait Stack=RealNode), on another stack (.berth-test-real).
# Tests of the trait Category=Long run only with LONG=1.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
unset KUBECONFIG REAL_NODE QUICK # a test must never reach a cluster that happens to be configured; what is tested is what ships

projects=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  projects+=("$1")
  shift
done
[ $# -eq 0 ] || shift
arguments=("$@")
[ "${LONG:-}" = 1 ] || arguments+=(-trait- Category=Long)
if [ ${#projects[@]} -eq 0 ]; then
  # End-to-end last: everything quicker has spoken before.
  mapfile -t projects < <(for project in tests/*/*.Tests.csproj; do basename "$(dirname "$project")"; done | grep -vx EndToEnd; echo EndToEnd; echo RealNode)
fi

tests/stack/packages.sh || exit # libvirt and QEMU: the projects before EndToEnd use them too

results=$(mktemp -d)
passed=0 failed=0 skipped=0

take_down() { [ ! -d "$1" ] || STACK_STATE=$1 tests/stack/down.sh; }

cleanup() {
  take_down "$PWD/.berth-test"
  take_down "$PWD/.berth-test-real"
  rm -rf "$results"
}
trap cleanup EXIT
running=
trap '[ -z "$running" ] || kill "$running"; exit 130' INT TERM

count_failure() {
  failed=$((failed + 1))
  printf '%-12s %s\n' "$1" "$2"
}

run_project() {
  local name=$1 folder=$1 project program output status summary total errors fails skips
  local stack='' selection=()
  case $name in
  EndToEnd) stack=.berth-test selection=(-trait- Stack=RealNode) ;;
  RealNode) folder=EndToEnd stack=.berth-test-real selection=(-trait Stack=RealNode) ;;
  esac
  project=$(echo "tests/$folder"/*.Tests.csproj)
  output=$results/$name
  if ! dotnet build "$project" -v quiet --nologo >"$output" 2>&1; then
    cat "$output"
    count_failure "$name" "does not build"
    return
  fi
  program=$(dirname "$project")/bin/Debug/net10.0/$(basename "$project" .csproj)
  if [ -n "$stack" ] && ! start_stack "$stack"; then
    count_failure "$name" "its stack did not start"
    return
  fi
  BERTH_STACK=${stack:+$PWD/$stack} "$program" -noLogo -noColor "${selection[@]}" "${arguments[@]}" >"$output" 2>&1 </dev/null &
  running=$! # in the background, so that an interrupt is heard while it runs
  wait $running
  status=$?
  running=
  if grep -qE ' Total: 0$' "$output"; then
    count_failure "$name" "ran no tests"
    return
  fi
  summary=$(grep -E 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$output" | tail -1)
  if ! [[ $summary =~ Total:\ ([0-9]+),\ Errors:\ ([0-9]+),\ Failed:\ ([0-9]+),\ Skipped:\ ([0-9]+).*Time:\ ([0-9.]+) ]]; then
    cat "$output"
    count_failure "$name" "ended ($status) without a result"
    return
  fi
  total=${BASH_REMATCH[1]} errors=${BASH_REMATCH[2]} fails=${BASH_REMATCH[3]} skips=${BASH_REMATCH[4]}
  if [ "$((fails + errors))" -gt 0 ] || [ $status -ne 0 ]; then
    cat "$output" # in full: what failed, and where
  else
    grep -A1 -F '[SKIP]' "$output" # with the reasons
  fi
  [ $status -eq 0 ] || [ "$((fails + errors))" -gt 0 ] || errors=1
  passed=$((passed + total - fails - skips))
  failed=$((failed + fails + errors))
  skipped=$((skipped + skips))
  printf '%-12s %d passed, %d failed, %d skipped (%s s)\n' "$name" $((total - fails - skips)) $((fails + errors)) "$skips" "${BASH_REMATCH[5]}"
}

start_stack() { # start_stack FOLDER
  local stack
  for stack in .berth-test .berth-test-real; do # of a run that was cut off, or of the tests before
    take_down "$PWD/$stack" 2>/dev/null
  done
  if [ "$1" = .berth-test-real ]; then
    STACK_STATE=$PWD/$1 NODES=1 REAL_NODE=1 tests/stack/up.sh
  else
    STACK_STATE=$PWD/$1 NODES=2 tests/stack/up.sh
  fi
}

for name in "${projects[@]}"; do run_project "$name"; done
cleanup
trap - EXIT
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
