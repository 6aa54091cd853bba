#!/usr/bin/env bash
# Installs the Debian packages that are named and not there yet; without names, all that the stack runs on.
set -euo pipefail
. "$(dirname "$0")/lib/base.sh"

everything=no
packages=("$@")
[ ${#packages[@]} -gt 0 ] || everything=yes packages=(
  openssl ca-certificates curl python3-minimal iproute2 util-linux procps                  # control plane and scripts
  libvirt-daemon libvirt-daemon-driver-qemu libvirt-daemon-config-nwfilter libvirt-clients # hosts
  genisoimage libvirt0 qemu-system-x86 qemu-utils dnsmasq-base nftables iptables ebtables
  busybox-static cpio kmod mtools dosfstools nasm syslinux syslinux-common fdisk             # guests, pause
  lua5.1                                                                                   # Argo CD's language, for tests
)

# libvirtd does not start without the user that its system package makes. That package would also have a libvirtd of the
# machine's own start at each boot, so the user is made here, as there.
make_qemu_user() {
  if getent passwd libvirt-qemu >/dev/null; then return; fi
  getent group kvm >/dev/null || groupadd --system kvm
  getent group libvirt-qemu >/dev/null || groupadd --gid 64055 libvirt-qemu
  useradd -K UID_MAX=64055 --uid 64055 --gid kvm --no-create-home --home-dir /var/lib/libvirt --shell /usr/sbin/nologin libvirt-qemu
}

# As that package does too, at each boot (sysctl.d/60-libvirtd.conf): a running guest with a disk takes 1024 of these, and the kernel's
# own limit of 65536 is spent by 64 guests.
raise_aio_limit() {
  local limit=/proc/sys/fs/aio-max-nr
  if [ "$(cat $limit)" -ge 1048576 ] || [ ! -w $limit ]; then return; fi
  echo 1048576 >$limit
}

prepare_machine() {
  if [ $everything = no ]; then return; fi
  make_qemu_user
  raise_aio_limit
}

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  prepare_machine
  exit 0
fi

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
prepare_machine
