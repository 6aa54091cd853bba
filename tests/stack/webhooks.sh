#!/usr/bin/env bash
# Registers the operator's webhooks by URL, and waits until admission answers.
# usage: webhooks.sh
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
load_network

# The API server of the stack knows no Services: the URL names the operator itself.
by_url() {
  sed "s|{service: {namespace: berth-system, name: berth-operator, path: \(/[a-z/]*\)}}|{url: \"https://$HOST_ADDRESS:$OPERATOR_HTTPS_PORT\1\"}|" \
    "$REPOSITORY/config/webhook/webhooks.yaml"
}

# What must not be is refused, in the operator's own words: the API server knows the webhooks by now and trusts them.
answers() {
  local said
  said=$(kube create --dry-run=server --validate=false -f - 2>&1 <<'YAML'
apiVersion: berth.dev/v1alpha1
kind: StoragePool
metadata: {name: admission-probe}
spec: {type: dir, target: {path: /etc}}
YAML
  ) || true # being refused is a failure of kubectl
  [[ $said == *'spec.target.path: "/etc"'* ]]
}

by_url | kube apply --validate=false -f - >/dev/null
wait_for 60 operator "admission answered" answers
