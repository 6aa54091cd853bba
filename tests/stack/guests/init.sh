#!/bin/busybox sh
# shellcheck shell=dash
# Init of the tiny Linux guest. What it finds out it tells on the console, one fact a line, for tests to read:
#
#   DISK-BOOTS <n> <device>      boots counted on a disk: in a file on its first FAT partition, or raw if it was blank
#   SEED-BEGIN <file> / base64 / SEED-END <file>      the NoCloud seed, to the byte
#   DHCP <nic> <address>/<length>
#   GUEST-READY <seconds of uptime> <host name>
#   GUEST-OFF                    the power button was pressed
#
# A seed's user-data that begins with #! is run. Enter on the console gives a root shell.
export PATH=/bin:/sbin
/bin/busybox mkdir -p /proc /sys /dev /run /mnt /tmp /seed /root
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run

tell() { echo "$*" >/dev/console; }

# In the order that the build has written down, one process for all: each fork is dear in an emulated guest.
insert_modules() {
  while read -r module; do echo "insmod /modules/$module 2>/dev/null"; done </modules/order >/run/insert
  . /run/insert
}

# The first disk partition that is FAT, else a disk that is blank or was counted before.
count_boots() {
  disk=$1
  [ "$(cat "/sys/block/${disk#/dev/}/ro")" = 0 ] || return
  if [ -b "${disk}1" ]; then
    mount -t vfat "${disk}1" /mnt 2>/dev/null || return
    boots=$(($(cat /mnt/boots 2>/dev/null || echo 0) + 1))
    echo $boots >/mnt/boots
    umount /mnt
  else
    words=$(dd if="$disk" bs=512 count=1 2>/dev/null | tr -d '\0')
    case $words in
    '') [ -z "$(dd if="$disk" bs=2048 skip=16 count=1 2>/dev/null | tr -d '\0')" ] || return 0; boots=1 ;; # not blank: ISO 9660
    'BERTH '*) boots=$((${words#BERTH } + 1)) ;;
    *) return ;;
    esac
    printf 'BERTH %d' $boots | dd of="$disk" bs=512 conv=sync,notrunc,fsync 2>/dev/null
  fi
  tell "DISK-BOOTS $boots $disk"
}

mount_seed() {
  for device in /dev/sr? /dev/vd? /dev/sd?; do
    [ -b "$device" ] || continue
    for type in iso9660 vfat; do
      mount -t $type -o ro "$device" /seed 2>/dev/null || continue
      [ -e /seed/meta-data ] && return
      umount /seed
    done
  done
  return 1
}

tell_seed() {
  for file in meta-data user-data network-config; do
    [ -e /seed/$file ] || continue
    { echo "SEED-BEGIN $file"; base64 /seed/$file; echo "SEED-END $file"; } >/dev/console
  done
  name=$(sed -n 's/^local-hostname: *//p' /seed/meta-data)
  [ -z "$name" ] || hostname "$name"
  case $(head -c 2 /seed/user-data 2>/dev/null) in '#!') sh /seed/user-data >/dev/console 2>&1 ;; esac
}

dhcp() {
  ip link set "$1" up
  until udhcpc -i "$1" -q -n -t 5 -T 1 -s /bin/dhcp-event -x "hostname:$(hostname)" >/dev/null 2>&1; do sleep 1; done
  tell "DHCP $1 $(ip -4 -o addr show "$1" | awk '{ print $4 }')"
}

heed_power_button() {
  for name in /sys/class/input/event*/device/name; do
    [ "$(cat "$name")" = "Power Button" ] || continue
    event=${name#/sys/class/input/}
    head -c 24 "/dev/input/${event%%/*}" >/dev/null
    tell GUEST-OFF
    sync
    poweroff -f
  done
}

start_guest_agent() {
  for name in /sys/class/virtio-ports/*/name; do
    [ "$(cat "$name" 2>/dev/null)" = org.qemu.guest_agent.0 ] || continue
    port=${name%/name}
    qemu-ga -m virtio-serial -p "/dev/${port##*/}" -t /run -f /run/qemu-ga.pid >/dev/null 2>&1 &
  done
}

insert_modules
hostname tiny
ip link set lo up
heed_power_button &
start_guest_agent
if mount_seed; then tell_seed; fi
for nic in /sys/class/net/*; do
  nic=${nic##*/}
  [ "$nic" = lo ] || dhcp "$nic" &
done
for disk in /dev/vd? /dev/sd?; do
  [ ! -b "$disk" ] || count_boots "$disk"
done
tell "GUEST-READY $(cut -d' ' -f1 /proc/uptime) $(hostname)"
while :; do
  read -r _ </dev/console # a shell's prompt would come between the facts: only for who presses Enter
  setsid cttyhack sh -l </dev/console >/dev/console 2>&1
  sleep 1
done
