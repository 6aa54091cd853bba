#!/usr/bin/env bash
# Shows that the safety rules are guarded: takes each rule out of a copy of the tree by a patch of tests/rules, and demands
# that the tests which the patch names fail there, and pass without it. docs/safety.md has the list.
# A patch begins with lines "Guarded-By: PROJECT TEST"; one that no longer applies is an error.
# usage: rules.sh [PATCH…]     default: all of tests/rules
set -euo pipefail
cd "$(dirname "$0")/.."
patches=("$@")
[ ${#patches[@]} -gt 0 ] || patches=("$PWD"/tests/rules/*.patch)
[ -e "${patches[0]}" ] || { echo "there are no patches in tests/rules" >&2; exit 1; }

tests/stack/packages.sh
copy=$(mktemp -d "${TMPDIR:-/tmp}/berth-rules-XXXXXX")
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | tar --null --files-from - --ignore-failed-read -cf - 2>/dev/null | tar -xf - -C "$copy"
failures=0

guards_of() { sed -n 's/^Guarded-By: //p' "$1"; }

complain() {
  failures=$((failures + 1))
  echo "rules: $1" >&2
}

# A patch may leave an unused parameter behind: here that is no error.
build() { # build PROJECT
  dotnet build "$copy/tests/$1/"*.Tests.csproj -v quiet --nologo -p:TreatWarningsAsErrors=false -p:CodeAnalysisTreatWarningsAsErrors=false >"$copy/output" 2>&1 ||
    { cat "$copy/output"; return 1; }
}

# What became of one test: passed, failed, or broken (it did not run at all).
verdict() { # verdict PROJECT TEST
  local project summary
  project=$(basename "$copy/tests/$1/"*.Tests.csproj .csproj)
  "$copy/tests/$1/bin/Debug/net10.0/$project" -noLogo -noColor -method "$2" >"$copy/output" 2>&1 </dev/null || true
  summary=$(grep -E 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+' "$copy/output" | tail -1)
  if [[ $summary =~ Total:\ ([1-9][0-9]*),\ Errors:\ 0,\ Failed:\ ([0-9]+),\ Skipped:\ 0 ]]; then
    [ "${BASH_REMATCH[2]}" -gt 0 ] && echo failed || echo passed
  else
    cat "$copy/output" >&2
    echo broken
  fi
}

expect() { # expect VERDICT PATCH WHEN: of each test that guards the patch's rule
  local project test seen
  while read -r project test; do
    seen=$(verdict "$project" "$test")
    echo "$(basename "$2" .patch) $3: ${test##*.} $seen"
    [ "$seen" = "$1" ] || { [ "$seen" != failed ] || cat "$copy/output" >&2; complain "$test should have $1 $3"; }
  done < <(guards_of "$2")
}

# With the rule in place: only so does a failure without it say something.
for patch in "${patches[@]}"; do
  [ -n "$(guards_of "$patch")" ] || complain "$patch names no test"
done
while read -r project; do build "$project" </dev/null; done < <(cat "${patches[@]}" | sed -n 's/^Guarded-By: \([^ ]*\) .*/\1/p' | sort -u)
for patch in "${patches[@]}"; do expect passed "$patch" "with the rule"; done

for patch in "${patches[@]}"; do
  patch=$(realpath "$patch")
  if ! (cd "$copy" && GIT_CEILING_DIRECTORIES=$(dirname "$copy") git apply "$patch"); then
    complain "$patch does not apply any more"
    continue
  fi
  built=yes
  for project in $(guards_of "$patch" | cut -d ' ' -f 1 | sort -u); do build "$project" || built=; done
  if [ -n "$built" ]; then expect failed "$patch" "without the rule"; else complain "the tree does not build with $patch"; fi
  (cd "$copy" && GIT_CEILING_DIRECTORIES=$(dirname "$copy") git apply -R "$patch")
done

[ $failures -eq 0 ] || { echo "rules: $failures problems" >&2; exit 1; }
echo "${#patches[@]} rules are guarded"
