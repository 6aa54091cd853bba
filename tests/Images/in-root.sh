#!/bin/sh
# Runs a program as a container would: first process of its pid namespace, nothing of the machine's but /proc and a few devices,
# root file system read-only.
# usage: in-root.sh ROOT UID:GID PROGRAM ARGUMENT…
set -eu
if [ "${1:-}" != inside ]; then
  exec unshare --mount --pid --fork --kill-child "$0" inside "$@"
fi
root=$2 user=$3
shift 3
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
if [ -d "$root/proc" ]; then # a root of one static program has none
  mount -t proc proc "$root/proc"
  mount -t tmpfs tmpfs "$root/dev"
  for device in null zero random urandom; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
fi
exec chroot --userspec="$user" "$root" "$@"
