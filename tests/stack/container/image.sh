#!/usr/bin/env bash
# Writes a container image of one layer as a docker archive, without a registry or a daemon. The same input gives the same bytes.
# usage: image.sh ARCHIVE USER ROOT-FOLDER PROGRAM NAME…     PROGRAM: path in the image; NAME: full image name with tag
set -euo pipefail
. "$(dirname "$0")/../lib/base.sh"

archive=$(realpath -m "$1") user=$2 root=$3 program=$4
shift 4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

reproducible() { tar --format=gnu --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner "$@"; }
digest() { sha256sum "$1" | cut -d' ' -f1; }

reproducible -C "$root" -cf "$work/layer" .
layer=$(digest "$work/layer")
mv "$work/layer" "$work/$layer.tar"

cat >"$work/config" <<JSON
{"architecture":"amd64","os":"linux","created":"1970-01-01T00:00:00Z",
 "config":{"User":"$user","WorkingDir":"/","Entrypoint":["$program"]},
 "rootfs":{"type":"layers","diff_ids":["sha256:$layer"]},
 "history":[{"created":"1970-01-01T00:00:00Z","created_by":"berth"}]}
JSON
config=$(digest "$work/config")
mv "$work/config" "$work/$config.json"

names=$(printf '"%s",' "$@")
printf '[{"Config":"%s.json","RepoTags":[%s],"Layers":["%s.tar"]}]' "$config" "${names%,}" "$layer" >"$work/manifest.json"
reproducible -C "$work" -cf "$archive.new" manifest.json "$config.json" "$layer.tar"
mv "$archive.new" "$archive"
