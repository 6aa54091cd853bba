#!/usr/bin/env bash
# Starts the operator, and an agent inside each named host, with the identities that they have in a cluster.
# usage: berth.sh [--tokens] NODE…     --tokens: those that run get fresh tokens too
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
. "$(dirname "$0")/lib/host.sh"
load_network
token_seconds=604800
[ "${1:-}" = --tokens ] && { tokens=yes && shift; } || tokens=
wants() { [ -n "$tokens" ] || ! alive "$1"; } # wants PROCESS: an identity

# token ACCOUNT FILE [POD [AUDIENCE]]: a fresh token of a ServiceAccount, bound to a pod so that it dies with it, for the API server or another audience
token() {
  local bound=
  [ $# -lt 4 ] || bound=',"audiences":["'$4'"]'
  if [ $# -gt 2 ]; then
    bound+=',"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"'$3'","uid":"'$(kube -n "$STACK_NAMESPACE" get pod "$3" -o 'jsonpath={.metadata.uid}')'"}'
  fi
  printf '{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":%d%s}}' $token_seconds "$bound" |
    kube create --raw "/api/v1/namespaces/$STACK_NAMESPACE/serviceaccounts/$1/token" -f - |
    sed -n 's/.*"token":"\([^"]*\)".*/\1/p' >"$2.new"
  [ -s "$2.new" ] || die "no token for $1"
  mv "$2.new" "$2"
}

# kubeconfig FILE TOKEN-FILE: never the administrator's; what a role does not grant must fail here as in a cluster
kubeconfig() {
  cat >"$1" <<YAML
apiVersion: v1
kind: Config
clusters:
- {name: berth, cluster: {server: "https://$HOST_ADDRESS:$API_PORT", certificate-authority: $STACK_STATE/pki/ca.crt}}
users:
- {name: berth, user: {tokenFile: $2}}
contexts:
- {name: berth, context: {cluster: berth, user: berth}}
current-context: berth
YAML
}

# What the agents' tokens are bound to. The agents themselves are processes of their hosts; a real kubelet runs a pause here.
agent_pods() {
  local node
  for node in "$@"; do
    cat <<YAML
---
apiVersion: v1
kind: Pod
metadata: {name: berth-agent-$node, namespace: $STACK_NAMESPACE, labels: {app.kubernetes.io/name: berth-agent}}
spec:
  nodeName: $node
  serviceAccountName: berth-agent
  automountServiceAccountToken: false
  hostNetwork: true
  tolerations: [{operator: Exists}]
  priorityClassName: system-node-critical
  containers: [{name: agent, image: $PAUSE_IMAGE, imagePullPolicy: IfNotPresent}]
YAML
  done
}

start_operator() {
  local pause=()
  [ ! -e "$STACK_STATE/real-node" ] || pause=(--pause-image "$PAUSE_IMAGE")
  token berth-operator "$STACK_STATE/kubeconfigs/operator.token"
  kubeconfig "$STACK_STATE/kubeconfigs/operator" "$STACK_STATE/kubeconfigs/operator.token"
  alive operator || start operator "$(published operator berth-operator)" \
    --kubeconfig "$STACK_STATE/kubeconfigs/operator" --metrics-address "$LOOPBACK_ADDRESS:$OPERATOR_PORT" --namespace "$STACK_NAMESPACE" \
    --https-address "$HOST_ADDRESS:$OPERATOR_HTTPS_PORT" --https-name "$HOST_ADDRESS" "${pause[@]}"
}

start_agent() {
  local node=$1 folder
  folder=$(node_state "$node")
  token berth-agent "$folder/token" "berth-agent-$node"
  token berth-agent "$folder/operator-token" "berth-agent-$node" berth-operator
  kubeconfig "$folder/kubeconfig" "$folder/token"
  alive "agent-$node" || start_in_host "agent-$node" "$node" "$(published agent berth-agent)" \
    --kubeconfig "$folder/kubeconfig" --node-name "$node" --metrics-address "$(node_address "$node"):$AGENT_PORT" \
    --libvirt-uri qemu:///system --accelerator "${AGENT_ACCELERATOR:-tcg}" --kvm-device /dev/kvm \
    --image-directory "$IMAGE_DIRECTORY" --namespace "$STACK_NAMESPACE" \
    --operator-address "$HOST_ADDRESS:$OPERATOR_HTTPS_PORT" --operator-token-file "$folder/operator-token"
}

umask 077
admission=
if ! skipped operator && wants operator; then
  start_operator
  admission=yes
fi
nodes=()
for node in "$@"; do skipped agent || ! wants "agent-$node" || nodes+=("$node"); done
if [ ${#nodes[@]} -gt 0 ]; then
  agent_pods "${nodes[@]}" | kube apply --server-side --force-conflicts --validate=false -f - >/dev/null
  for node in "${nodes[@]}"; do start_agent "$node"; done
fi
if ! skipped operator; then
  wait_for 60 operator "it was ready" curl -sf "http://$LOOPBACK_ADDRESS:$OPERATOR_PORT/readyz"
  [ -z "$admission" ] || "$STACK_SCRIPTS/webhooks.sh"
fi
if ! skipped agent; then
  for node in "$@"; do
    wait_for 60 "agent-$node" "it was ready" curl -sf "http://$(node_address "$node"):$AGENT_PORT/readyz"
  done
fi
