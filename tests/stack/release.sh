#!/usr/bin/env bash
# Puts chart and images of the version before this one into the cache, for tests of upgrades, and prints their folder. It is
# the newest tag v<version> below HEAD that is older than the tree's own version. Prints nothing where there is no such tag.
set -euo pipefail
. "$(dirname "$0")/lib/base.sh"
cd "$REPOSITORY"
version=$(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' Directory.Build.props)
tag=
while read -r candidate; do
  [ "$candidate" != "v$version" ] || continue
  [ "$(printf '%s\n' "$candidate" "v$version" | sort -V | head -1)" = "$candidate" ] || continue
  tag=$candidate
  break
done < <(git tag --list 'v[0-9]*' --merged HEAD --sort=-v:refname)
[ -n "$tag" ] || exit 0

folder=$BERTH_CACHE/releases/$tag-$(git rev-parse --short=12 "$tag^{commit}")
mkdir -p "$BERTH_CACHE/releases"
exec 9>"$BERTH_CACHE/releases/lock"
flock 9
if [ ! -d "$folder" ]; then
  say "building $tag" >&2
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  git -c advice.detachedHead=false clone -q --shared --branch "$tag" . "$work/berth"
  "$work/berth/images/build.sh" >&2 9>&-
  rm -rf "$folder.new"
  mkdir "$folder.new"
  cp "$work"/berth/artifacts/images/*.tar "$folder.new"
  cp -r "$work/berth/charts/berth" "$folder.new/chart"
  mv "$folder.new" "$folder"
fi
echo "$folder"
