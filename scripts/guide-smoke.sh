#!/usr/bin/env bash
# Starts the built server on a free port and runs every ```sh block of the guide against it, page after page.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
node=node_modules/node/bin/node
"$node" --disable-warning=ExperimentalWarning dist/cli/main.js serve --node-id guide --object-store file \
  --data-dir "$work/data" --http-bind 127.0.0.1:0 --tcp-listener-file-path "$work/address" >"$work/log" 2>&1 &
server=$!
stop() {
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT
for _ in $(seq 1 150); do
  [ -s "$work/address" ] && break
  kill -0 "$server" 2>/dev/null || { cat "$work/log"; exit 1; }
  sleep 0.2
done
[ -s "$work/address" ] || { echo 'the server did not start in 30 s'; cat "$work/log"; exit 1; }
export INFLUXDB3_HOST_URL="http://$(cat "$work/address")"
export PATH="$PWD/bin:$PATH"
# `! command` says that the command must fail; bash -e alone would let it succeed unseen.
cat docs/guide/{getting-started,writing,querying,tokens}.md | sed -n '/^```sh$/,/^```$/p' | grep -v '^```' |
  sed -E 's/^! (.*)$/if \1; then echo "should have been refused, line $LINENO" >\&2; exit 1; fi/' >"$work/guide.sh"
bash -euo pipefail "$work/guide.sh"
echo 'the guide holds'
