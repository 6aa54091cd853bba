# shellcheck shell=bash disable=SC2034 # what is set here is used where it is sourced
# Sourced by what works on fake hosts: their cgroups, and processes inside them. Needs lib/stack.sh.

# The machine's cgroup hierarchies, one folder a line: one of version 2, or one per controller of version 1.
cgroup_hierarchies() {
  if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
    echo /sys/fs/cgroup
  else
    awk '$3 == "cgroup" { print $2 }' /proc/mounts
  fi
}

# Each host has a subtree of its own; the cgroup namespace makes it look like the whole tree.
make_cgroups() {
  local hierarchy folder
  for hierarchy in $(cgroup_hierarchies); do
    folder=$hierarchy/$STACK_CGROUP-$1
    mkdir -p "$folder"
    case $hierarchy in
    */cpuset) # version 1: a new cpuset is empty and takes no process
      cat "$hierarchy/cpuset.cpus" >"$folder/cpuset.cpus"
      cat "$hierarchy/cpuset.mems" >"$folder/cpuset.mems"
      ;;
    esac
  done
}

# For a subshell that goes on to be the host.
enter_cgroups() {
  local hierarchy
  for hierarchy in $(cgroup_hierarchies); do
    echo "$BASHPID" >"$hierarchy/$STACK_CGROUP-$1/cgroup.procs"
  done
}

remove_cgroups() {
  local hierarchy folder try
  for hierarchy in $(cgroup_hierarchies); do
    folder=$hierarchy/$STACK_CGROUP-$1
    for try in $(seq 100); do # the last processes of a killed namespace take a moment to leave
      [ -d "$folder" ] || break
      find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.05
    done
    [ ! -d "$folder" ] || say "cgroup $folder still has processes after $try tries"
  done
}

in_host() { # in_host NODE COMMAND…
  local node=$1
  shift
  nsenter -t "$(cat "$(pid_file "host-$node")")" -m -n -u -i -p -C "$@"
}

# start_in_host NAME NODE COMMAND…: like start, as a child of the host's init; the pid file has the pid as seen out here.
start_in_host() {
  local name=$1 node=$2 inner outer
  shift 2
  mkdir -p "$STACK_STATE/logs"
  # shellcheck disable=SC2016 # expands inside
  inner=$(in_host "$node" sh -c 'log=$1; shift; setsid "$@" </dev/null >>"$log" 2>&1 9<&- & echo $!' sh "$(log_file "$name")" "$@")
  outer=$(outer_pid "$node" "$inner") || fail_with_log "$name" "$name did not start"
  record_pid "$name" "$outer"
}

outer_pid() { # outer_pid NODE PID-INSIDE
  local namespace status
  namespace=$(readlink "/proc/$(cat "$(pid_file "host-$1")")/ns/pid")
  # shellcheck disable=SC2013 # paths under /proc have no spaces
  for status in $(grep -lE "^NSpid:.*[[:space:]]$2\$" /proc/[0-9]*/status 2>/dev/null); do
    status=${status%/status}
    [ "$(readlink "$status/ns/pid" 2>/dev/null)" = "$namespace" ] && echo "${status#/proc/}" && return
  done
  die "process $2 of host $1 is gone already"
}
