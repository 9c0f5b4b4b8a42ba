# Shared by the benchmark scripts: builds the release binaries, runs a collector on temporary data, cleans up.
# Figures are CPU seconds wherever possible: they hold on noisy machines.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
work=$(mktemp -d "${TMPDIR:-/tmp}/waybill-bench.XXXXXX")
started=()

cleanup() {
    for pid in "${started[@]:-}"; do
        [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap cleanup EXIT

need() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null || { echo "needs $tool" >&2; exit 3; }
    done
}

# Where the release binaries are: WAYBILL_BIN, else they are built.
if [ -z "${WAYBILL_BIN:-}" ]; then
    (cd "$root" && swift build -c release --product waybill && swift build -c release --product waybill-proxy) >&2
    WAYBILL_BIN=$(cd "$root" && swift build -c release --show-bin-path)
fi
waybill=$WAYBILL_BIN/waybill
proxy=$WAYBILL_BIN/waybill-proxy

# start_collector DIR: sets collector_pid, wire, grpc, otlp and http.
start_collector() {
    "$waybill" collector --data "$1" --wire-listen 127.0.0.1:0 --otlp-grpc-listen 127.0.0.1:0 \
        --otlp-http-listen 127.0.0.1:0 --http-listen 127.0.0.1:0 >"$work/collector.out" 2>"$work/collector.err" &
    collector_pid=$!
    started+=("$collector_pid")
    for _ in $(seq 100); do
        grep -q '^ready' "$work/collector.out" && break
        kill -0 "$collector_pid" 2>/dev/null || { cat "$work/collector.err" >&2; exit 3; }
        sleep 0.1
    done
    grep -q '^ready' "$work/collector.out" || { echo "the collector did not become ready" >&2; exit 3; }
    wire=$(awk '$1 == "listening" && $2 == "wire" { print $3 }' "$work/collector.out")
    grpc=$(awk '$1 == "listening" && $2 == "otlp-grpc" { print $3 }' "$work/collector.out")
    otlp=$(awk '$1 == "listening" && $2 == "otlp-http" { print $3 }' "$work/collector.out")
    http=$(awk '$1 == "listening" && $2 == "http" { print $3 }' "$work/collector.out")
}

stop_collector() {
    kill "$collector_pid" && wait "$collector_pid" || true
}

# field JSON NAME: a number from the flat part of a JSON object.
field() { grep -o "\"$2\":[-0-9.e+]*" <<<"$1" | head -1 | cut -d: -f2; }

# compare WHAT VALUE least|most BUDGET UNIT: a line with the verdict.
compare() {
    awk -v what="$1" -v value="$2" -v sense="$3" -v budget="$4" -v unit="$5" 'BEGIN {
        ok = sense == "least" ? value >= budget : value <= budget
        printf "%-44s %14.2f %-22s at %s %s%s\n", what, value, unit, sense, budget, ok ? "" : "   MISSED" }'
}

# cpu_ticks PID: user and system time in clock ticks.
cpu_ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
