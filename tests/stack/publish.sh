#!/usr/bin/env bash
# Publishes programs into artifacts/publish, unless what they are made from has not changed.
# usage: publish.sh [operator|agent|node-standin|image-builder]…     default: the first three
# What ships depends on the sources alone, neither on the folder that they lie in nor on the commit.
# Trim and AOT warnings are errors. STACK_SKIP leaves out operator or agent, or with berth both; QUICK=1 neither trims nor compiles ahead, for whoever
# tries a change again and again.
set -euo pipefail
. "$(dirname "$0")/lib/base.sh"
skip=,${STACK_SKIP:-},
skip=${skip/,berth,/,operator,agent,}
skipped() { [[ $skip == *",$1,"* ]]; }
cd "$REPOSITORY"
output=$REPOSITORY/artifacts/publish
names=("$@")
[ $# -gt 0 ] || names=(node-standin operator agent)
mkdir -p "$output"
exec 9<"$output"
flock 9
shipped=(-r linux-x64 --self-contained true -p:PublishTrimmed=true -p:PublishReadyToRun=true -p:PublishSingleFile=true
  -p:TrimmerSingleWarn=false -p:DebugType=none -p:TrimmerRemoveSymbols=true
  "-p:PathMap=$REPOSITORY=/_")
tool=(-r linux-x64 --self-contained false -p:PublishSingleFile=true -p:DebugType=none)
[ -z "${QUICK:-}" ] || shipped=("${tool[@]}")

# sources_key FOLDER…: of every file that a build there reads
sources_key() {
  {
    sha256sum Directory.*.props global.json .editorconfig tests/stack/publish.sh
    echo "${shipped[*]/$REPOSITORY/}"
    find "$@" -type f \( -name '*.cs' -o -name '*.csproj' -o -name '*.json' -o -name '*.yaml' -o -name '*.resx' \) \
      -not -path '*/bin/*' -not -path '*/obj/*' -print0 | sort -z | xargs -0 sha256sum
  } | sha256sum | cut -c1-16
}

# publish NAME KEY PROJECT OPTIONS…: leaves NAME/KEY/<program>, NAME/deps.json (the packages in it), and NAME/current with the key
publish() {
  local name=$1 key=$2 project=$3 folder=$output/$1
  shift 3
  [ "$(cat "$folder/current" 2>/dev/null)" = "$key" ] && [ -d "$folder/$key" ] && return
  say "publishing $name"
  # What trimming and compiling ahead left behind counts as up to date although it was made with other options.
  rm -rf "$folder" "$project"/obj/Release/net10.0/linux-x64/{linked,R2R}
  mkdir -p "$folder"
  if ! dotnet publish "$project" -c Release -v quiet --nologo -o "$folder/$key.new" "$@" >"$folder/log" 2>&1; then
    cat "$folder/log" >&2
    die "dotnet publish of $name failed"
  fi
  ! grep -E 'warning (IL|NETSDK)' "$folder/log" >&2 || die "$name: publishing must give no warning"
  cp "$project"/obj/Release/net10.0/linux-x64/*.deps.json "$folder/deps.json"
  mv "$folder/$key.new" "$folder/$key"
  echo "$key" >"$folder/current"
}

for name in "${names[@]}"; do
  skipped "$name" && continue
  case $name in
  operator) publish operator "$(sources_key operator)" operator/Operator "${shipped[@]}" ;;
  agent) publish agent "$(sources_key operator/Kubernetes operator/Api operator/Runtime node-agent)" node-agent/Agent "${shipped[@]}" ;;
  node-standin) publish node-standin "$(sources_key operator/Kubernetes operator/Runtime tests/stack/NodeStandin)" tests/stack/NodeStandin "${tool[@]}" ;;
  image-builder) publish image-builder "$(sources_key images/Builder)" images/Builder "${tool[@]}" ;;
  *) die "publish.sh: nothing is named \"$name\"" ;;
  esac
done
