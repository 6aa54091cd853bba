#!/usr/bin/env bash
# Installs the Debian packages that are named and not there yet; without names, all that the stack runs on.
set -euo pipefail
. "$(dirname "$0")/lib/base.sh"

packages=("$@")
[ ${#packages[@]} -gt 0 ] || packages=(
  etcd-server openssl ca-certificates curl python3-minimal iproute2 util-linux procps      # control plane and scripts
  libvirt-daemon libvirt-daemon-driver-qemu libvirt-daemon-config-nwfilter libvirt-clients # hosts
  libvirt0 qemu-system-x86 qemu-utils dnsmasq-base nftables iptables ebtables
  busybox-static cpio kmod mtools dosfstools syslinux syslinux-common fdisk                  # guests
)

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

[ "$(id -u)" = 0 ] || die "not root, and these packages are missing: ${missing[*]}"
say "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# Nothing that a package brings may start by itself: the stack runs its own daemons.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod +x $policy
fi
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 || {
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
