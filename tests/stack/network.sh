#!/usr/bin/env bash
# The stack's bridge: 10.97.N.0/24 with N taken from the stack's id, or the next one that nobody on the machine uses.
# The number, chosen once, is kept in the state folder.
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"

exec 8</run
flock 8 # two stacks that start together must not choose the same number

choose_number() {
  local try number
  for try in $(seq 0 253); do
    number=$(((16#$STACK_ID + try) % 254 + 1))
    ip -o -4 addr show | grep -q " 10\.97\.$number\." && continue
    echo "$number"
    return
  done
  die "no free 10.97.N.0/24 on this machine"
}

[ -s "$STACK_STATE/network" ] || choose_number >"$STACK_STATE/network"
load_network
if ! ip link show "$STACK_BRIDGE" >/dev/null 2>&1; then
  ip link add "$STACK_BRIDGE" type bridge
  ip addr add "$HOST_ADDRESS/24" dev "$STACK_BRIDGE"
  ip link set "$STACK_BRIDGE" up
fi
echo "$HOST_ADDRESS" >"$STACK_STATE/host-address"
echo "$LOOPBACK_ADDRESS:$OPERATOR_PORT" >"$STACK_STATE/operator-address"
echo "$LOOPBACK_ADDRESS:$STANDIN_PORT" >"$STACK_STATE/node-standin-address"
