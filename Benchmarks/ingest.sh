#!/usr/bin/env bash
# Durable ingest, sealing included, as spans per CPU-second of the collector: by each door.
# usage: ingest.sh [SPANS]   (default 2000000)
source "$(dirname "$0")/common.sh"
spans=${1:-2000000}

measure() { # NAME BUDGET LOAD-OPTIONS…
    local name=$1 budget=$2
    shift 2
    start_collector "$work/$name"
    local options=()
    for option in "$@"; do
        option=${option/@wire@/$wire}
        option=${option/@grpc@/$grpc}
        options+=("${option/@otlp@/$otlp}")
    done
    local result hertz before after memory acknowledged cpu
    hertz=$(getconf CLK_TCK)
    before=$(cpu_ticks "$collector_pid")
    result=$("$waybill" load --json --seed 1 --spans "$spans" --metrics "http://$http/metrics" "${options[@]}")
    # Sealing runs behind ingest: what it still does after the last acknowledgement is counted too.
    sleep 3
    after=$(cpu_ticks "$collector_pid")
    memory=$(awk '/VmHWM/ { print $2 / 1024 }' "/proc/$collector_pid/status")
    acknowledged=$(field "$result" spansAcknowledged)
    cpu=$(awk -v b="$before" -v a="$after" -v h="$hertz" 'BEGIN { print (a - b) / h }')
    compare "$name: spans per CPU-second" "$(awk -v n="$acknowledged" -v c="$cpu" 'BEGIN { print n / c }')" least \
        "$budget" spans/CPU-s
    printf '%-44s %14.2f %s\n' "$name: CPU-seconds per million spans" \
        "$(awk -v n="$acknowledged" -v c="$cpu" 'BEGIN { print c / n * 1e6 }')" CPU-s
    printf '%-44s %14.0f %s\n' "$name: wall clock" "$(field "$result" spansPerSecond)" spans/s
    printf '%-44s %14.2f %s\n' "$name: bytes on the wire" "$(field "$result" bytesPerSpan)" "a span"
    printf '%-44s %14.2f %s\n' "$name: acknowledged, p50 / p99" \
        "$(awk -v v="$(field "$result" p50)" 'BEGIN { print v / 1000 }')" \
        "ms / $(awk -v v="$(field "$result" p99)" 'BEGIN { printf "%.2f", v / 1000 }') ms"
    compare "$name: collector memory, peak" "$memory" most 256 MiB
    stop_collector
    compare "$name: on disk" "$(du -sb "$work/$name" | awk -v n="$acknowledged" '{ print $1 / n / 504 * 100 }')" most 6 \
        "% of OTLP"
    echo
    rm -rf "${work:?}/$name"
}

echo "Durable ingest of $spans spans (batches of 1000, whole traces)"
measure wire 600000 --wire @wire@
measure otlp-http 400000 --otlp-http http://@otlp@ --concurrency 4
measure otlp-grpc 400000 --otlp-grpc @grpc@ --concurrency 4
echo "Proxy-shaped batches of 100"
measure wire-proxy 600000 --wire @wire@ --shape proxy --minted-ids --batch 100
