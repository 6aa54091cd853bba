#!/usr/bin/env bash
# Unpacks Debian packages into the root of an image: libraries, certificates and licences, no shell and no package manager.
# What it leaves depends on the packages alone. Used by build.sh and by the Dockerfiles.
# usage: root.sh ROOT PACKAGE-LIST…     ROOT: a folder that is empty or not there; a list has one name in a line
set -euo pipefail
shopt -s inherit_errexit
cache=${BERTH_CACHE:-$HOME/.cache/berth}/packages
export LC_ALL=C

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

[ $# -ge 2 ] || die "usage: root.sh ROOT PACKAGE-LIST…"
root=$1
shift
[ -z "$(ls -A "$root" 2>/dev/null)" ] || die "$root is not empty"
[ "$(id -u)" = 0 ] || die "not root: what is unpacked is tried with chroot"
# shellcheck disable=SC1091 # the machine's
(. /etc/os-release && [ "$ID $VERSION_ID" = "debian 12" ]) || die "packages are those of Debian 12, and this machine is another: build with the Dockerfiles"
mapfile -t packages < <(sed 's/#.*//; /^ *$/d' "$@" | sort)

# Prints the archives' names, as they lie in the cache. apt fetches what is not there, and checks all of it.
download() {
  mkdir -p "$cache"
  cd "$cache"
  archive_names 2>/dev/null || {
    apt-get -qq update >&2
    archive_names
  }
  apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" >&2
}

# Asked for elsewhere, apt names also those that are in the cache.
archive_names() {
  local uris
  uris=$(cd / && apt-get -qq --print-uris download "${packages[@]}") && awk '{ print $2 }' <<<"$uris" | sort
}

# One name for each folder, as an installed Debian has it. libvirt's client looks for its socket below /var/run.
make_merged_usr() {
  local folder
  mkdir -p "$root/run" "$root/var"
  ln -s /run "$root/var/run"
  for folder in bin lib lib64 sbin; do
    mkdir -p "$root/usr/$folder"
    ln -s "usr/$folder" "$root/$folder"
  done
}

unpack() { # unpack ARCHIVE: with its entry where scanners look for packages in images without dpkg
  local status=$root/var/lib/dpkg/status.d
  dpkg-deb --fsys-tarfile "$cache/$1" | tar -x --keep-directory-symlink -C "$root"
  mkdir -p "$status"
  dpkg-deb --field "$cache/$1" >"$status/${1%%_*}"
}

# What ca-certificates makes of its files when it is installed.
make_certificate_bundle() {
  mkdir -p "$root/etc/ssl/certs"
  find "$root/usr/share/ca-certificates" -name '*.crt' -print0 | sort -z | xargs -0 cat >"$root/etc/ssl/certs/ca-certificates.crt"
}

# Programs that are scripts, and what only people, compilers and other languages use. Copyright files stay.
prune() {
  local share=$root/usr/share
  find "$share/doc" -mindepth 2 ! -type d ! -name copyright -delete # a link beside the folders is a package that shares another's
  rm -rf "$share"/{base-files,bug,ca-certificates,gcc,gdb,info,lintian,locale,man,misc} "${root:?}"/usr/{bin,sbin,games,include,src}/*
  rm -rf "$root"/usr/lib/*/{audit,gconv,glib-2.0} "$root"/etc/{default,issue,issue.net,ld.so.conf.d,profile.d,skel,update-motd.d}
  rm -rf "${root:?}"/{boot,home} "$root"/var/{backups,cache,local,lock,log,spool} "$root/var/lib/misc"
  find "$root/usr" "$root/etc" "$root/var/lib" -mindepth 1 -depth -type d -empty ! -path "$root/usr/bin" ! -path "$root/usr/sbin" -delete
}

add_users() {
  cat >"$root/etc/passwd" <<'TEXT'
root:x:0:0:root:/root:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
nonroot:x:65532:65532:nonroot:/nonexistent:/usr/sbin/nologin
TEXT
  printf '%s\n' root:x:0: nogroup:x:65534: nonroot:x:65532: >"$root/etc/group"
  printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' >"$root/etc/nsswitch.conf"
}

# The lists name every package; a library that one of them is missing would only show when it is loaded.
check_libraries() {
  local library said missing=
  while read -r library; do
    said=$(chroot "$root" /lib64/ld-linux-x86-64.so.2 --list "$library" 2>&1) || missing+=$'\n'"$library: ${said#*: }"
  done < <(find "$root/usr/lib" -name '*.so*' -type f -printf '/usr/lib/%P\n' | sort)
  [ -z "$missing" ] || die "the package lists lack something:$missing"
}

make_merged_usr
archives=$(download)
for archive in $archives; do unpack "$archive"; done
make_certificate_bundle
prune
add_users
check_libraries
