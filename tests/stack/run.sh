#!/usr/bin/env bash
# make run: applies the first sample, waits for it, and shows the VM, its guest's own words and what to try next.
# Uses the local stack, or with CLUSTER=<context> that context of the user's own kubeconfig, where Berth is installed.
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
sample=$REPOSITORY/config/samples/01-hello.yaml

if [ -n "${CLUSTER:-}" ]; then
  target() { "$KUBECTL" --context "$CLUSTER" "$@"; }
  how="kubectl --context $CLUSTER"
  target get crd virtualmachines.berth.dev >/dev/null || die "Berth is not installed in $CLUSTER"
  target get image.berth.dev tiny-kernel tiny-initrd >/dev/null || die "$sample wants Images tiny-kernel and tiny-initrd in $CLUSTER"
else
  "$STACK_SCRIPTS/up.sh"
  target() { kube "$@"; }
  how="kubectl --kubeconfig $(realpath --relative-to=. "$STACK_KUBECONFIG")"
fi

explain_and_fail() {
  target describe vm hello >&2 || true
  if [ -z "${CLUSTER:-}" ]; then
    for process in operator $(cd "$STACK_STATE/pids" && basename -s .pid -a agent-*.pid); do
      printf -- '--- %s\n' "$(log_file "$process")" >&2
      tail -n 15 "$(log_file "$process")" >&2
    done
  fi
  die "$1"
}

field() { target get vm hello -o "jsonpath={$1}"; }

# Only a cluster's node knows its guests' consoles; here the node's disk is a folder.
console_file() { echo "$(node_state "$(field .status.nodeName)")/disk/lib-berth/console/default.hello.$(field .metadata.uid | cut -c1-8).log"; }

wait_until() { # wait_until SECONDS COMMAND…
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.2
  done
}

has_address() { [ -n "$(field '.status.interfaces[0].ips[0]')" ]; }
has_booted() { grep -q GUEST-READY "$(console_file)" 2>/dev/null; }

target apply -f "$sample"
target wait --for=condition=Ready vm/hello --timeout=300s || explain_and_fail "the VM is not Ready"
say "the VM is Ready; its guest boots"
wait_until 300 has_address || explain_and_fail "the guest has no address"
echo
target get vm -o wide
if [ -z "${CLUSTER:-}" ]; then
  wait_until 300 has_booted || explain_and_fail "nothing from the guest in $(console_file)"
  printf '\nThe guest says: %s\n' "$(grep -a GUEST-READY "$(console_file)" | tail -1 | tr -d '\r')"
fi

cat <<TEXT

Try next:
  $how get vm,hv,pool,vnet,img,pod
  $how describe vm hello
  $how patch vm hello --type merge -p '{"spec":{"powerState":"Stopped"}}'
  $how explain vm.spec
TEXT
[ -n "${CLUSTER:-}" ] || cat <<TEXT
  virsh -c "\$(cat $(realpath --relative-to=. "$STACK_STATE")/nodes/node-1/libvirt-uri)" list
  tail -f $(realpath --relative-to=. "$(console_file)")
  make down
TEXT
