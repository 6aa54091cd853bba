#!/usr/bin/env bash
# The containerd of the host that has a kubelet, with the images of the stack's pods in it. No registry is asked for anything.
# usage: containerd.sh start|images|import NODE [ARCHIVE…]
#   start    containerd, without waiting for it
#   images   waits for it and puts the stack's images in
#   import   puts images of these archives in, which may lie anywhere below the clone
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
. "$(dirname "$0")/lib/host.sh"
load_network
node=$2
state=$(node_state "$node")
archives=$state/disk/container-images

containers() { in_host "$node" ctr --address /run/containerd/containerd.sock --namespace k8s.io "$@"; }

# Pods have addresses of the stack's own network, the last 31 of it; the host answers for them (proxy_arp).
write_configuration() {
  mkdir -p "$state/cni"
  cat >"$state/cni/10-bridge.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
 {"type": "bridge", "bridge": "pods0", "isGateway": true, "hairpinMode": true,
  "ipam": {"type": "host-local", "dataDir": "/var/lib/cni", "ranges": [[{"subnet": "$POD_SUBNET"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
 {"type": "portmap", "capabilities": {"portMappings": true}}]}
JSON
  cat >"$state/containerd.toml" <<TOML
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$SANDBOX_IMAGE"
  enable_selinux = false
  disable_apparmor = true
  # Without CAP_SYS_RESOURCE, runc cannot lower its own score and ends.
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$state/cni"
TOML
}

# The pause image of `make images`, under the stack's own names and no other: a test takes one of them away.
import_images() {
  local made
  mkdir -p "$archives"
  made=$(env -u IMAGE_REPOSITORY "$REPOSITORY/images/build.sh" pause | awk '{ print $NF }')
  cp "$REPOSITORY/artifacts/images/pause.tar" "$archives/pause.tar"
  containers images import "$archives/pause.tar" >/dev/null
  containers images tag --force "$made" "$PAUSE_IMAGE" "$SANDBOX_IMAGE" >/dev/null
  containers images rm "$made" >/dev/null
}

case $1 in
start)
  alive "containerd-$node" && exit 0
  write_configuration
  start_in_host "containerd-$node" "$node" /usr/bin/containerd --config "$state/containerd.toml"
  ;;
images)
  wait_for 60 "containerd-$node" "it answered" containers version
  import_images
  ;;
import) for archive in "${@:3}"; do containers images import "$(realpath "$archive")" >/dev/null; done ;;
*) die "usage: containerd.sh start|images|import NODE [ARCHIVE…]" ;;
esac
