#!/usr/bin/env bash
set -euo pipefail
. "$(dirname "$0")/../lib/base.sh"
mkdir -p "$(images_folder)"
