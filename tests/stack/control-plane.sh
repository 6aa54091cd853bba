#!/usr/bin/env bash
# usage: control-plane.sh store|server|controllers
#   store        etcd and kube-apiserver, without waiting for them
#   server       waits until the API answers
#   controllers  kube-controller-manager and kube-scheduler, without waiting for them
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
load_network
pki=$STACK_STATE/pki

program() { echo "${KUBEBUILDER_ASSETS:-$KUBERNETES_BIN}/$1"; }

minor_version() { "$(program kube-apiserver)" --version | sed -n 's/^Kubernetes v1\.\([0-9]*\).*/\1/p'; }

start_etcd() {
  local client=http://$LOOPBACK_ADDRESS:$ETCD_PORT peer=http://$LOOPBACK_ADDRESS:$ETCD_PEER_PORT
  local etcd
  etcd=$(PATH=${KUBEBUILDER_ASSETS:-}:$PATH:$BERTH_CACHE/bin command -v etcd)
  # Without fsync: the stack's data is worth nothing after a power cut, and every write would wait for the disk.
  start etcd "$etcd" --name stack --data-dir "$STACK_STATE/etcd" --unsafe-no-fsync --logger=zap --log-level=warn \
    --listen-client-urls "$client" --advertise-client-urls "$client" \
    --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "stack=$peer" \
    --quota-backend-bytes=4294967296
}

start_apiserver() {
  local issuer=https://kubernetes.default.svc.cluster.local
  start kube-apiserver "$(program kube-apiserver)" \
    --etcd-servers="http://$LOOPBACK_ADDRESS:$ETCD_PORT" \
    --bind-address="$HOST_ADDRESS" --advertise-address="$HOST_ADDRESS" --secure-port="$API_PORT" \
    --cert-dir="$pki" --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
    --kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --kubelet-client-certificate="$pki/apiserver-kubelet.crt" --kubelet-client-key="$pki/apiserver-kubelet.key" \
    --service-account-issuer="$issuer" --api-audiences="$issuer" \
    --service-account-signing-key-file="$pki/sa.key" --service-account-key-file="$pki/sa.pub" \
    --requestheader-client-ca-file="$pki/ca.crt" --requestheader-allowed-names=front-proxy \
    --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
    --requestheader-extra-headers-prefix=X-Remote-Extra- \
    --proxy-client-cert-file="$pki/front-proxy.crt" --proxy-client-key-file="$pki/front-proxy.key" \
    --authorization-mode=Node,RBAC --enable-aggregator-routing --enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement \
    --service-cluster-ip-range=10.96.0.0/16 --allow-privileged=true --profiling=false --event-ttl=1h \
    --max-requests-inflight=1000 --max-mutating-requests-inflight=500 \
    --audit-policy-file="$STACK_SCRIPTS/audit-policy.yaml" --audit-log-path="$STACK_STATE/logs/audit.log" --audit-log-maxsize=2000
}

# Off: what needs a cloud, pod networks or volumes that this stack has not.
start_controller_manager() {
  local insecure=()
  [ "$(minor_version)" -ge 24 ] || insecure=(--port=0)
  start kube-controller-manager "$(program kube-controller-manager)" --kubeconfig="$STACK_STATE/kubeconfigs/kube-controller-manager" \
    "${insecure[@]}" --secure-port=0 --leader-elect=false --use-service-account-credentials=true \
    --service-account-private-key-file="$pki/sa.key" --root-ca-file="$pki/ca.crt" \
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" --allocate-node-cidrs=false \
    --controllers='*,-nodeipam,-route,-service,-ttl,-attachdetach,-persistentvolume-binder,-persistentvolume-expander,-endpointslicemirroring' \
    --node-monitor-period=2s --node-monitor-grace-period=16s --kube-api-qps=500 --kube-api-burst=1000
}

# The default of 50 requests a second would make the scheduler the slowest part of every test of scale.
start_scheduler() {
  local insecure=()
  [ "$(minor_version)" -ge 24 ] || insecure=(--port=0)
  start kube-scheduler "$(program kube-scheduler)" --kubeconfig="$STACK_STATE/kubeconfigs/kube-scheduler" \
    "${insecure[@]}" --secure-port=0 --leader-elect=false --kube-api-qps=1000 --kube-api-burst=2000
}

case $1 in
store)
  alive etcd || start_etcd
  alive kube-apiserver || start_apiserver
  ;;
server)
  wait_for 60 kube-apiserver "the API answered" curl -sf --cacert "$pki/ca.crt" "https://$HOST_ADDRESS:$API_PORT/readyz"
  ;;
controllers)
  alive kube-controller-manager || start_controller_manager
  alive kube-scheduler || start_scheduler
  ;;
*) die "usage: control-plane.sh store|server|controllers" ;;
esac
