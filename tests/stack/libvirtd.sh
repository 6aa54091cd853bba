#!/usr/bin/env bash
# The libvirtd of one fake host.
# usage: libvirtd.sh start|ready NODE      ready: waits for it and keeps what it found out about QEMU for the next host
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
. "$(dirname "$0")/lib/host.sh"
node=$2
uri=$(cat "$(node_state "$node")/libvirt-uri")

case $1 in
start)
  alive "libvirtd-$node" && exit 0
  in_host "$node" rm -f /run/libvirtd.pid
  start_in_host "libvirtd-$node" "$node" /usr/sbin/libvirtd
  ;;
ready)
  wait_for 60 "libvirtd-$node" "it answered" virsh -c "$uri" capabilities
  cp -n "$(node_state "$node")"/disk/cache-libvirt/qemu/capabilities/*.xml "$BERTH_CACHE/libvirt-capabilities/" 2>/dev/null || true
  ;;
*) die "usage: libvirtd.sh start|ready NODE" ;;
esac
