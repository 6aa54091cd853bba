#!/usr/bin/env bash
# Starts the local stack, or what is missing of it, and waits until it is ready. Running it again is harmless.
#
#   NODES=n                fake hosts (default 1, or as many as the stack already has)
#   NODE_CPUS NODE_MEMORY NODE_PODS   what each node offers to the scheduler (32, 64Gi, 500)
#   REAL_NODE=1            node-1 gets a containerd and a kubelet, and runs berths as pods; chosen when the stack is made
#   BRIEF_QEMU=1           libvirt learns what CPU a started QEMU has from two answers, not 165; chosen when the stack is made
#   STACK_STATE=folder     a stack of its own there (default .berth in the clone)
#   STACK_SKIP=a,b         leaves out: operator, agent, or berth: all of it, its kinds and roles too
#   KUBEBUILDER_ASSETS     folder of control-plane binaries to use instead of building them
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
cd "$STACK_SCRIPTS"
[ "$(id -u)" = 0 ] || die "the stack makes namespaces, bridges and cgroups: it needs root"

REAL_NODE=${REAL_NODE:-$([ ! -e "$STACK_STATE/real-node" ] || echo 1)}

./packages.sh
[ -z "$REAL_NODE" ] || ./packages.sh containerd runc containernetworking-plugins
if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  # One without the others would mix versions that do not work together.
  for program in kube-apiserver kube-controller-manager kube-scheduler; do
    [ -x "$KUBEBUILDER_ASSETS/$program" ] || die "KUBEBUILDER_ASSETS has no $program"
  done
else
  ./kubernetes-build.sh
fi
[ -z "$REAL_NODE" ] || ./kubernetes-build.sh kubelet kube-proxy
./tools.sh etcd kubectl
./guests/build.sh
./publish.sh
[ -z "$REAL_NODE" ] || "$REPOSITORY/images/build.sh" pause >/dev/null

lock_stack
known=$(cat "$STACK_STATE/node-count" 2>/dev/null || echo 0)
count=${NODES:-1}
[ "$count" -ge "$known" ] || count=$known
[ "$count" -le 200 ] || die "at most 200 nodes fit into the stack's network"
if [ -n "$REAL_NODE" ] && [ "$known" -gt 0 ] && [ ! -e "$STACK_STATE/real-node" ]; then
  die "$REAL_NODE_NAME of this stack was made without a kubelet: run make down first"
fi
echo "$count" >"$STACK_STATE/node-count"
[ -z "$REAL_NODE" ] || echo "$REAL_NODE_NAME" >"$STACK_STATE/real-node"
[ -z "${BRIEF_QEMU:-}" ] || : >"$STACK_STATE/brief-qemu"
! skipped berth || : >"$STACK_STATE/without-berth"

./network.sh
./certificates.sh
./images.sh place
exec 9<&- # the next one takes the lock itself
exec ./start.sh --objects
