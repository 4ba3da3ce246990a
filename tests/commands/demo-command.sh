#!/usr/bin/env bash
# The README's demo as a newcomer meets it: an ordinary user, 20 seconds, one JSON report on standard output. Run as root,
# it copies the installed tree to a folder of a user without any privilege; run as a user, it copies it all the same, so
# that the build cannot lean on leftovers.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/tree" "$scratch/home"
(cd "$root" && tar -cf - --exclude=./dist --exclude=./.git --exclude=./release .) | tar -xf - -C "$scratch/tree"

as_user=()
if [ "$(id -u)" = 0 ]; then
  # 65534 is `nobody` on Debian.
  chown -R 65534:65534 "$scratch"
  as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs)
fi
cd "$scratch/tree"
HOME=$scratch/home TMPDIR=$scratch/home "${as_user[@]}" npm run --silent demo -- --seconds 20 --json >"$scratch/report.json"
node dist/tests/commands/check-demo-report.js "$scratch/report.json"
