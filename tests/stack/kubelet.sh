#!/usr/bin/env bash
# The kubelet of one host.
# usage: kubelet.sh start|ready NODE
# KUBELET_EVICTION=SIGNAL=QUANTITY: it evicts below that, too, such as memory.available=1Pi for always. Read when it starts.
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
. "$(dirname "$0")/lib/host.sh"
load_network
node=$2
state=$(node_state "$node")
pki=$STACK_STATE/pki

# Soft thresholds: a hard one is taken off what the node offers.
eviction() {
  local signal=${KUBELET_EVICTION:-}
  signal=${signal%%=*}
  [ -z "${KUBELET_EVICTION:-}" ] || printf 'evictionSoft: {%s: "%s"}\nevictionSoftGracePeriod: {%s: 1s}\n' "$signal" "${KUBELET_EVICTION#*=}" "$signal"
}

# Periods are those that tests need to see things happen soon. Images are never collected: none could be fetched again.
write_configuration() {
  cat >"$state/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $(node_address "$node")
healthzBindAddress: 127.0.0.1
tlsCertFile: $pki/kubelet-server.crt
tlsPrivateKeyFile: $pki/kubelet-server.key
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $pki/ca.crt}}
authorization: {mode: Webhook}
cgroupDriver: cgroupfs
failSwapOn: false
protectKernelDefaults: true
makeIPTablesUtilChains: false
resolvConf: /etc/resolv.conf
clusterDNS: [$(node_address "$node")]
clusterDomain: cluster.local
maxPods: 28
evictionHard: {nodefs.available: "1%"}
$(eviction)
evictionPressureTransitionPeriod: 1s
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
nodeStatusUpdateFrequency: 2s
nodeStatusReportFrequency: 10s
nodeLeaseDurationSeconds: 20
syncFrequency: 5s
serializeImagePulls: false
registryPullQPS: 0
eventRecordQPS: 0
kubeAPIQPS: 50
kubeAPIBurst: 100
YAML
}

# The host label is the administrator's to set; a kubelet sets those of --node-labels when it registers its node first.
start_kubelet() {
  write_configuration
  start_in_host "kubelet-$node" "$node" "$KUBERNETES_BIN/kubelet" --config "$state/kubelet.yaml" --kubeconfig "$STACK_STATE/kubeconfigs/kubelet" \
    --root-dir /var/lib/kubelet --cert-dir /var/lib/kubelet/pki --hostname-override "$node" --node-ip "$(node_address "$node")" \
    --node-labels berth.dev/host=true --container-runtime remote --container-runtime-endpoint unix:///run/containerd/containerd.sock \
    --pod-infra-container-image "$SANDBOX_IMAGE" --volume-plugin-dir /var/lib/kubelet/volume-plugins --v 2
}

# Pods are reached through the host. And no cloud's metadata server: the kubelet looks for one when it starts, and without a clear
# answer it waits for 6 s.
route_pods() { in_host "$node" sh -c 'echo 1 >/proc/sys/net/ipv4/conf/eth0/proxy_arp && ip route replace unreachable 169.254.0.0/16'; }

registered() { kube get node "$node"; }

case $1 in
start)
  alive "kubelet-$node" && exit 0
  route_pods
  start_kubelet
  ;;
ready)
  wait_for 60 "kubelet-$node" "it registered its node" registered
  kube wait --for=condition=Ready "node/$node" --timeout=60s >/dev/null || fail_with_log "kubelet-$node" "node $node is not Ready"
  ;;
*) die "usage: kubelet.sh start|ready NODE" ;;
esac
