#!/usr/bin/env bash
# What the stack puts into its API server.
# usage: objects.sh apply|defaults
#   apply     namespace, roles and kinds of Berth
#   defaults  the default StoragePool and VirtualNetwork, and the Images of the stack's guests
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
config=$REPOSITORY/config

have_kinds() { compgen -G "$config/crd/*.yaml" >/dev/null; }

apply() {
  local kinds=()
  have_kinds && kinds=(-f "$config/crd")
  kube apply --validate=false -f "$config/rbac/namespace.yaml" -f "$config/rbac" "${kinds[@]}" >/dev/null
  if have_kinds; then
    kube wait --for=condition=Established -f "$config/crd" --timeout=30s >/dev/null
  else
    say "no kinds in config/crd: run make generate"
  fi
}

defaults() {
  have_kinds || return 0
  "$STACK_SCRIPTS/images.sh" manifests | kube apply -f "$config/samples/00-pool-and-network.yaml" -f - >/dev/null
}

case $1 in
apply | defaults) "$1" ;;
*) die "usage: objects.sh apply|defaults" ;;
esac
