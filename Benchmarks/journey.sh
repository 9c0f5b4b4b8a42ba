#!/usr/bin/env bash
# Latency of a journey by its business id and of a trace by its id, over HTTP on kept-alive connections, on a loaded
# store. Every question is about another payment, in random order over the whole store, so that only what the operating
# system and the collector keep by themselves is warm.
# usage: journey.sh [SPANS] [SECONDS]   (default 2000000 and 10)
source "$(dirname "$0")/common.sh"
need wrk shuf
spans=${1:-2000000}
seconds=${2:-10}
hertz=$(getconf CLK_TCK)

start_collector "$work/data"
"$waybill" load --wire "$wire" --spans "$spans" --seed 1 --acknowledged "$work/acknowledged" >"$work/load.out"
sleep 3 # sealing runs behind

cat >"$work/ask.lua" <<'LUA'
-- Asks for one path of a file after another.
local requests, position = {}, 0
function init(arguments)
    for path in io.lines(arguments[1]) do requests[#requests + 1] = wrk.format("GET", path) end
end
function request()
    position = position % #requests + 1
    return requests[position]
end
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("answered %d failed %d p50 %.3f p99 %.3f\n", summary.requests,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
LUA

ask() { # NAME PATHS CONNECTIONS
    local before answered failed p50 p99
    before=$(cpu_ticks "$collector_pid")
    read -r answered failed p50 p99 < <(wrk -t1 -c"$3" -d"${seconds}s" -s "$work/ask.lua" "http://$http" -- "$2" |
        awk '$1 == "answered" { print $2, $4, $6, $8 }')
    if [ "$failed" != 0 ]; then
        echo "$failed of $answered answers were not 200" >&2
        exit 1
    fi
    if [ "$3" = 1 ]; then
        compare "$1: p50" "$p50" most 1 ms
        compare "$1: p99" "$p99" most 5 ms
    else # with the load generator on the same cores, this is what queueing adds
        printf '%-44s %14s %s\n' "$1, $3 connections: p50 / p99" "$p50" "ms / $p99 ms"
    fi
    printf '%-44s %14.0f %s\n' "$1, $3 connection(s): CPU of the collector" \
        "$(awk -v a="$(cpu_ticks "$collector_pid")" -v b="$before" -v h="$hertz" -v n="$answered" \
            'BEGIN { print (a - b) / h / n * 1e6 }')" "µs a query, $answered queries"
}

shuf "$work/acknowledged" | awk '{ print "/api/v1/journeys/" $3 }' >"$work/journeys"
shuf "$work/acknowledged" | awk '{ print "/api/v1/traces/" $1 }' >"$work/traces"
echo "$(wc -l <"$work/traces") payments, $spans spans, $(find "$work/data/segments" -type f | wc -l) segments"
ask warm-up "$work/journeys" 1 >/dev/null
for connections in 1 4; do
    ask 'journey by transaction id' "$work/journeys" "$connections"
    ask 'trace by id' "$work/traces" "$connections"
done
