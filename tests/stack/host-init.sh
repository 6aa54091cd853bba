#!/usr/bin/env bash
# Init of a fake host, started by host.sh inside the new namespaces: mounts what must be the host's own, then reaps.
# usage: host-init.sh NODE STATE RUN IMAGES
set -euo pipefail
node=$1 state=$2 run=$3 images=$4

mount_cgroups() {
  local hierarchy
  if [ "$version" = cgroup2fs ]; then
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    # Into a leaf: a cgroup that holds processes cannot hand controllers to its children.
    mkdir /sys/fs/cgroup/init
    echo 0 >/sys/fs/cgroup/init/cgroup.procs
    return
  fi
  mount -t tmpfs tmpfs /sys/fs/cgroup
  for hierarchy in $hierarchies; do # each folder is named after its controllers
    hierarchy=${hierarchy##*/}
    mkdir "/sys/fs/cgroup/$hierarchy"
    case $hierarchy in
    systemd) mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd ;;
    *) mount -t cgroup -o "$hierarchy" cgroup "/sys/fs/cgroup/$hierarchy" ;;
    esac
  done
}

# Of a host with a kubelet: its folders, and the kernel settings that it would otherwise change for the whole machine.
mount_kubelet_folders() {
  local folder setting
  for folder in lib-kubelet=/var/lib/kubelet lib-containerd=/var/lib/containerd lib-cni=/var/lib/cni log-pods=/var/log/pods log-containers=/var/log/containers; do
    mount --bind "$state/disk/${folder%=*}" "${folder#*=}"
  done
  (cd "$state/sysctl" && find . -type f) | while read -r setting; do
    mount --bind "$state/sysctl/$setting" "/proc/sys/$setting"
  done
  echo 1 >/proc/sys/net/ipv4/ip_forward
}

hostname "$node"
mount -t proc proc /proc
version=$(stat -f -c %T /sys/fs/cgroup)
hierarchies=$(awk '$3 == "cgroup" { print $2 }' /proc/mounts)
umount -R -l /sys # not only covered: libvirt looks for cgroups in the list of mounts
mount -t sysfs sysfs /sys # of the new network namespace
mount_cgroups
# The host knows its own and the other hosts' names and asks no name server, which it could not reach: libvirt would wait 10 s.
mount --bind "$state/hosts" /etc/hosts
[ ! -e /etc/resolv.conf ] || mount --bind "$state/resolv.conf" /etc/resolv.conf
mount --bind "$state/disk/etc-libvirt" /etc/libvirt
mount --bind "$state/disk/lib-libvirt" /var/lib/libvirt
mount --bind "$state/disk/cache-libvirt" /var/cache/libvirt
mount --bind "$state/disk/log-libvirt" /var/log/libvirt
mount --bind "$state/disk/lib-berth" /var/lib/berth
mount --bind "$state/disk/machine-id" /etc/machine-id
mount --bind "$state/boot-id" /proc/sys/kernel/random/boot_id
mkdir -p /var/lib/berth/local-images
mount --bind "$images" /var/lib/berth/local-images
mount -o remount,bind,ro /var/lib/berth/local-images
mount -t tmpfs tmpfs /dev/shm
mount --bind "$run" /run
mkdir -p /run/lock /run/hugepages
mount -t hugetlbfs hugetlbfs /run/hugepages
[ ! -d "$state/sysctl" ] || mount_kubelet_folders
mount --make-rshared / # as on a machine; a kubelet's mounts must reach its pods, and nothing leaves this namespace
touch /run/ready

# As init does: wait for whatever loses its parent in here.
while :; do
  sleep 1000 &
  wait $! || true
done
