#!/bin/busybox sh
# shellcheck shell=dash
# Called by udhcpc in the tiny Linux guest with what the server said.
# shellcheck disable=SC2154 # set by udhcpc
case $1 in
bound | renew)
  ip addr flush dev "$interface"
  ip addr add "$ip/${mask:-24}" dev "$interface"
  [ -z "$router" ] || ip route replace default via "${router%% *}"
  ;;
esac
