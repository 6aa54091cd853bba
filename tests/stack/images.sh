#!/usr/bin/env bash
# The guests' files as Images.
# usage: images.sh place|manifests
#   place      copies them to local-images in the state folder, which the hosts see and which may hold other files too
#   manifests  prints an Image for each
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
made=$(images_folder)
folder=$STACK_STATE/local-images

image() { # image NAME TYPE FILE
  cat <<YAML
---
apiVersion: berth.dev/v1alpha1
kind: Image
metadata:
  name: $1
spec:
  type: $2
  source:
    url: file://$IMAGE_DIRECTORY/$3
    checksum: "sha256:$(sha256sum "$folder/$3" | cut -d' ' -f1)"
YAML
}

case $1 in
place)
  [ "$(cat "$folder/.recipe" 2>/dev/null)" = "${made##*/}" ] && exit 0
  mkdir -p "$folder"
  cp --reflink=auto --remove-destination "$made"/* "$folder/"
  echo "${made##*/}" >"$folder/.recipe"
  ;;
manifests)
  image tiny-kernel kernel tiny-kernel
  image tiny-initrd initrd tiny-initrd
  image tiny-disk disk tiny-disk.qcow2
  image counter disk counter.img
  image counter-stubborn disk counter-stubborn.img
  image counter-off disk counter-off.img
  ;;
*) die "usage: images.sh place|manifests" ;;
esac
