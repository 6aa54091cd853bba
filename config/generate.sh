#!/usr/bin/env bash
# Writes the manifests of config/{rbac,webhook,operator,agent}: the chart with its default values, a file for each of its templates.
# What stands in charts/berth is the one source; comments come along. The definitions in config/crd are the generator's.
# usage: generate.sh
set -euo pipefail
config=$(cd "$(dirname "$0")" && pwd)
. "$config/../tests/stack/lib/base.sh"
"$STACK_SCRIPTS/tools.sh" helm
HELM=$(command -v helm || echo "$BERTH_CACHE/bin/helm")

# TEMPLATE=FILE for each template that is part of config; others are Helm's own, or off by default.
files="
operator/rbac.yaml=rbac/operator.yaml
agent/rbac.yaml=rbac/agent.yaml
user-roles.yaml=rbac/user-roles.yaml
webhooks.yaml=webhook/webhooks.yaml
operator/service.yaml=webhook/service.yaml
operator/deployment.yaml=operator/deployment.yaml
operator/metrics-service.yaml=operator/metrics-service.yaml
operator/disruption-budget.yaml=operator/disruption-budget.yaml
operator/network-policy.yaml=operator/network-policy.yaml
agent/daemonset.yaml=agent/daemonset.yaml
"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each document goes to the file of the template that it comes from, without the labels that say that Helm has put it there.
split() {
  awk -v files="$files" -v work="$work" '
    BEGIN { count = split(files, pairs, "\n"); for (i = 1; i <= count; i++) if (split(pairs[i], pair, "=") == 2) target[pair[1]] = pair[2] }
    /^---$/ { file = ""; next }
    sub(/^# Source: berth\/templates\//, "") {
      if (!($0 in target)) { print "config/generate.sh does not know the template " $0 >"/dev/stderr"; exit 1 }
      file = work "/" target[$0]
      if (file in begun) print "---" >file
      else print "# Generated from charts/berth. Do not edit; run: make generate" >file
      begun[file] = 1
      next
    }
    file != "" && !/^ +(app\.kubernetes\.io\/managed-by: Helm|helm\.sh\/chart: .*)$/ { print >file }
  '
}

for file in $files; do mkdir -p "$work/$(dirname "${file#*=}")"; done
"$HELM" template berth "$config/../charts/berth" --namespace "berth-system" --kube-version 1.33.0 --skip-tests --set crds.enabled=false | split
for file in $files; do
  file=${file#*=}
  [ -s "$work/$file" ] || die "charts/berth renders nothing for config/$file"
  mkdir -p "$config/$(dirname "$file")"
  cmp -s "$work/$file" "$config/$file" || { cp "$work/$file" "$config/$file" && echo "wrote config/$file"; }
done
