#!/usr/bin/env bash
# Publishes operator, agent and node-standin into artifacts/publish, unless what they are made from has not changed.
# Trim and AOT warnings are errors. STACK_SKIP leaves out operator or agent, or with berth both; QUICK=1 neither trims nor compiles ahead, for whoever
# tries a change again and again.
set -euo pipefail
. "$(dirname "$0")/lib/base.sh"
skipped() { [[ ",${STACK_SKIP:-}," == *",$1,"* || ",${STACK_SKIP:-}," == *,berth,* ]]; }
cd "$REPOSITORY"
output=$REPOSITORY/artifacts/publish
mkdir -p "$output"
exec 9<"$output"
flock 9
shipped=(-r linux-x64 --self-contained true -p:PublishTrimmed=true -p:PublishReadyToRun=true -p:PublishSingleFile=true
  -p:TrimmerSingleWarn=false -p:DebugType=none)
tool=(-r linux-x64 --self-contained false -p:PublishSingleFile=true -p:DebugType=none)
[ -z "${QUICK:-}" ] || shipped=("${tool[@]}")

# sources_key FOLDER…: of every file that a build there reads
sources_key() {
  {
    sha256sum Directory.*.props global.json .editorconfig "$STACK_SCRIPTS/publish.sh"
    echo "${shipped[*]}"
    find "$@" -type f \( -name '*.cs' -o -name '*.csproj' -o -name '*.json' -o -name '*.yaml' -o -name '*.resx' \) \
      -not -path '*/bin/*' -not -path '*/obj/*' -print0 | sort -z | xargs -0 sha256sum
  } | sha256sum | cut -c1-16
}

# publish NAME KEY PROJECT OPTIONS…: leaves NAME/KEY/<program>, and NAME/current with the key
publish() {
  local name=$1 key=$2 project=$3 folder=$output/$1
  shift 3
  [ "$(cat "$folder/current" 2>/dev/null)" = "$key" ] && [ -d "$folder/$key" ] && return
  say "publishing $name"
  rm -rf "$folder"
  mkdir -p "$folder"
  if ! dotnet publish "$project" -c Release -v quiet --nologo -o "$folder/$key.new" "$@" >"$folder/log" 2>&1; then
    cat "$folder/log" >&2
    die "dotnet publish of $name failed"
  fi
  ! grep -E 'warning (IL|NETSDK)' "$folder/log" >&2 || die "$name: publishing must give no warning"
  mv "$folder/$key.new" "$folder/$key"
  echo "$key" >"$folder/current"
}

publish node-standin "$(sources_key operator/Kubernetes operator/Runtime tests/stack/NodeStandin)" tests/stack/NodeStandin "${tool[@]}"
if ! skipped operator; then
  publish operator "$(sources_key operator)" operator/Operator "${shipped[@]}"
fi
if ! skipped agent; then
  publish agent "$(sources_key operator/Kubernetes operator/Api operator/Runtime node-agent)" node-agent/Agent "${shipped[@]}"
fi
