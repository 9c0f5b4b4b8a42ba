#!/usr/bin/env bash
# One store that grows: what ingest, disk, look-ups, search, memory and a restart cost at each size.
# usage: growth.sh [SPANS…]   (default 1000000 10000000; 100000000 takes about 20 minutes and 4 GB)
source "$(dirname "$0")/common.sh"
need wrk shuf dd
sizes=("${@:-}")
[ -n "${sizes[0]}" ] || sizes=(1000000 10000000)
seconds=${WAYBILL_GROWTH_SECONDS:-8}
hertz=$(getconf CLK_TCK)
data=$work/data

if [ -z "${WAYBILL_STORE_BENCHMARK:-}" ]; then
    swift build -c release --package-path "$here" --product StoreBenchmark >&2
    WAYBILL_STORE_BENCHMARK=$(swift build -c release --package-path "$here" --show-bin-path)/StoreBenchmark
fi

cat >"$work/ask.lua" <<'LUA'
-- Asks for one path of a file after another; a thread ends when each was asked once.
local requests, position = {}, 0
function init(arguments)
    for path in io.lines(arguments[1]) do requests[#requests + 1] = wrk.format("GET", path) end
end
function request()
    position = position + 1
    if position > #requests then wrk.thread:stop() end
    return requests[(position - 1) % #requests + 1]
end
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("answered %d failed %d p50 %.3f p99 %.3f\n", summary.requests,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
LUA

ask() { # PATHS: sets answered, p50 and p99
    local failed
    read -r answered failed p50 p99 < <(wrk -t1 -c1 -d"${seconds}s" -s "$work/ask.lua" "http://$http" -- "$1" |
        awk '$1 == "answered" { print $2, $4, $6, $8 }')
    [ "$failed" = 0 ] || { echo "$failed of $answered answers were not 200" >&2; exit 1; }
}

figure() { printf '%-46s %12s %s\n' "$1" "$2" "$3"; }
ratio() { awk -v a="$1" -v b="$2" -v f="${3:-%.2f}" 'BEGIN { printf f, a / b }'; }
# The operating system forgets the files' pages; the collector is a new process anyway.
forget() { sync && find "$data" -type f -exec dd if={} iflag=nocache count=0 status=none \; ; }
# What the thread of the upkeep has used, of idle cores.
upkeep_ticks() { awk '$2 == "(store-upkeep)" { sum += $14 + $15 } END { print sum + 0 }' /proc/"$1"/task/*/stat; }
memory() { awk -v key="$2" '$1 == key ":" { printf "%.0f", $2 / 1024 }' "/proc/$1/status"; }

restart_after_kill() { # SPANS: kill -9 with that many more on their way
    "$waybill" load --json --wire "$wire" --spans "$1" --timeout 5 >"$work/killed.out" 2>&1 &
    local loading=$!
    sleep 0.5
    kill -9 "$collector_pid" && wait "$collector_pid" 2>/dev/null || true
    wait "$loading" 2>/dev/null || true
    local before after
    before=$(date +%s%N)
    start_collector "$data"
    after=$(date +%s%N)
    figure "serving again after kill -9 under load" "$(ratio $((after - before)) 1000000000)" s
}

stored=0
for size in "${sizes[@]}"; do
    printf '\n%s spans\n' "$(printf "%'d" "$size")"
    start_collector "$data"
    before=$(cpu_ticks "$collector_pid")
    result=$("$waybill" load --json --wire "$wire" --spans $((size - stored)) --seed "$size" \
        --acknowledged "$work/acknowledged.$size")
    # What runs behind the last acknowledgement, sealing and merging, is counted too.
    quiet=0
    last=$(cpu_ticks "$collector_pid")
    while [ $quiet -lt 3 ]; do
        sleep 1
        now=$(cpu_ticks "$collector_pid")
        if [ $((now - last)) -le 2 ]; then quiet=$((quiet + 1)); else quiet=0; fi
        last=$now
    done
    acknowledged=$(field "$result" spansAcknowledged)
    cpu=$(awk -v b="$before" -v a="$last" -v h="$hertz" 'BEGIN { print (a - b) / h }')
    upkeep=$(awk -v a="$(upkeep_ticks "$collector_pid")" -v h="$hertz" 'BEGIN { print a / h }')
    figure "ingest over the wire, sealing in" "$(awk -v s="$acknowledged" -v c="$cpu" -v u="$upkeep" \
        'BEGIN { printf "%.0f", s / (c - u) }')" "spans/CPU-s, $(
        field "$result" spansPerSecond | cut -d. -f1) spans/s"
    figure "compaction and merging meanwhile" "$upkeep" CPU-s
    figure "collector memory, peak" "$(memory "$collector_pid" VmHWM)" MiB
    stored=$size

    cat "$work"/acknowledged.* | shuf -n 20000 --random-source=<(yes) >"$work/sample"
    awk '{ print "/api/v1/journeys/" $3 }' "$work/sample" >"$work/journeys"
    awk '{ print "/api/v1/traces/" $1 }' "$work/sample" >"$work/traces"
    for kind in journeys traces; do
        ask "$work/$kind"
        ask "$work/$kind"
        figure "$kind by id, warm: p50 / p99" "$p50" "ms / $p99 ms"
    done
    restart_after_kill 2000000
    stop_collector
    figure "files: segments / index runs / log" "$(find "$data/segments" -type f | wc -l)" "/ $(
        find "$data/index" -type f | wc -l) / $(find "$data/wal" -type f | wc -l)"
    for kind in journeys traces; do
        start_collector "$data"
        forget
        head -300 "$work/$kind" >"$work/cold"
        ask "$work/cold"
        figure "$kind by id, cold file cache: p50 / p99" "$p50" "ms / $p99 ms"
        stop_collector
    done
    "$WAYBILL_STORE_BENCHMARK" "$data"
done
