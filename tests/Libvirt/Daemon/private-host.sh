#!/bin/bash
# private-host.sh start|init|clean ROOT
# A host of its own for a real libvirtd: private mount, network, pid, ipc, uts and cgroup namespaces; its state lies below
# ROOT, its socket at ROOT/run/libvirt/libvirt-sock. Killing the process that "start" becomes ends everything in it.
set -eu
mode=$1 root=$2
name=$(basename "$root")
cgroups=/sys/fs/cgroup

case $mode in
start)
  mkdir -p "$root"/{etc/qemu,lib,cache,log,run}
  cp -a /etc/libvirt/nwfilter "$root/etc/" 2>/dev/null || true
  printf '%s\n' 'listen_tls = 0' 'auth_unix_ro = "none"' 'auth_unix_rw = "none"' 'unix_sock_rw_perms = "0700"' \
    "host_uuid = \"$(cat /proc/sys/kernel/random/uuid)\"" 'log_outputs = "3:stderr"' > "$root/etc/libvirtd.conf"
  printf '%s\n' 'user = "root"' 'group = "root"' 'security_driver = "none"' 'stdio_handler = "file"' 'namespaces = []' \
    'seccomp_sandbox = 0' 'remember_owner = 0' 'hugetlbfs_mount = []' > "$root/etc/qemu.conf"
  if [ -e $cgroups/cgroup.controllers ]; then
    mkdir -p "$cgroups/$name" && echo $$ > "$cgroups/$name/cgroup.procs"
    echo v2 > "$root/cgroups"
  else
    : > "$root/cgroups"
    for controller in cpu cpuacct cpuset memory devices freezer blkio pids systemd; do
      [ -d $cgroups/$controller ] || continue
      mkdir -p "$cgroups/$controller/$name"
      if [ $controller = cpuset ]; then
        cat $cgroups/cpuset/cpuset.cpus > "$cgroups/cpuset/$name/cpuset.cpus"
        cat $cgroups/cpuset/cpuset.mems > "$cgroups/cpuset/$name/cpuset.mems"
      fi
      echo $$ > "$cgroups/$controller/$name/cgroup.procs"
      echo $controller >> "$root/cgroups"
    done
  fi
  exec unshare --mount --net --uts --ipc --pid --cgroup --fork --kill-child --propagation private \
    /bin/bash "$0" init "$root" </dev/null >"$root/log/init.log" 2>&1
  ;;
init)
  hostname "$name"
  ip link set lo up
  mount -t proc proc /proc
  mount -t sysfs sysfs /sys
  if grep -qx v2 "$root/cgroups"; then
    mount -t cgroup2 cgroup2 $cgroups
  else
    mount -t tmpfs tmpfs $cgroups
    while read -r controller; do
      mkdir "$cgroups/$controller"
      options=$controller
      [ "$controller" != systemd ] || options=none,name=systemd
      mount -t cgroup -o "$options" cgroup "$cgroups/$controller"
    done < "$root/cgroups"
  fi
  for pair in etc:/etc/libvirt lib:/var/lib/libvirt cache:/var/cache/libvirt log:/var/log/libvirt run:/run; do
    mkdir -p "${pair#*:}"
    mount --bind "$root/${pair%%:*}" "${pair#*:}"
  done
  mkdir -p /run/lock /var/log/libvirt/qemu /var/lib/libvirt/{images,qemu,dnsmasq,network,boot}
  mount -t tmpfs tmpfs /dev/shm
  # The daemon comes back when it dies, as under a real init.
  while :; do
    libvirtd >>/var/log/libvirt/libvirtd.log 2>&1 || true
    sleep 0.1
  done
  ;;
clean)
  # The dead leave their groups a little after the kill.
  for _ in $(seq 100); do
    find $cgroups -depth -type d -path "$cgroups*/$name*" -exec rmdir {} + 2>/dev/null && break
    sleep 0.1
  done
  rm -rf "$root"
  ;;
esac
