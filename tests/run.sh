#!/usr/bin/env bash
# Builds and runs the test projects and adds up what they say. What failed is named again before the last line, which is
# "N passed, N failed, N skipped". What each suite printed, and how long each test took, stays in artifacts/test-results.
# usage: run.sh [SUITE…] [-- RUNNER-ARGUMENTS]     default all
#
# A suite is a project, by its folder's name. That of EndToEnd is run in five, by the trait Stack of its tests, each on a
# stack of its own (.berth-test, .berth-test-alone, …), whatever else is up:
#   EndToEnd   what can share a stack with others
#   Alone      what needs one for itself
#   Faults     what breaks parts of it
#   RealNode   what needs a kubelet
#   Install    what installs Berth itself, from its images and its chart, into a cluster with a kubelet
# These mostly wait, so three suites run at the same time, the longest first; on two cores more would only hinder each other. Each
# stack is made when its turn comes and goes with its suite, since one at rest still takes an eighth of a core. A run of everything
# ends with Audit, which compares the roles with what the API servers were asked, by the logs that the stacks leave. Tests of the
# trait Category=Long run only with LONG=1. Stacks without a kubelet have starts made cheap (BRIEF_QEMU), the others libvirt as it is.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
unset KUBECONFIG REAL_NODE QUICK BRIEF_QEMU # a test must never reach a cluster that happens to be configured; what is tested is what ships

# By their length; but what the first stack is made of may have to be built, and Operator and Agent keep the cores busy meanwhile.
first=(Faults Operator Agent EndToEnd Install Alone RealNode)
mapfile -t others < <(for project in tests/*/*.Tests.csproj; do basename "$(dirname "$project")"; done | grep -vxF "$(printf '%s\n' "${first[@]}" Audit)")
all=("${first[@]}" "${others[@]}")
suites=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  suites+=("$1")
  shift
done
[ $# -eq 0 ] || shift
arguments=("$@")
last=
everything=
if [ ${#suites[@]} -eq 0 ]; then
  everything=yes
  [ ${#arguments[@]} -gt 0 ] || last=Audit # of some tests only, the roles would be too large
  suites=("${all[@]}")
fi
for suite in "${suites[@]}"; do
  [[ " ${all[*]} " == *" $suite "* ]] || { echo "no suite is called $suite" >&2 && exit 2; }
done
[ "${LONG:-}" = 1 ] || arguments+=(-trait- Category=Long)

# The folder of a suite's stack; nothing for one that needs none.
stack_of() {
  case $1 in
  EndToEnd) echo .berth-test ;;
  Alone | Faults | RealNode | Install) echo ".berth-test-${1,,}" ;;
  esac
}

# The tests of a suite, among those of its project.
selection_of() {
  case $1 in
  EndToEnd) echo -trait- Stack=Alone -trait- Stack=Faults -trait- Stack=RealNode -trait- Stack=Install ;;
  Alone | Faults | RealNode | Install) echo -trait "Stack=$1" ;;
  esac
}

project_of() { if [ -n "$(stack_of "$1")" ]; then echo tests/EndToEnd; else echo "tests/$1"; fi; }

results=$PWD/artifacts/test-results
rm -rf "$results"
mkdir -p "$results"
running=()

take_down() { [ ! -d "$1" ] || STACK_STATE=$PWD/$1 tests/stack/down.sh; }
take_down_all() {
  local suite
  for suite in "${all[@]}"; do take_down "$(stack_of "$suite")"; done
}

trap take_down_all EXIT
trap 'kill -- "${running[@]}" 2>/dev/null; wait; exit 130' INT TERM

# A line "PASSED FAILED SKIPPED" for each suite is added up at the end, and one is printed.
count() { # count SUITE PASSED FAILED SKIPPED WORDS
  echo "$2 $3 $4" >>"$results/counts"
  [ "$3" -eq 0 ] || echo "$1: $5" >>"$results/failures"
  printf '%-12s %s\n' "$1" "$5"
}

# All at once where all are asked for: one by one each would look at its references again.
build() {
  local project
  while read -r project; do
    dotnet build "$project" -v quiet --nologo >"$results/build" 2>&1 && continue
    cat "$results/build"
    count "$(basename "$project")" 0 1 0 "does not build"
    return 1
  done < <(if [ -n "$everything" ]; then echo Operator.sln; else for suite in "${suites[@]}"; do project_of "$suite"; done | sort -u; fi)
}

start_stack() { # start_stack SUITE
  local state
  state=$PWD/$(stack_of "$1")
  case $1 in
  RealNode) STACK_STATE=$state NODES=1 REAL_NODE=1 tests/stack/up.sh ;;
  Install) STACK_STATE=$state NODES=1 REAL_NODE=1 STACK_SKIP=berth tests/stack/up.sh ;;
  *) STACK_STATE=$state NODES=2 BRIEF_QEMU=1 tests/stack/up.sh ;;
  esac
}

run_suite() {
  local name=$1 output=$results/$1 stack program selection
  stack=$(stack_of "$name")
  program=$(project_of "$name")/bin/Debug/net10.0/$(basename "$(project_of "$name")"/*.Tests.csproj .csproj)
  read -ra selection < <(selection_of "$name") || selection=()
  BERTH_STACK=${stack:+$PWD/$stack} "$program" -noLogo -noColor "${selection[@]}" "${arguments[@]}" -xml "$output.xml" >"$output" 2>&1 </dev/null
  report "$name" $? 9>>"$results/lock"
}

report() { # report SUITE STATUS
  local name=$1 output=$results/$1 status=$2 summary total errors fails skips
  flock 9 # suites that end together do not mix their words
  if grep -qE ' Total: 0$' "$output"; then
    count "$name" 0 1 0 "ran no tests"
    return
  fi
  summary=$(grep -E 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$output" | tail -1)
  if ! [[ $summary =~ Total:\ ([0-9]+),\ Errors:\ ([0-9]+),\ Failed:\ ([0-9]+),\ Skipped:\ ([0-9]+).*Time:\ ([0-9.]+) ]]; then
    cat "$output"
    count "$name" 0 1 0 "ended ($status) without a result"
    return
  fi
  total=${BASH_REMATCH[1]} errors=${BASH_REMATCH[2]} fails=${BASH_REMATCH[3]} skips=${BASH_REMATCH[4]}
  if [ "$((fails + errors))" -gt 0 ] || [ "$status" -ne 0 ]; then
    cat "$output" # in full: what failed, and where
    grep -A12 -F '[FAIL]' "$output" | sed '/Stack Trace:/,/\[FAIL\]/{/\[FAIL\]/!d}' >>"$results/failures"
  else
    grep -A1 -F '[SKIP]' "$output" # with the reasons
  fi
  [ "$status" -eq 0 ] || [ "$((fails + errors))" -gt 0 ] || errors=1
  count "$name" $((total - fails - skips)) $((fails + errors)) "$skips" \
    "$((total - fails - skips)) passed, $((fails + errors)) failed, $skips skipped (${BASH_REMATCH[5]} s)"
}

# In a process group of its own, so that an interrupt ends it with all that it has started.
in_background() {
  set -m
  "$@" &
  set +m
  running+=("-$!")
}

# make_stack SUITE: one at a time, since what they are made of is built once. What is started here must not keep the lock.
make_stack() {
  {
    flock 8
    start_stack "$1" 8>&-
  } 8>"$results/stacks.lock"
}

# What Audit reads when the stack is gone.
leave_records() { # leave_records SUITE STACK
  cp "$2/logs/audit.log" "$results/$1.audit.log"
  [ "$1" != EndToEnd ] || (
    STACK_STATE=$PWD/$2
    . tests/stack/lib/stack.sh
    kube get clusterroles,clusterrolebindings,roles,rolebindings --all-namespaces --output json >"$results/$1.roles.json"
  )
}

# run_whole SUITE: with its stack.
run_whole() {
  local suite=$1 stack
  stack=$(stack_of "$suite")
  if [ -z "$stack" ]; then
    run_suite "$suite"
  elif make_stack "$suite"; then
    run_suite "$suite"
    leave_records "$suite" "$stack"
    take_down "$stack"
  else
    count "$suite" 0 1 0 "its stack did not start"
  fi
}

# Takes the first suite off the queue and prints it; nothing when there is none.
take_next() {
  {
    flock 7
    head -n 1 "$results/queue"
    sed -i 1d "$results/queue"
  } 7>"$results/queue.lock"
}

work_off() {
  local suite
  while suite=$(take_next) && [ -n "$suite" ]; do run_whole "$suite"; done
}

tests/stack/packages.sh || exit # libvirt and QEMU: suites without a stack use them too
take_down_all 2>/dev/null       # of a run that was cut off
if build; then
  printf '%s\n' "${suites[@]}" >"$results/queue"
  for _ in 1 2 3; do in_background work_off; done
  wait
  [ -z "$last" ] || run_suite "$last"
fi
read -r passed failed skipped < <(awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }' "$results/counts")
take_down_all
trap - EXIT
[ ! -s "$results/failures" ] || cut -c -300 "$results/failures" # last, where it is found
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
