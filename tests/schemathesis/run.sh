#!/usr/bin/env bash
# Schemathesis over the whole contract, against a server of its own, as citizen, officer, coordinator, admin and nobody:
#
#     bash tests/schemathesis/run.sh          # the long run: at least 20,000 requests
#     bash tests/schemathesis/run.sh bounded  # what CI does: about three minutes
#
# It wants python 3.10 with venv. PAKN is the program to try (target/debug/pakn unless given), SEED repeats a run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
pakn=${PAKN:-$root/target/debug/pakn}
environment=${CARGO_TARGET_DIR:-$root/target}/schemathesis
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

if ! cmp -s "$here/requirements.txt" "$environment/requirements.txt"; then
    python3 -m venv --clear "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$environment/"
fi

export PAKN_DATA_DIR=$work/data PAKN_DEMO_PASSWORD=mot-mat-khau-demo
# Guests come and go by the hundred: no limits, and passwords that cost nothing to check.
export PAKN_LIMITS=off PAKN_PASSWORD_MEMORY=64 PAKN_LOG=warn
"$pakn" demo --petitions 300 >"$work/demo" 2>&1 || { cat "$work/demo"; exit 1; }
export PAKN_ADMIN=schemathesis
printf %s "$PAKN_DEMO_PASSWORD" | "$pakn" admin create --login "$PAKN_ADMIN" --password-stdin >/dev/null
: >"$work/served"
PAKN_LISTEN=127.0.0.1:0 "$pakn" serve >"$work/served" 2>"$work/log" &
server=$!
for _ in $(seq 100); do
    PAKN_SERVER=$(sed -n 's/.*listens on *\(http:[^ ]*\).*/\1/p' "$work/served" | head -1)
    [ -z "$PAKN_SERVER" ] || break
    sleep 0.2
done
export PAKN_SERVER
[ -n "$PAKN_SERVER" ] || { cat "$work/log"; echo "pakn did not start"; exit 1; }
"$pakn" openapi >"$work/openapi.json"

seed=${SEED:-$RANDOM}
failed=0 requests=0
try() { # role, phases, examples for each operation
    local began=$SECONDS report=$work/$1.txt
    # One worker: with more, hypothesis trips over itself. The data base of examples would carry over from one role to the next.
    (cd "$here" && PAKN_ROLE=$1 "$environment/bin/st" --config-file schemathesis.toml run "$work/openapi.json" --url "$PAKN_SERVER" \
        --phases "$2" --max-examples "$3" --seed "$seed" --workers 1 --generation-database none --no-color) >"$report" 2>&1 || {
        failed=1
        cat "$report"
    }
    local generated
    generated=$(sed -n 's/^ *\([0-9,]*\) generated.*/\1/p' "$report" | tr -d ,)
    requests=$((requests + ${generated:-0}))
    printf '%-12s %6s test cases by %s, %s examples an operation, in %d s: %s\n' "$1" "${generated:-no}" "$2" "$3" $((SECONDS - began)) \
        "$(grep -E '^=+ .* =+$' "$report" | tail -1 | tr -d = | sed 's/ in [0-9.]*s//; s/^ *//; s/ *$//')"
}
echo "seed $seed"
if [ "${1:-}" = bounded ]; then
    for role in citizen officer coordinator admin nobody; do try "$role" examples,fuzzing,stateful 1; done
else
    for role in citizen officer coordinator admin nobody; do try "$role" examples,coverage,fuzzing,stateful 20; done
    [ "$requests" -ge 20000 ] || { echo "only $requests test cases"; failed=1; }
fi
kill "$server"
wait "$server" 2>/dev/null || true
server=
# A 500 has its cause in the log, and so has a panic. A request that is no HTTP is logged as an error too, by the reader of HTTP.
if grep -E 'ERROR|panicked' "$work/log" | grep -v 'request parse error'; then failed=1; fi
"$pakn" verify --quiet >"$work/verify" 2>&1 || "$pakn" verify >"$work/verify" 2>&1 || { tail -20 "$work/verify"; failed=1; }
echo "$requests test cases; the log agrees with everything after them: $(tail -1 "$work/verify")"
exit $failed
