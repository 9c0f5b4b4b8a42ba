#!/usr/bin/env bash
# Latency of a journey by its business id and of a trace by its id, over HTTP, on a loaded store.
# usage: journey.sh [SPANS] [QUERIES]   (default 2000000 and 2000)
source "$(dirname "$0")/common.sh"
need curl
spans=${1:-2000000}
queries=${2:-2000}

start_collector "$work/data"
"$waybill" load --wire "$wire" --spans "$spans" --acknowledged "$work/acknowledged" >"$work/load.out"
sleep 3

# latencies PREFIX COLUMN: milliseconds of each of the queries, over one kept connection.
latencies() {
    shuf -n "$queries" --random-source=<(yes) "$work/acknowledged" |
        awk -v base="http://$http$1" -v column="$2" \
            '{ print "url = \"" base $column "\""; print "output = \"/dev/null\"" }' >"$work/urls"
    curl -s -K "$work/urls" -w '%{http_code} %{time_starttransfer} %{time_total}\n' >"$work/times"
    if grep -qv '^200 ' "$work/times"; then
        echo "not every answer was 200:" >&2
        grep -v '^200 ' "$work/times" | head -3 >&2
        exit 1
    fi
    awk '{ print $3 * 1000 }' "$work/times" | sort -n
}

report() { # NAME FILE
    local count
    count=$(wc -l <"$2")
    compare "$1: p50" "$(sed -n "$(((count + 1) / 2))p" "$2")" most 1 ms
    compare "$1: p99" "$(sed -n "$(((count * 99 + 99) / 100))p" "$2")" most 5 ms
}

echo "$queries queries each over $spans spans (first round: as they come; second round: the same ones again, warm)"
for round in first second; do
    latencies /api/v1/journeys/ 3 >"$work/journeys"
    report "journey by transaction id, $round round" "$work/journeys"
    latencies /api/v1/traces/ 1 >"$work/traces"
    report "trace by id, $round round" "$work/traces"
done
