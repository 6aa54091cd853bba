#!/usr/bin/env bash
# Stops every process of the stack by its pid and removes all it made: namespaces, links, bridge, cgroups, state.
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
. "$(dirname "$0")/lib/host.sh"
[ -d "$STACK_STATE" ] || { say "no stack at $STACK_STATE" && exit 0; }
[ -z "$(ls -A "$STACK_STATE")" ] || [ -e "$STACK_STATE/network" ] || die "$STACK_STATE is not a stack's folder"
lock_stack

processes() { find "$STACK_STATE/pids" -name '*.pid' -printf '%f\n' 2>/dev/null | sed 's/\.pid$//' | sort; }

for process in $(processes | grep -E '^(operator$|agent-)'); do stop "$process"; done
for process in $(processes | grep '^host-'); do kill_now "$process"; done # all at once, before the waiting below
for folder in "$STACK_STATE"/nodes/*/; do
  [ -d "$folder" ] && "$STACK_SCRIPTS/host.sh" stop "$(basename "$folder")"
done
for process in node-standin kube-scheduler kube-controller-manager kube-apiserver etcd; do stop "$process" 1; done
for process in $(processes); do stop "$process"; done

ip link del "$STACK_BRIDGE" 2>/dev/null || true
rm -rf "${STACK_RUN:?}" "${STACK_STATE:?}"
say "the stack is gone"
