#!/usr/bin/env bash
# Files in a real S3 server (moto, from PyPI): `bash tests/s3/run.sh [PAKN]`. PAKN is a built program; target/release or target/debug unless
# given. Wants python 3 with pip and venv; what it installs goes with its temporary folder.
#
# Two servers on one database and one bucket: a photo and a 12 MB video (which S3 takes in parts) are sent to the one, by a form and piece by piece
# over both, attached, and read from the other, whole and by ranges; what is not attached is in the bucket no more after a sweep. Then a backup, which
# takes the files out of the bucket, is restored into another one; and one without files beside the bucket that has them.
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

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
S3_PORT=${S3_PORT:-$((20000 + RANDOM % 20000))}
"$work/venv/bin/moto_server" -H 127.0.0.1 -p "$S3_PORT" >"$work/moto" 2>&1 &
jobs+=($!)
export AWS_ENDPOINT_URL=http://127.0.0.1:$S3_PORT AWS_ALLOW_HTTP=true AWS_REGION=us-east-1
export AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret
for _ in $(seq 100); do
    curl -sf -o /dev/null "$AWS_ENDPOINT_URL/moto-api/" && break
    sleep 0.2
done

export PAKN_DATA_DIR=$work/data PAKN_LISTEN=127.0.0.1:0 PAKN_LOG=warn PAKN_OBJECT_STORE=s3://petitions/pakn
export TWO_SERVERS=
"$work/venv/bin/python" -c "
import boto3; [boto3.client('s3').create_bucket(Bucket=name) for name in ('petitions', 'elsewhere')]"
for number in 1 2; do
    "$pakn" >"$work/serving$number" 2>"$work/log$number" &
    jobs+=($!)
    for _ in $(seq 100); do
        address=$(sed -n 's/.*listens on http:\/\///p' "$work/serving$number")
        [ -z "$address" ] || break
        sleep 0.1
    done
    [ -n "$address" ] || { cat "$work/log$number" >&2; exit 1; }
    TWO_SERVERS="${TWO_SERVERS}http://$address "
done
grep -q 's3://petitions/pakn' "$work/serving1"
node ../tus/video.mjs 12 "$work/video.mp4"
"$work/venv/bin/python" check.py "$work" || { cat "$work"/log1 "$work"/log2 >&2; exit 1; }

"$pakn" backup "$work/whole"
"$pakn" backup "$work/bare" --without-files
kill "${jobs[1]}" "${jobs[2]}"
wait "${jobs[1]}" "${jobs[2]}"
restores() { # BACKUP STORE
    PAKN_DATA_DIR=$work/restored-$1 PAKN_OBJECT_STORE=$2 "$pakn" restore "$work/$1" >"$work/restoring-$1"
    grep -q 'everything agrees' "$work/restoring-$1"
}
restores whole s3://elsewhere/pakn
"$work/venv/bin/python" same.py
restores bare s3://petitions/pakn
grep -q ' 0 are missing' "$work/restoring-bare"
for log in "$work"/log1 "$work"/log2; do
    ! grep -E 'panicked|ERROR' "$log" || exit 1
done
echo "passed"
