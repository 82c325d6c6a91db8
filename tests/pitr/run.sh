#!/usr/bin/env bash
# A recovery of PostgreSQL to an instant, as the README describes it, rehearsed: `bash tests/pitr/run.sh`. It makes a cluster that archives its log, serves pakn on it,
# takes a base backup, sends one petition, notes the instant, sends another, and destroys the cluster. What is recovered must have the one petition
# and not the other, verify, and tell of what is new beyond every place in the log that was ever given out.
# It wants PostgreSQL's programs and curl, and is not part of CI.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb)") || fail "no PostgreSQL"
cargo build --quiet --workspace --bin pakn
pakn=$PWD/target/debug/pakn
work=$(mktemp -d) port=28771 api=http://127.0.0.1:28772/api/v1
# PostgreSQL refuses root.
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
mkdir -p "$work/archive"
if [ "$(id -u)" = 0 ]; then chmod 755 "$work"; chown -R postgres "$work"; fi
server= postgres_runs=
stop_server() { if [ -n "$server" ]; then kill "$server"; wait "$server" || true; server=; fi; }
ends() {
    stop_server
    if [ -n "$postgres_runs" ]; then as "$bin/pg_ctl" -D "$postgres_runs" -m immediate -w stop >/dev/null 2>&1 || true; fi
    rm -rf "$work"
}
trap ends EXIT
starts() { # data folder
    as "$bin/pg_ctl" -D "$1" -w -t 60 -l "$work/log" -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=" start >/dev/null ||
        { tail -n 20 "$work/log"; fail "PostgreSQL does not start"; }
    postgres_runs=$1
}
asks() { psql -X -h 127.0.0.1 -p "$port" -U pakn -d postgres -Atc "$1"; }
serves() {
    "$pakn" serve >"$work/serve" 2>&1 &
    server=$!
    for _ in $(seq 300); do curl -sf "$api/../../health/ready" >/dev/null && return; sleep 0.1; done
    cat "$work/serve"; fail "pakn does not serve"
}
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
sends() { # title
    curl -sf "$api/petitions" -H 'content-type: application/json' -H "authorization: Bearer $token" \
        -d "{\"category\":\"chieu_sang\",\"title\":\"$1\",\"content\":\"Đèn trước số 5 không sáng đã ba hôm nay.\"}" |
        grep -o 'PAKN\.[0-9]*\.[0-9]*' | head -n 1
}

export PAKN_DATABASE_URL=postgres://pakn:pakn@127.0.0.1:$port/postgres PAKN_DATA_DIR=$work/pakn PAKN_LISTEN=127.0.0.1:28772 PAKN_LOG=warn
as "$bin/initdb" -D "$work/data" -U pakn -A trust -E UTF8 --locale=C --no-sync >/dev/null
as tee -a "$work/data/postgresql.conf" >/dev/null <<CONF
archive_mode = on
archive_command = 'test ! -f $work/archive/%f && cp %p $work/archive/%f'
CONF
# The folder of pakn's keys is the caller's.
install -d -m 700 "$work/pakn" 2>/dev/null || fail "no data folder"
starts "$work/data"
serves
curl -sf "$api/auth/register" -H 'content-type: application/json' -d '{"phone":"0912345678","password":"mat-khau-cua-toi","full_name":"Nguyen Thi Ha"}' >/dev/null
token=$(curl -sf "$api/auth/login" -H 'content-type: application/json' -d '{"login":"0912345678","password":"mat-khau-cua-toi"}' | member access_token)
as "$bin/pg_basebackup" -h 127.0.0.1 -p "$port" -U pakn --pgdata="$work/base" --wal-method=stream --checkpoint=fast
kept=$(sends 'Trước thời điểm')
sleep 1
instant=$(asks 'SELECT now()')
sleep 1
lost=$(sends 'Sau thời điểm')
given=$(asks 'SELECT log_horizon()::text::bigint')
asks 'SELECT pg_switch_wal()' >/dev/null
for _ in $(seq 100); do [ "$(asks "SELECT last_archived_wal IS NOT NULL AND last_archived_time > '$instant' FROM pg_stat_archiver")" = t ] && break; sleep 0.1; done
stop_server
as "$bin/pg_ctl" -D "$work/data" -m immediate -w stop >/dev/null
rm -rf "$work/data"

as tee -a "$work/base/postgresql.conf" >/dev/null <<CONF
archive_mode = off
restore_command = 'cp $work/archive/%f %p'
recovery_target_time = '$instant'
recovery_target_action = 'promote'
CONF
as touch "$work/base/recovery.signal"
starts "$work/base"
for _ in $(seq 300); do [ "$(asks 'SELECT pg_is_in_recovery()')" = f ] && break; sleep 0.1; done
# What the command does when it is needed; serving does it too.
"$pakn" migrate
now=$(asks 'SELECT log_horizon()::text::bigint')
[ "$now" -gt "$given" ] || fail "places in the log are given out again: $now after $given"
"$pakn" verify --seals | tee "$work/verify"
grep -q '^everything agrees$' "$work/verify" || fail "verify"
serves
found() { curl -s -o /dev/null -w '%{http_code}' "$api/petitions/$1" -H "authorization: Bearer $token"; }
[ "$(found "$kept")" = 200 ] || fail "$kept was committed before the instant and is gone"
[ "$(asks 'SELECT count(*) FROM petition')" = 1 ] || fail "$lost is there, which was sent after the instant"
new=$(sends 'Sau khi khôi phục')
[ "$(asks "SELECT e.xid::text::bigint > $given FROM event e JOIN petition p ON p.id = e.petition_id WHERE p.code = '$new'")" = t ] || fail "what is new lies before what was read"
stop_server
"$pakn" verify --seals >/dev/null || fail "verify after the restore"
echo "recovered to $instant: $kept is there, $lost of after it is not, and what is new ($new) lies beyond every place of before"
