#!/usr/bin/env bash
# PostgreSQL behind PgBouncer in transaction mode: `PGBOUNCER=/path/to/pgbouncer bash tests/pooler/run.sh`. It must be 1.21 or newer: before that PgBouncer does not know prepared statements.
# Where the distribution's is older, build Debian 13's: `apt-get source pgbouncer` with a deb-src line of trixie, `apt-get install libevent-dev libc-ares-dev`, `./configure --without-systemd && make`.
#
# Two servers of 16 connections each share five of PostgreSQL's. The demo's year is played through the pooler, citizens send petitions all at once, an officer answers one and is told of them as they come, the sender and everybody
# read, a figure is counted, all server connections are cut once, and `pakn verify --seals` checks it, through the pooler too. A backup goes to PostgreSQL itself.
# It wants PostgreSQL's programs and curl, and is not part of CI.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
pgbouncer=${PGBOUNCER:-$(command -v pgbouncer)} || fail "no PgBouncer"
version=$("$pgbouncer" --version | sed -n '1s/.* //p')
printf '1.21\n%s\n' "$version" | sort -CV || fail "PgBouncer $version is older than 1.21"
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb)") || fail "no PostgreSQL"
cargo build --quiet --workspace --bin pakn
pakn=$PWD/target/debug/pakn
work=$(mktemp -d) port=28781 pooled=28782 one=127.0.0.1:28783 two=127.0.0.1:28784
# Neither PostgreSQL nor PgBouncer wants to be root.
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
cp "$pgbouncer" "$work/pgbouncer"
mkdir "$work/pooler"
if [ "$(id -u)" = 0 ]; then chmod 755 "$work"; chown postgres "$work" "$work/pooler"; fi
jobs=()
ends() {
    for job in "${jobs[@]}"; do kill "$job" 2>/dev/null && wait "$job" 2>/dev/null || true; done
    as "$bin/pg_ctl" -D "$work/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap ends EXIT

as "$bin/initdb" -D "$work/data" -U pakn -A trust -E UTF8 --locale=C --no-sync >/dev/null
as "$bin/pg_ctl" -D "$work/data" -w -t 60 -l "$work/log" -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=" start >/dev/null || fail "PostgreSQL does not start"
cat >"$work/pooler/ini" <<INI
[databases]
postgres = host=127.0.0.1 port=$port user=pakn
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pooled
unix_socket_dir =
auth_type = any
admin_users = pakn
pool_mode = transaction
default_pool_size = 5
max_prepared_statements = 200
ignore_startup_parameters = extra_float_digits
INI
as "$work/pgbouncer" -q "$work/pooler/ini" >"$work/pooler.log" 2>&1 &
jobs+=($!)
asks() { psql -X -h 127.0.0.1 -p "$port" -U pakn -d postgres -Atc "$1"; }
pooler() { psql -X -h 127.0.0.1 -p "$pooled" -U pakn -d pgbouncer -Atc "$1"; }
for _ in $(seq 100); do pooler 'SHOW VERSION' >/dev/null 2>&1 && break; sleep 0.1; done

direct=postgres://pakn:pakn@127.0.0.1:$port/postgres
export PAKN_DATABASE_URL=postgres://pakn:pakn@127.0.0.1:$pooled/postgres PAKN_DATA_DIR=$work/pakn PAKN_LOG=warn PAKN_LIMITS=off
install -d -m 700 "$work/pakn"
"$pakn" migrate
"$pakn" demo --petitions 500 --password mot-mat-khau-thu >/dev/null
for address in "$one" "$two"; do
    PAKN_LISTEN=$address "$pakn" serve >"$work/serve-$address" 2>&1 &
    jobs+=($!)
    for _ in $(seq 300); do curl -sf "http://$address/health/ready" >/dev/null && break; sleep 0.1; done
    curl -sf "http://$address/health/ready" >/dev/null || { cat "$work/serve-$address"; fail "pakn does not serve"; }
done

member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
signs_in() { curl -sf "http://$one/api/v1/auth/login" -H 'content-type: application/json' -d "{\"login\":\"$1\",\"password\":\"$2\"}" | member access_token; }
posts() { # address, token, path, body
    curl -sf "http://$1/api/v1/$3" -H "authorization: Bearer $2" -H 'content-type: application/json' -d "$4"
}
gets() { curl -sf "http://$1/api/v1/$3" -H "authorization: Bearer $2"; }
curl -sf "http://$one/api/v1/auth/register" -H 'content-type: application/json' -d '{"phone":"0987654321","password":"mat-khau-cua-toi","full_name":"Nguyen Thi Ha"}' >/dev/null
citizen=$(signs_in 0987654321 mat-khau-cua-toi) officer=$(signs_in demo.officer mot-mat-khau-thu) steering=$(signs_in demo.steering mot-mat-khau-thu)
[ -n "$citizen" ] && [ -n "$officer" ] && [ -n "$steering" ] || fail "nobody signs in"
before=$(asks 'SELECT count(*) FROM petition')

curl -sN --max-time 600 "http://$two/api/v1/agency/events" -H "authorization: Bearer $officer" >"$work/told" &
jobs+=($!)
sending=()
for server in "$one" "$two"; do
    for sender in 1 2 3 4 5 6 7 8; do
        for number in 1 2 3 4 5; do
            posts "$server" "$citizen" petitions "{\"category\":\"chieu_sang\",\"title\":\"Đèn $sender.$number\",\"content\":\"Đèn trước số 5 không sáng đã ba hôm nay.\",\"location\":{\"lat\":21.1875,\"lon\":106.0838}}" |
                grep -o 'PAKN\.[0-9]*\.[0-9]*' | head -n 1
        done >>"$work/sent-$server-$sender" &
        sending+=($!)
    done
done
most=0
while kill -0 "${sending[@]}" 2>/dev/null; do
    held=$(asks "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
    if [ "$held" -gt "$most" ]; then most=$held; fi
done
for job in "${sending[@]}"; do wait "$job" || fail "a petition was not taken"; done
[ "$(cat "$work"/sent-* | sort -u | wc -l)" = 80 ] || fail "not every petition has a code of its own"
[ "$(asks 'SELECT count(*) FROM petition')" = $((before + 80)) ] || fail "not every petition is there"
[ "$most" -le 5 ] || fail "$most connections of PostgreSQL are held"

code=$(head -n 1 "$work/sent-$one-1")
posts "$two" "$officer" "petitions/$code/receive" '{}' >/dev/null || fail "receive"
posts "$one" "$officer" "petitions/$code/start" '{}' >/dev/null || fail "start"
posts "$two" "$officer" "petitions/$code/answer" '{"content":"Đã thay bóng đèn, cảm ơn bà."}' >/dev/null || fail "answer"
gets "$one" "$citizen" "petitions/$code" | grep -q 'Đã thay bóng đèn' || fail "the sender does not read the answer"
curl -sf "http://$two/api/v1/public/petitions" | grep -q '"items":\[{' || fail "nobody reads the feed"
gets "$one" "$steering" 'rates?from=2022-01-01&to=2022-12-31' | grep -q '"received":' || fail "no figures"
for _ in $(seq 100); do grep -q "$code" "$work/told" && break; sleep 0.1; done
grep -q "$code" "$work/told" || fail "the officer was not told"

# What PostgreSQL forgets, the pooler prepares again.
asks "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()" >/dev/null
for _ in $(seq 50); do
    again=$(posts "$one" "$citizen" petitions '{"category":"chieu_sang","title":"Sau khi mất kết nối","content":"Đèn trước số 5 không sáng đã ba hôm nay."}' | grep -o 'PAKN\.[0-9]*\.[0-9]*' | head -n 1) && break
    sleep 0.2
done
[ -n "$again" ] || fail "nothing is taken after connections were cut"

"$pakn" seal >/dev/null
"$pakn" verify --seals | tee "$work/verify"
grep -q '^everything agrees$' "$work/verify" || fail "verify"
PAKN_DATABASE_URL=$direct "$pakn" backup "$work/backup" >/dev/null || fail "backup"
echo "PgBouncer $version in transaction mode: $(pooler 'SHOW CLIENTS' | grep -c '|postgres|') connections of clients on at most $most of PostgreSQL; 81 petitions sent, one answered, everything agrees"
