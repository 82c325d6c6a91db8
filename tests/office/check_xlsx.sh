#!/bin/sh
# Opens the XLSX answers of a running server in LibreOffice and compares every total with the JSON answer of the same question.
#
#   URL=http://127.0.0.1:8081/api/v1 TOKEN=… tests/office/check_xlsx.sh [AS_OF] [FROM]
#
# AS_OF (2022-12-01 unless given) ends the report's period as well, FROM (2022-08-01) begins it. Needs curl, jq, awk and soffice
# (Debian: libreoffice-calc).
set -eu
: "${URL:?the API, up to /api/v1}" "${TOKEN:?an access token of a reader of rates}"
AS_OF=${1:-2022-12-01} FROM=${2:-2022-08-01}
XLSX=application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

# get ACCEPT PATH FILE
get() { curl -fsS -H "authorization: Bearer $TOKEN" -H "accept: $1" -H 'accept-language: vi' "$URL/$2" -o "$3"; }

# Every sheet of a workbook as NAME-SHEET.csv, fields parted by |, values unformatted.
sheets_of() {
    soffice "-env:UserInstallation=file://$WORK/profile" --headless \
        --convert-to 'csv:Text - txt - csv (StarCalc):124,34,76,1,,0,false,true,false,false,false,-1' --outdir "$WORK" "$1" \
        >"$WORK/soffice.log" 2>&1 || true
    ls "${1%.xlsx}"-*.csv >/dev/null 2>&1 || { cat "$WORK/soffice.log" >&2; echo "LibreOffice did not open $1" >&2; exit 1; }
}

# The numbers of the total row of a sheet, one a line, shares as fractions.
total() {
    awk -F'|' '$1 == "Tổng cộng" { for (i = 2; i <= NF; i++) if ($i ~ /%$/) printf "%.6f\n", substr($i, 1, length($i) - 1) / 100
        else if ($i ~ /^-?[0-9]+$/) print $i }' "$1"
}

# The sums of the columns above the total row, counts only.
sums() {
    awk -F'|' '/^Mã / { seen = 1; next } $1 == "Tổng cộng" { for (i = 2; i <= NF; i++) if ($i ~ /^-?[0-9]+$/) print sum[i] + 0 }
        seen { for (i = 2; i <= NF; i++) if ($i ~ /^-?[0-9]+$/) sum[i] += $i }' "$1"
}

# same WHAT EXPECTED FOUND
same() {
    [ -n "$2" ] && [ "$2" = "$3" ] && { echo "ok: $1"; return; }
    echo "DIFFERS: $1" >&2; printf 'expected\n%s\nfound\n%s\n' "$2" "$3" >&2; exit 1
}

RATES="rates?group_by=level,agency&as_of=$AS_OF"
get application/json "$RATES" "$WORK/rates.json"
get "$XLSX" "$RATES" "$WORK/rates.xlsx"
get "$XLSX" "$RATES" "$WORK/again.xlsx"
cmp "$WORK/rates.xlsx" "$WORK/again.xlsx"
echo "ok: the same question, the same bytes"
sheets_of "$WORK/rates.xlsx"
expected=$(jq -r '.total | (.counts | .submitted, .received, .awaiting_citizen, .answered, .answered_on_time, .rejected, .reopened,
    .pending_in_time, .pending_overdue, .rated, .satisfied, .acceptable, .unsatisfied),
    ((.rate, .received_rate, .on_time_rate, .satisfaction_rate) | values | "rate \(.)")' "$WORK/rates.json" |
    awk '$1 == "rate" { printf "%.6f\n", $2; next } { print }')
same "the summary of the rates" "$expected" "$(total "$WORK/rates-Tổng hợp.csv")"
for sheet in "$WORK"/rates-*.csv; do
    same "the total is the sum: ${sheet##*/}" "$(total "$sheet" | grep -v '\.')" "$(sums "$sheet")"
done

REPORT="rates/report?from=$FROM&to=$AS_OF"
get application/json "$REPORT" "$WORK/report.json"
get "$XLSX" "$REPORT" "$WORK/report.xlsx"
sheets_of "$WORK/report.xlsx"
expected=$(jq -r '.total | .carried_over, .received, .answered_in_time, .answered_late, .rejected, .other, .pending_in_time,
    .pending_overdue' "$WORK/report.json")
for sheet in "$WORK/report-Theo cấp.csv" "$WORK/report-Theo lĩnh vực.csv"; do
    same "the report: ${sheet##*/}" "$expected" "$(total "$sheet")"
done
for sheet in "$WORK"/report-*.csv; do
    same "the total is the sum: ${sheet##*/}" "$(total "$sheet")" "$(sums "$sheet")"
done
