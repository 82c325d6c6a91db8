#!/usr/bin/env bash
# What a browser makes of /dashboard, on the demo's year: `bash tests/browser/run.sh [PAKN]`. PAKN is a built program; target/release
# or target/debug unless given. Wants node 20, npm and a Chromium (Debian: apt-get install chromium chromium-l10n fonts-noto-core pngquant).
#
# PETITIONS=100000 plays a larger year: for how long the server takes; the pictures kept are those of 2,000.
#
# Once with the circles that stand in for boundaries (those pictures are kept in screenshots/), and once with boundaries where a file
# of them is at hand: BOUNDARIES=FILE, or the workplace's own. These may not enter the project, nor may a picture of them: what the
# second run draws is left in a folder that is named at the end.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
pakn=${1:-}
for built in release debug; do
    [ -n "$pakn" ] || { [ -x "$root/target/$built/pakn" ] && pakn=$root/target/$built/pakn; } || true
done
[ -x "$pakn" ] || { echo "no pakn: cargo build --release" >&2; exit 1; }
boundaries=${BOUNDARIES:-$root/../shared/data/boundaries_2022.geojson}

npm ci --no-audit --no-fund --silent
work=$(mktemp -d)
server=
stop() { [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true; server=; }
trap 'stop; rm -rf "$work/data"' EXIT

export PAKN_DATA_DIR=$work/data PAKN_LISTEN=127.0.0.1:0 PAKN_LOG=warn PAKN_DEMO_PASSWORD
PAKN_DEMO_PASSWORD=$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')
"$pakn" demo --petitions "${PETITIONS:-2000}" >/dev/null

serve() {
    "$pakn" >"$work/serving" 2>"$work/log" &
    server=$!
    for _ in $(seq 100); do
        base=$(sed -n 's/.*listens on //p' "$work/serving")
        [ -z "$base" ] || return 0
        sleep 0.1
    done
    cat "$work/log" >&2
    return 1
}

status=0
echo "== circles"
serve
node check.mjs "$base" "$work/circles" circles || status=1
stop
if [ $status = 0 ] && [ -z "${PETITIONS:-}" ] && command -v pngquant >/dev/null; then
    # Made small: these two lie in the project, and the README shows them.
    for picture in desktop phone; do
        pngquant --force --quality 40-90 --speed 1 --output "screenshots/$picture.png" "$work/circles/$picture.png"
    done
fi
if [ -f "$boundaries" ]; then
    echo "== boundaries"
    "$pakn" import-units "$boundaries" >/dev/null
    serve
    node check.mjs "$base" "$work/boundaries" boundaries || status=1
    stop
else
    echo "SKIPPED: no boundaries at $boundaries"
fi
echo "pictures: $work"
exit $status
