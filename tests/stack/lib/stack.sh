# shellcheck shell=bash disable=SC2034 # what is set here is used where it is sourced
# Sourced by what works on one stack: who it is, where its state lies, which addresses are its own.
#
# A stack is its state folder: STACK_STATE, by default .berth in the clone. Everything that the machine shares (bridge,
# addresses, cgroups, run folder) carries a name made from that path, so stacks live side by side.
. "$(dirname "${BASH_SOURCE[0]}")/base.sh"
. "$(dirname "${BASH_SOURCE[0]}")/process.sh"

STACK_STATE=$(realpath -m "${STACK_STATE:-$REPOSITORY/.berth}")
export STACK_STATE
STACK_ID=$(printf %s "$STACK_STATE" | sha256sum | cut -c1-6)
STACK_BRIDGE=berth-$STACK_ID
STACK_RUN=/run/berth-$STACK_ID # sockets lie here: their paths are limited to 107 bytes, wherever the clone is
STACK_CGROUP=berth-$STACK_ID
STACK_KUBECONFIG=$STACK_STATE/kubeconfig
STACK_NAMESPACE=berth-system
IMAGE_DIRECTORY=/var/lib/berth/local-images # as the hosts see local-images of the state folder
REAL_NODE_NAME=node-1                       # the node that has a kubelet and containerd, where the stack has one
PAUSE_IMAGE=docker.io/library/berth-pause:1 # what berths run there
SANDBOX_IMAGE=docker.io/library/berth-sandbox:1 # the same for sandboxes; apart, so that a test can take away the berths'

# The same in every stack: each has a loopback and a bridge address of its own to listen on.
API_PORT=26443
ETCD_PORT=22379
ETCD_PEER_PORT=22380
OPERATOR_PORT=28080
STANDIN_PORT=28081
AGENT_PORT=28082
OPERATOR_HTTPS_PORT=28443
API_SERVICE=10.96.0.1 # the API server as pods see it

node_state() { echo "$STACK_STATE/nodes/$1"; }
node_index() { echo "${1#node-}"; }
node_address() { echo "$STACK_PREFIX.$((10 + $(node_index "$1")))"; }
node_link() { echo "b${STACK_ID}-$(node_index "$1")"; }
is_real() { [ "$1" = "$REAL_NODE_NAME" ] && [ -e "$STACK_STATE/real-node" ]; }
skipped() { [[ ",${STACK_SKIP:-}," == *",$1,"* || ",${STACK_SKIP:-}," == *,berth,* ]]; } # operator, agent or berth
KUBECTL=$(command -v kubectl || echo "$BERTH_CACHE/bin/kubectl") # tools.sh puts it there where the machine has none
kube() { "$KUBECTL" --kubeconfig "$STACK_KUBECONFIG" "$@"; }

# Only one script at a time changes a stack. The folder itself is the lock, so no lock file is left behind.
lock_stack() {
  while :; do
    mkdir -p "$STACK_STATE"
    exec 9<"$STACK_STATE"
    flock 9
    [ "$(stat -L -c %i /proc/self/fd/9)" = "$(stat -c %i "$STACK_STATE" 2>/dev/null)" ] && return
  done
}

# Sets STACK_PREFIX (10.97.N), HOST_ADDRESS and LOOPBACK_ADDRESS from the number that network.sh has chosen.
load_network() {
  local number
  number=$(cat "$STACK_STATE/network")
  STACK_PREFIX=10.97.$number
  HOST_ADDRESS=$STACK_PREFIX.1
  POD_SUBNET=$STACK_PREFIX.224/27 # behind the node that has a kubelet
  LOOPBACK_ADDRESS=127.97.$number.1
}

# The program that publish.sh made last, as a link of the stack's own: what runs is not touched by the next build.
published() { # published NAME PROGRAM
  local key folder
  key=$(cat "$REPOSITORY/artifacts/publish/$1/current")
  folder=$STACK_STATE/programs/$1-$key
  if [ ! -d "$folder" ]; then
    mkdir -p "$STACK_STATE/programs"
    cp -al "$REPOSITORY/artifacts/publish/$1/$key" "$folder.new" 2>/dev/null || { rm -rf "$folder.new" && cp -a "$REPOSITORY/artifacts/publish/$1/$key" "$folder.new"; }
    mv "$folder.new" "$folder"
  fi
  echo "$folder/$2"
}
