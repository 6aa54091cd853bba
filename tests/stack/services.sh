#!/usr/bin/env bash
# Services of the host that has a kubelet: kube-proxy leads to their pods, and a dnsmasq knows their names, as a cluster's DNS does.
# usage: services.sh start|ready|follow NODE
#   start    both, without waiting for them
#   ready    waits until the API server's own Service has its name and answers
#   follow   tells the dnsmasq of each Service as it comes (what start leaves running)
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
. "$(dirname "$0")/lib/host.sh"
load_network
node=$2
names=$(node_state "$node")/services

# What it would set of the kernel's connection tracking is the machine's.
start_proxy() {
  start_in_host "kube-proxy-$node" "$node" "$KUBERNETES_BIN/kube-proxy" --kubeconfig "$STACK_STATE/kubeconfigs/kube-proxy" \
    --proxy-mode iptables --hostname-override "$node" --bind-address "$(node_address "$node")" --cluster-cidr "$POD_SUBNET" \
    --healthz-bind-address 127.0.0.1 --metrics-bind-address 127.0.0.1 \
    --conntrack-max-per-core 0 --conntrack-tcp-timeout-established 0 --conntrack-tcp-timeout-close-wait 0
}

# It asks nobody else: what it does not know is not there.
start_dns() {
  mkdir -p "$names"
  start_in_host "dns-$node" "$node" /usr/sbin/dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --log-facility=- --user=root \
    --bind-interfaces --listen-address "$(node_address "$node")" --no-resolv --no-hosts --local=/#/ --hostsdir "$names"
}

# One file for each name. The signal makes it forget the address that a Service had before it was made anew.
follow() {
  local address name
  while :; do
    kube get services --all-namespaces --watch -o 'jsonpath={.spec.clusterIP} {.metadata.name}.{.metadata.namespace}.svc.cluster.local{"\n"}' |
      while read -r address name; do
        [ "$address" != None ] || continue
        echo "$address $name" >"$names/$name"
        kill -HUP "$(cat "$(pid_file "dns-$node")")"
      done || true
    sleep 0.5 # the API server is away
  done
}

resolves() { busybox nslookup kubernetes.default.svc.cluster.local "$(node_address "$node")" | grep -qF "$API_SERVICE"; }

answers() { in_host "$node" curl -sf --cacert "$STACK_STATE/pki/ca.crt" --resolve "kubernetes.default.svc:443:$API_SERVICE" https://kubernetes.default.svc/readyz; }

case $1 in
start)
  alive "kube-proxy-$node" || start_proxy
  alive "dns-$node" || start_dns
  alive "service-names-$node" || start "service-names-$node" "$0" follow "$node"
  ;;
ready)
  wait_for 60 "dns-$node" "it knew the API server's Service" resolves
  wait_for 60 "kube-proxy-$node" "the API server's Service answered" answers
  ;;
follow) follow ;;
*) die "usage: services.sh start|ready|follow NODE" ;;
esac
