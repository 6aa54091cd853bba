#!/usr/bin/env bash
# Builds the container images into artifacts/images: NAME.tar and its bill of materials NAME.spdx.json. Neither daemon nor
# registry; the same sources and Debian packages give the same bytes.
# usage: build.sh [operator|agent|pause]…     default: all of them
#
#   IMAGE_REPOSITORY    what their names begin with (docker.io/library)
#   IMAGE_SOURCE        address of the sources, for the label of that name (none)
#   SOURCE_DATE_EPOCH   when the sources were last changed, in seconds since 1970 (the last commit)
set -euo pipefail
shopt -s inherit_errexit
. "$(dirname "$0")/../tests/stack/lib/base.sh"
# shellcheck disable=SC2153 # from lib/base.sh
cd "$REPOSITORY"
unset QUICK STACK_SKIP # what is in an image is what ships
repository=${IMAGE_REPOSITORY:-docker.io/library}
version=$(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' Directory.Build.props)
created=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
revision=$(git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null || true)
output=$REPOSITORY/artifacts/images
names=("$@")
[ $# -gt 0 ] || names=(operator agent pause)
for name in "${names[@]}"; do
  [[ $name =~ ^(operator|agent|pause)$ ]] || die "build.sh: there is no image \"$name\""
done

mkdir -p "$output"
exec 9<"$output"
flock 9
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The Debian packages of some lists, unpacked once for the same versions.
debian_root() { # debian_root LIST…
  local key root
  key=$(cat "$@" images/root.sh <(package_versions "$@") | sha256sum | cut -c1-16)
  root=$output/roots/$key
  if [ ! -d "$root" ]; then
    say "unpacking Debian packages"
    rm -rf "$root.new"
    images/root.sh "$root.new" "$@"
    mv "$root.new" "$root"
  fi
  echo "$root"
}

# Where apt would take each package from now, with its digest.
package_versions() {
  local packages
  mapfile -t packages < <(sed 's/#.*//; /^ *$/d' "$@")
  (cd / && apt-get -qq --print-uris download "${packages[@]}" 2>/dev/null) || true
}

# program NAME FILE: the folder of the layer that has nothing but what publish.sh has made
program() {
  mkdir -p "$work/$1"
  install -m 755 "$REPOSITORY/artifacts/publish/$1/$(cat "$REPOSITORY/artifacts/publish/$1/current")/$2" "$work/$1/$2"
  echo "$work/$1"
}

build() { # build NAME DESCRIPTION OPTIONS…
  local name=$1 description=$2 result builder
  shift 2
  builder=artifacts/publish/image-builder/$(cat artifacts/publish/image-builder/current)/image-builder
  result=$("$builder" --archive "$output/$name.tar" --sbom "$output/$name.spdx.json" --name "$repository/berth-$name:$version" \
    --version-name "$version" --created "$created" \
    --label org.opencontainers.image.title="berth-$name" \
    --label org.opencontainers.image.description="$description" \
    --label org.opencontainers.image.version="$version" \
    --label org.opencontainers.image.licenses=Apache-2.0 \
    --label org.opencontainers.image.vendor="The Berth authors" \
    --label org.opencontainers.image.created="$(date -u -d "@$created" +%FT%TZ)" \
    ${revision:+--label org.opencontainers.image.revision="$revision"} \
    ${IMAGE_SOURCE:+--label org.opencontainers.image.source="$IMAGE_SOURCE"} "$@") || die "image $name was not built"
  read -r digest size <<<"$result"
  printf '%-9s %5.1f MB compressed  %s  %s\n' "$name" "$(awk -v size="$size" 'BEGIN { print size / 1e6 }')" "$digest" "$repository/berth-$name:$version"
}

# A .NET program finds Debian's certificates by the variable; its diagnostic socket would need a folder to write to, and lets a
# debugger in.
dotnet_image() { # dotnet_image NAME PROGRAM DESCRIPTION USER LIST…
  local name=$1 file=$2 description=$3 user=$4 root layer
  shift 4
  root=$(debian_root "$@")
  layer=$(program "$name" "$file")
  build "$name" "$description" --layer "$root" --layer "$layer" --program "/$file" --user "$user" \
    --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt --env DOTNET_EnableDiagnostics=0 \
    --dependencies "artifacts/publish/$name/deps.json" --nuget-packages "${NUGET_PACKAGES:-$HOME/.nuget/packages}"
}

pause_image() {
  command -v nasm >/dev/null || tests/stack/packages.sh nasm
  mkdir -p "$work/pause"
  nasm -f bin -o "$work/pause/pause" images/pause/pause.asm
  chmod 755 "$work/pause/pause"
  build pause "Holds the place of a virtual machine: sleeps until it is told to end" --layer "$work/pause" --program /pause --user 65535:65535
}

mapfile -t programs < <(printf '%s\n' "${names[@]}" | grep -vx pause)
tests/stack/publish.sh image-builder "${programs[@]}" 9<&-
for name in "${names[@]}"; do
  case $name in
  operator) dotnet_image operator berth-operator "The operator of Berth: virtual machines as Kubernetes resources" 65532:65532 images/base.packages ;;
  agent) dotnet_image agent berth-agent "The node agent of Berth: runs virtual machines on the node's libvirt" 0:0 images/base.packages images/libvirt.packages ;;
  pause) pause_image ;;
  esac
done
