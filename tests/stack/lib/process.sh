# shellcheck shell=bash disable=SC2034 # what is set here is used where it is sourced
# Sourced: processes by name, with pids/<name>.pid as their only register. Nothing here starts anything again by itself.

pid_file() { echo "$STACK_STATE/pids/$1.pid"; }
log_file() { echo "$STACK_STATE/logs/$1.log"; }

# When a process began, in ticks since boot; empty for one that is gone or a zombie. With the pid it names one process.
started_at() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  # shellcheck disable=SC2086 # the words after the command's name are the fields
  set -- ${stat##*) }
  [ "$1" = Z ] || echo "${20}"
}

record_pid() {
  mkdir -p "$STACK_STATE/pids"
  started_at "$2" >"$STACK_STATE/pids/$1.started"
  echo "$2" >"$(pid_file "$1")"
}

alive() {
  local pid started
  pid=$(cat "$(pid_file "$1")" 2>/dev/null) && [ -n "$pid" ] || return 1
  started=$(started_at "$pid")
  [ -n "$started" ] && [ "$started" = "$(cat "$STACK_STATE/pids/$1.started" 2>/dev/null)" ]
}

# start NAME COMMAND…: in the background, in a session of its own, its output appended to its log.
start() {
  local name=$1
  shift
  mkdir -p "$STACK_STATE/logs"
  setsid "$@" </dev/null >>"$(log_file "$name")" 2>&1 9<&- &
  record_pid "$name" $!
}

# stop NAME [SECONDS]: asks, waits at most SECONDS (5), then kills. Harmless if it does not run.
stop() {
  local name=$1 deadline=$((SECONDS + ${2:-5})) pid
  if alive "$name"; then
    pid=$(cat "$(pid_file "$name")")
    kill -TERM "$pid" 2>/dev/null || true
    while alive "$name" && [ $SECONDS -lt $deadline ]; do sleep 0.02; done
    kill_now "$name"
  fi
  rm -f "$(pid_file "$name")" "$STACK_STATE/pids/$name.started"
}

kill_now() {
  local pid
  alive "$1" || return 0
  pid=$(cat "$(pid_file "$1")")
  kill -KILL "$pid" 2>/dev/null || true
  while alive "$1"; do sleep 0.01; done
}

# wait_for SECONDS NAME WHAT COMMAND…: until the command succeeds; ends at once, with the log, when process NAME is gone.
wait_for() {
  local seconds=$1 name=$2 what=$3 deadline
  shift 3
  deadline=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    alive "$name" || fail_with_log "$name" "$name ended before $what"
    [ $SECONDS -lt $deadline ] || fail_with_log "$name" "$what: not within $seconds s"
    sleep 0.05
  done
}

fail_with_log() {
  tail -n 20 "$(log_file "$1")" | cut -c1-500 >&2 || true
  die "$2 (log: $(log_file "$1"))"
}
