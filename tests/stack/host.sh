#!/usr/bin/env bash
# One fake host: private mount, network, uts, ipc, pid and cgroup namespaces, in which a libvirtd and an agent run.
# usage: host.sh start|stop NODE
# Killing the namespaces' init (pids/host-NODE.pid) ends all that runs in them: a power cut.
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
. "$(dirname "$0")/lib/host.sh"
load_network

node=$2
state=$(node_state "$node")

prepare_folders() {
  local index
  mkdir -p "$state"/disk/{etc-libvirt/qemu,lib-libvirt/{images,qemu,dnsmasq,network,boot},cache-libvirt/qemu,log-libvirt/qemu,lib-berth}
  [ -e "$state/disk/etc-libvirt/nwfilter" ] || cp -a /etc/libvirt/nwfilter "$state/disk/etc-libvirt/" 2>/dev/null || true
  [ -s "$state/disk/machine-id" ] || tr -d - </proc/sys/kernel/random/uuid >"$state/disk/machine-id"
  cp /proc/sys/kernel/random/uuid "$state/boot-id" # a new one at each start, as on a machine
  {
    echo "127.0.0.1 localhost"
    for index in $(seq 200); do echo "$(node_address "node-$index") node-$index"; done
  } >"$state/hosts"
  : >"$state/resolv.conf"
  rm -rf "${STACK_RUN:?}/$node"
  mkdir -p "$STACK_RUN/$node"
  if is_real "$node"; then prepare_kubelet_folders; fi
  # What libvirt found out about QEMU elsewhere: it checks whether that still holds, and saves 3 s where it does.
  mkdir -p "$state/disk/cache-libvirt/qemu/capabilities" "$BERTH_CACHE/libvirt-capabilities"
  find "$BERTH_CACHE/libvirt-capabilities" -name '*.xml' -exec cp -n -t "$state/disk/cache-libvirt/qemu/capabilities" {} +
}

# What the kubelet wants of the kernel as files of the host's own: the machine's settings are not the stack's to change.
prepare_kubelet_folders() {
  local setting
  mkdir -p "$state"/disk/{lib-kubelet,lib-containerd,lib-cni,log-pods,log-containers} "$state"/sysctl/{vm,kernel/keys}
  mkdir -p /var/lib/{kubelet,containerd,cni} /var/log/{pods,containers}
  for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
    echo "${setting#*=}" >"$state/sysctl/${setting%=*}"
  done
}

write_libvirt_configuration() {
  local uuid
  uuid=$(sed -E 's/^(.{8})(.{4})(.{4})(.{4})/\1-\2-\3-\4-/' "$state/disk/machine-id")
  cat >"$state/disk/etc-libvirt/libvirtd.conf" <<CONF
listen_tls = 0
listen_tcp = 0
auth_unix_ro = "none"
auth_unix_rw = "none"
unix_sock_group = "root"
unix_sock_ro_perms = "0777"
unix_sock_rw_perms = "0700"
host_uuid = "$uuid"
log_outputs = "3:stderr"
CONF
  cat >"$state/disk/etc-libvirt/qemu.conf" <<CONF
user = "root"
group = "root"
security_driver = "none"
stdio_handler = "file"
namespaces = []
seccomp_sandbox = 0
remember_owner = 0
hugetlbfs_mount = "/run/hugepages"
CONF
  if [ -e "$STACK_STATE/brief-qemu" ]; then
    echo 'capability_filters = ["cpu-unavailable-features"]' >>"$state/disk/etc-libvirt/qemu.conf"
  fi
}

start_host() {
  local launcher init file
  prepare_folders
  write_libvirt_configuration
  make_cgroups "$node"
  # What the host's own files are mounted over must exist, and does not on every machine.
  for file in /etc/machine-id /etc/hosts; do [ -e $file ] || : >$file; done
  mkdir -p "$STACK_STATE/logs" /var/lib/berth /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /etc/libvirt
  (
    enter_cgroups "$node"
    exec setsid unshare -m -n -u -i -p -C --fork --kill-child --propagation private \
      "$STACK_SCRIPTS/host-init.sh" "$node" "$state" "$STACK_RUN/$node" "$STACK_STATE/local-images"
  ) </dev/null >>"$(log_file "host-$node")" 2>&1 9<&- &
  launcher=$!
  until [ -e "$STACK_RUN/$node/ready" ]; do
    kill -0 $launcher 2>/dev/null || die "host $node ended while it started (log: $(log_file "host-$node"))"
    sleep 0.02
  done
  init=$(cat "/proc/$launcher/task/$launcher/children")
  record_pid "host-$node" "${init% }"
  connect_host "${init% }"
  node_address "$node" >"$state/address"
  echo "http://$(node_address "$node"):$AGENT_PORT" >"$state/agent-url"
  echo "qemu+unix:///system?socket=$STACK_RUN/$node/libvirt/libvirt-sock" >"$state/libvirt-uri"
}

connect_host() {
  local link
  link=$(node_link "$node")
  ip link del "$link" 2>/dev/null || true # of a host that died: the kernel takes its time to remove it
  ip link add "$link" type veth peer name eth0 netns "$1"
  ip link set "$link" master "$STACK_BRIDGE" up
  nsenter -t "$1" -n sh -c "ip link set lo up && ip addr add $(node_address "$node")/24 dev eth0 && ip link set eth0 up &&
    ip route add default via $HOST_ADDRESS"
}

stop_host() {
  kill_now "host-$node"
  stop "host-$node"
  ip link del "$(node_link "$node")" 2>/dev/null || true
  remove_cgroups "$node"
  rm -rf "${STACK_RUN:?}/$node"
}

case $1 in
start) alive "host-$node" || { stop_host && start_host; } ;;
stop) stop_host ;;
*) die "usage: host.sh start|stop NODE" ;;
esac
