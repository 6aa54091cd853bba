# shellcheck shell=bash disable=SC2034 # what is set here is used where it is sourced
# Sourced by every script of the stack: folders, versions, messages. Changes nothing.
STACK_SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
REPOSITORY=$(cd "$STACK_SCRIPTS/../.." && pwd)
BERTH_CACHE=${BERTH_CACHE:-$HOME/.cache/berth}
KUBERNETES_VERSION=1.20.2
KUBERNETES_BIN=$BERTH_CACHE/kubernetes-$KUBERNETES_VERSION

export LC_ALL=C.UTF-8 # numbers and messages in one form, whatever the user's language

# Scripts that call each other count from the first one's start.
export STACK_STARTED=${STACK_STARTED:-$EPOCHREALTIME}

since_start() { awk -v now="$EPOCHREALTIME" -v start="$STACK_STARTED" 'BEGIN { print now - start }'; }
say() { printf '== %6.1fs  %s\n' "$(since_start)" "$*" >&2; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# The first 16 digits of the hash of some files and words: the key of what is made from them.
content_key() { sha256sum "$@" | cut -d' ' -f1 | sha256sum | cut -c1-16; }

# Where the guests' files lie once guests/build.sh has made them; their recipe is the key.
images_folder() { echo "$BERTH_CACHE/guests/$(cd "$STACK_SCRIPTS/guests" && content_key ./*)"; }
