#!/usr/bin/env bash
# Real tus clients against two servers, over a network that breaks: `bash tests/tus/run.sh [PAKN]`. PAKN is a built program; target/release or
# target/debug unless given. Wants node 20 with npm, and python 3 with pip and venv; what it installs goes with its temporary folder.
#
# A proxy hands each connection to one of the two servers in turn and cuts it at a random byte (SEED=… plays a run again). Each
# client must bring a 30 MB video (MEGABYTES=…) through, and the servers must have exactly the bytes that were sent. tuspy runs twice: the
# second time with a checksum for every piece.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
pakn=${1:-}
for built in release debug; do
    [ -n "$pakn" ] || { [ -x "$root/target/$built/pakn" ] && pakn=$root/target/$built/pakn; } || true
done
[ -x "$pakn" ] || { echo "no pakn: cargo build" >&2; exit 1; }

work=$(mktemp -d)
jobs=()
stop() {
    for job in "${jobs[@]}"; do kill "$job" 2>/dev/null && wait "$job" 2>/dev/null || true; done
    rm -rf "$work"
}
trap stop EXIT

cp package.json package-lock.json "$work"
(cd "$work" && npm ci --no-audit --no-fund --silent)
cp ./*.mjs ./*.py "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt

export PAKN_DATA_DIR=$work/data PAKN_LISTEN=127.0.0.1:0 PAKN_LOG=warn
# The second server stands beside the first, on the same data folder: SQLite and the folder of files are shared.
addresses=()
for number in 1 2; do
    "$pakn" >"$work/serving$number" 2>"$work/log$number" &
    jobs+=($!)
    for _ in $(seq 100); do
        address=$(sed -n 's/.*listens on http:\/\///p' "$work/serving$number")
        [ -z "$address" ] || break
        sleep 0.1
    done
    [ -n "$address" ] || { cat "$work/log$number" >&2; exit 1; }
    addresses+=("$address")
done

cd "$work"
export SEED=${SEED:-$RANDOM} MEGABYTES=${MEGABYTES:-30}
echo "seed $SEED"
node proxy.mjs "${addresses[@]}" >proxy &
jobs+=($!)
for _ in $(seq 50); do
    [ -s proxy ] && break
    sleep 0.1
done
proxy=http://127.0.0.1:$(head -1 proxy)
direct=http://${addresses[0]}

node video.mjs "$MEGABYTES" video.mp4
phone=$(printf "09%08d" "$((RANDOM * 3000 + RANDOM % 3000))")
json='content-type: application/json'
curl -sSf "$direct/api/v1/auth/register" -H "$json" \
    -d "{\"phone\":\"$phone\",\"password\":\"mat-khau-thu-tus\",\"full_name\":\"Nguyễn Thị Thử\"}" >/dev/null
TOKEN=$(curl -sSf "$direct/api/v1/auth/login" -H "$json" -d "{\"login\":\"$phone\",\"password\":\"mat-khau-thu-tus\"}" |
    sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
export TOKEN

check() {
    local name=$1 url=$2 sent came
    sent=$(sha256sum video.mp4 | cut -d' ' -f1)
    came=$(curl -sSf "$direct/api/v1/uploads/${url##*/}" -H "authorization: Bearer $TOKEN" | sed -n 's/.*"sha256":"\([^"]*\)".*/\1/p')
    [ "$sent" = "$came" ] || { echo "$name: sent $sent, came $came" >&2; exit 1; }
    echo "$name: whole, $(tail -1 proxy)"
}
urls=()
urls+=("$(node client.mjs "$proxy/api/v1/uploads/tus" video.mp4)")
check tus-js-client "${urls[-1]}"
urls+=("$(venv/bin/python client.py "$proxy/api/v1/uploads/tus" video.mp4)")
check tuspy "${urls[-1]}"
urls+=("$(venv/bin/python client.py "$proxy/api/v1/uploads/tus" video.mp4 checksum)")
check "tuspy with checksums" "${urls[-1]}"

ids=$(printf '"%s",' "${urls[@]##*/}")
curl -sSf "$direct/api/v1/petitions" -H "$json" -H "authorization: Bearer $TOKEN" -d "{\"category\":\"chieu_sang\",
    \"title\":\"Đèn đường hỏng\",\"content\":\"Xem video.\",\"attachments\":[${ids%,}]}" >petition
[ "$(grep -o '"media_type":"video/mp4"' petition | wc -l)" = 3 ] || { cat petition >&2; exit 1; }
echo "attached"
for log in log1 log2; do
    ! grep -E 'panicked|ERROR' "$log" || exit 1
done
echo "passed"
