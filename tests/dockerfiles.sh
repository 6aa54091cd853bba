#!/usr/bin/env bash
# Checks Dockerfiles: by hadolint where it is installed, and always by the rules that matter here.
# usage: dockerfiles.sh [FILE…]     default: those of the repository; prints each fault as FILE:LINE: text
set -euo pipefail
files=("$@")
if [ $# -eq 0 ]; then
  cd "$(dirname "$0")/.."
  mapfile -t files < <(git ls-files '*Dockerfile')
fi
[ ${#files[@]} -gt 0 ] || { echo "no Dockerfile is given and none is in the repository" >&2; exit 1; }

check() {
  awk -v file="$1" '
    function fault(text) { printf "%s:%d: %s\n", file, first, text; faults++ }
    function check_image(image,   name) {
      if (image == "scratch" || image in stages) return
      if (match(image, /^\$\{[A-Z_]+\}$/)) {
        name = substr(image, 3, length(image) - 3)
        if (!(name in defaults)) { fault("FROM " image ": the argument has no default"); return }
        image = defaults[name]
      }
      if (image !~ /@sha256:[0-9a-f]+$/ && image !~ /:[^\/:]+$/) fault("FROM " image ": the image has no tag")
      if (image ~ /:latest$/) fault("FROM " image ": a tag that moves is no version")
    }
    function check_instruction(word, rest,   parts, count) {
      count = split(rest, parts, /[ \t]+/)
      if (word == "ARG" && !stage && rest ~ /=/) defaults[substr(rest, 1, index(rest, "=") - 1)] = substr(rest, index(rest, "=") + 1)
      if (word == "FROM") {
        check_image(parts[1])
        stage++; base = parts[1]; user = entrypoint = ""; labels = ""
        if (count >= 3 && toupper(parts[2]) == "AS") stages[parts[3]] = 1
      }
      if (word == "ADD") fault("ADD unpacks and fetches what COPY does not: use COPY")
      if (word == "MAINTAINER") fault("MAINTAINER is gone: use a label")
      if (word == "WORKDIR" && rest !~ /^\//) fault("WORKDIR is no absolute path")
      if (word == "USER") user = rest
      if (word == "LABEL") labels = labels " " rest
      if (word == "ENTRYPOINT" || word == "CMD") {
        if (rest !~ /^\[".*"\]$/) fault(word " is not in exec form: a shell would take the signals")
        if (word == "ENTRYPOINT") entrypoint = rest
      }
      if (word == "RUN") {
        if (rest ~ /apt-get update/ && rest !~ /rm -rf \/var\/lib\/apt\/lists\/\*/) fault("RUN leaves the lists of packages in its layer")
        if (rest ~ /apt-get install/ && rest !~ /--no-install-recommends/) fault("RUN installs what is only recommended")
        if (rest ~ /(^|[ ;&|])apt /) fault("RUN uses apt, which is for people: use apt-get")
        if (rest ~ /(^|[ ;&|])sudo /) fault("RUN uses sudo")
        if (rest ~ /(curl|wget) /) fault("RUN fetches what nobody has checked")
      }
    }
    /^[ \t]*#/ || (/^[ \t]*$/ && line == "") { next }
    {
      if (line == "") first = NR
      text = $0; more = sub(/\\[ \t]*$/, "", text)
      line = line text
      if (more) next
      sub(/^[ \t]+/, "", line); sub(/[ \t]+$/, "", line); gsub(/[ \t]+/, " ", line)
      word = line; sub(/ .*/, "", word); rest = substr(line, length(word) + 2)
      check_instruction(toupper(word), rest)
      line = ""
    }
    END {
      first = NR
      if (!stage) fault("there is no FROM")
      if (base != "scratch") fault("the last stage is not from scratch: it has a shell and a package manager")
      if (user !~ /^[0-9]+:[0-9]+$/) fault("the last stage names no USER as UID:GID in numbers")
      if (entrypoint == "") fault("the last stage has no ENTRYPOINT")
      split("title description vendor licenses version revision", wanted, " ")
      for (i = 1; i in wanted; i++) if (index(labels, "org.opencontainers.image." wanted[i] "=") == 0) fault("the last stage has no label org.opencontainers.image." wanted[i])
      exit faults > 0
    }' "$1"
}

failed=0
for file in "${files[@]}"; do check "$file" || failed=1; done
if command -v hadolint >/dev/null; then hadolint "${files[@]}" || failed=1; fi
exit $failed
