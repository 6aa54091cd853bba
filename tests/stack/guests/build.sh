#!/usr/bin/env bash
# Makes the guests of the stack from Debian packages, once per recipe, into the cache:
#   tiny-kernel, tiny-initrd      a Linux that is up in seconds, for direct kernel boot
#   tiny-disk.qcow2               the same, booting from a BIOS disk
#   counter.img and variants      one boot sector that counts (counter.asm)
# Nothing is installed into the machine, mounted, or run as another user.
set -euo pipefail
. "$(dirname "$0")/../lib/base.sh"

out=$(images_folder)
[ -d "$out" ] && exit 0
mkdir -p "$BERTH_CACHE/guests"
exec 9>"$BERTH_CACHE/guests/lock"
flock 9
[ -d "$out" ] && exit 0
say "making the guests from Debian packages"
here=$STACK_SCRIPTS/guests
work=$(mktemp -d "$BERTH_CACHE/guests/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

unpack() { # unpack FOLDER PACKAGE…
  local folder=$work/$1
  shift
  mkdir -p "$work/packages" "$folder"
  (cd "$work/packages" && apt-get -qq -o APT::Sandbox::User=root download "$@")
  local package
  for package in "$@"; do dpkg-deb -x "$work/packages/${package}"_*.deb "$folder"; done
}

make_initrd() {
  local root=$work/initrd release=$1 modules=$work/linux/lib/modules/$1 module path
  mkdir -p "$root/bin" "$root/sbin" "$root/modules" "$root/etc"
  cp "$work/tools/bin/busybox" "$root/bin/busybox"
  install -m 755 "$here/init.sh" "$root/init"
  install -m 755 "$here/dhcp-event.sh" "$root/bin/dhcp-event"
  install -m 755 "$here/shutdown.sh" "$root/sbin/shutdown"
  echo 'root::0:0:root:/root:/bin/sh' >"$root/etc/passwd"
  depmod -b "$work/linux" "$release"
  for module in virtio_pci virtio_blk virtio_net virtio_console button evdev virtio_scsi sd_mod sr_mod isofs vfat nls_ascii \
    nls_cp437 nls_utf8 virtio_balloon virtio_mem virtio_rng pvpanic-mmio pvpanic-pci ata_piix; do
    modprobe -d "$work/linux" -S "$release" --show-depends "$module" 2>/dev/null | awk '$1 == "insmod" { print $2 }'
  done | awk '!seen[$0]++' | while read -r path; do
    cp "$path" "$root/modules/"
    echo "${path##*/}"
  done >"$root/modules/order"
  [ "$(wc -l <"$root/modules/order")" -gt 15 ] || die "the kernel's modules are not where they are expected ($modules)"
  cp "$work/agent/usr/sbin/qemu-ga" "$root/sbin/"
  ldd "$root/sbin/qemu-ga" | grep -o '/[^ ]*' | while read -r path; do install -D "$(readlink -f "$path")" "$root$path"; done
  (cd "$root" && find . -print0 | sort -z | cpio --null --create --format=newc --quiet --reproducible -R 0:0 | gzip -9 -n) >"$work/out/tiny-initrd"
}

make_disk() {
  local partition=$work/partition disk=$work/disk
  truncate -s 47M "$partition"
  mkfs.vfat -F 16 -n TINY -i 42455254 "$partition" >/dev/null
  mcopy -i "$partition" "$work/out/tiny-kernel" ::/kernel
  mcopy -i "$partition" "$work/out/tiny-initrd" ::/initrd
  mcopy -i "$partition" "$here/syslinux.cfg" ::/syslinux.cfg
  syslinux --install "$partition"
  truncate -s 48M "$disk"
  echo '2048,,c,*' | sfdisk -q "$disk"
  dd if="$partition" of="$disk" bs=1M seek=1 conv=notrunc,sparse status=none
  dd if=/usr/lib/syslinux/mbr/mbr.bin of="$disk" bs=440 count=1 conv=notrunc status=none
  qemu-img convert -f raw -O qcow2 "$disk" "$work/out/tiny-disk.qcow2"
}

make_counters() {
  local nasm=$work/nasm/usr/bin/nasm
  "$nasm" -f bin -o "$work/out/counter.img" "$here/counter.asm"
  "$nasm" -f bin -DIGNORE_BUTTON -o "$work/out/counter-stubborn.img" "$here/counter.asm"
  "$nasm" -f bin -DOFF_AFTER=3 -o "$work/out/counter-off.img" "$here/counter.asm"
}

mkdir "$work/out"
linux=$(apt-cache depends linux-image-cloud-amd64 | awk '$1 == "Depends:" { print $2; exit }')
unpack linux "$linux"
unpack tools busybox-static
unpack agent qemu-guest-agent
unpack nasm nasm
cp "$work"/linux/boot/vmlinuz-* "$work/out/tiny-kernel"
make_initrd "${linux#linux-image-}"
make_disk
make_counters
mv "$work/out" "$out"
find "$BERTH_CACHE/guests" -mindepth 1 -maxdepth 1 -type d -mtime +7 -not -path "$work" -exec rm -rf {} + # of older recipes
say "guests made: $(cd "$out" && du -h --apparent-size ./* | awk '{ printf "%s %s  ", $2, $1 }')"
