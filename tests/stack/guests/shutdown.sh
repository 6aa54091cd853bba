#!/bin/busybox sh
# shellcheck shell=dash
# The guest agent calls this as "shutdown -h -P +0" or "-r +0".
echo "GUEST-OFF" >/dev/console
sync
case "$*" in *-r*) reboot -f ;; *) poweroff -f ;; esac
