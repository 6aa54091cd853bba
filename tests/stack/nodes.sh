#!/usr/bin/env bash
# Starts node-standin, which plays the kubelets, and has it register the named nodes.
# usage: nodes.sh NODE…
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
load_network
control=http://$(cat "$STACK_STATE/node-standin-address")

DOTNET_ROOT=${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}
export DOTNET_ROOT
alive node-standin || start node-standin "$(published node-standin node-standin)" \
  --kubeconfig "$STACK_STATE/kubeconfigs/node-standin" --listen "$(cat "$STACK_STATE/node-standin-address")" \
  --cpus "${NODE_CPUS:-32}" --memory "${NODE_MEMORY:-64Gi}" --pods "${NODE_PODS:-500}"
wait_for 30 node-standin "it answered" curl -sf "$control/healthz"
for node in "$@"; do
  curl -sSf -X PUT -d '' "$control/nodes/$node?address=$(node_address "$node")&bootIdFile=$(node_state "$node")/boot-id&pidFile=$(pid_file "host-$node")" >/dev/null
done
[ $# -eq 0 ] || kube wait --for=condition=Ready "${@/#/node/}" --timeout=30s >/dev/null
