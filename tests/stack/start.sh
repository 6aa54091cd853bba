#!/usr/bin/env bash
# Starts those processes of a stack that do not run, and waits until they are ready. The stack is one that up.sh has made.
# usage: start.sh [--objects]     --objects: also puts into the API server what up.sh wants to be there, and gives out fresh tokens
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
cd "$STACK_SCRIPTS"
# Left to itself, a stack keeps what it has been given: looking at all of it takes longer than a start.
[ "${1:-}" = --objects ] && wanted=yes || wanted=
lock_stack
count=$(cat "$STACK_STATE/node-count" 2>/dev/null) || die "no stack in $STACK_STATE: make up makes one"
nodes=() real=() played=()
for index in $(seq "$count"); do
  nodes+=("node-$index")
  if is_real "node-$index"; then real+=("node-$index"); else played+=("node-$index"); fi
done

say "starting the control plane and $count host(s)"
./control-plane.sh store
for node in "${nodes[@]}"; do
  ./host.sh start "$node"
  ./libvirtd.sh start "$node"
done
for node in "${real[@]}"; do ./containerd.sh start "$node"; done
./control-plane.sh server
./control-plane.sh controllers
say "the API answers"
[ -z "$wanted" ] || skipped berth || ./objects.sh apply
for node in "${real[@]}"; do
  [ -z "$wanted" ] || ./containerd.sh images "$node"
  ./kubelet.sh start "$node"
  ./services.sh start "$node"
done
./nodes.sh "${played[@]}"
for node in "${real[@]}"; do
  ./kubelet.sh ready "$node"
  ./services.sh ready "$node"
done
say "nodes registered"
for node in "${nodes[@]}"; do ./libvirtd.sh ready "$node"; done
./berth.sh ${wanted:+--tokens} "${nodes[@]}"
[ -z "$wanted" ] || skipped berth || ./objects.sh defaults
say "ready: export KUBECONFIG=$STACK_KUBECONFIG"
