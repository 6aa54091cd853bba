#!/usr/bin/env bash
# Starts a program inside a fake host, under the name of a process that does not run there.
# usage: in-host.sh NAME NODE PROGRAM ARGUMENTS…     NAME: that of its pid file and log
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
. "$(dirname "$0")/lib/host.sh"
name=$1 node=$2
shift 2
lock_stack
load_network
umask 077
alive "$name" && die "$name runs already"
start_in_host "$name" "$node" "$@"
