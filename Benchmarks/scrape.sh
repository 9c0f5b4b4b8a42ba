#!/usr/bin/env bash
# What a scrape of many series costs over HTTP, in each format, and what spans on their way in notice of it.
# usage: scrape.sh [SERIES]   (default 100000)
source "$(dirname "$0")/common.sh"
need python3 curl
series=${1:-100000}
hertz=$(getconf CLK_TCK)

printf 'limits: { reportedSeries: %d }\n' "$((series + 1000))" >"$work/collector.yaml"
export WAYBILL_CONFIG="$work/collector.yaml"
start_collector "$work/data"

python3 - "http://$otlp/v1/metrics" "$series" <<'PYTHON'
import json, sys, time, urllib.request
url, series = sys.argv[1], int(sys.argv[2])
now = str(time.time_ns())
for first in range(0, series, 20_000):
    count = min(20_000, series - first)
    points = [
        {"timeUnixNano": now, "asDouble": first + index + 0.5, "attributes": [
            {"key": "customer", "value": {"stringValue": f"c{first + index}"}},
            {"key": "region", "value": {"stringValue": "eu-west-1"}},
            {"key": "method", "value": {"stringValue": "POST"}}]}
        for index in range(count)]
    metric = {"name": "shop.orders", "sum": {"isMonotonic": True, "aggregationTemporality": 2, "dataPoints": points}}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    body = json.dumps({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    answer = json.load(urllib.request.urlopen(request))
    assert answer == {}, answer
PYTHON

scrape() { # NAME ACCEPT [CODING]: the median of 7
    local before after times=()
    before=$(cpu_ticks "$collector_pid")
    for _ in 1 2 3 4 5 6 7; do
        times+=("$(curl -fsS -o "$work/page" -w '%{time_total}' -H "Accept: $2" -H "Accept-Encoding: ${3:-identity}" \
            "http://$http/metrics/mesh")")
    done
    after=$(cpu_ticks "$collector_pid")
    local median
    median=$(printf '%s\n' "${times[@]}" | sort -n | sed -n 4p)
    compare "scrape of $series series, $1" "$(awk -v t="$median" 'BEGIN { print t * 1000 }')" most 200 ms
    printf '%-44s %14.1f %s\n' "$1: CPU" "$(awk -v t=$((after - before)) -v h="$hertz" 'BEGIN { print t / h / 7 * 1e3 }')" ms
    printf '%-44s %14d %s\n' "$1: page" "$(stat -c %s "$work/page")" bytes
}

protobuf='application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'
scrape text 'text/plain;version=0.0.4'
scrape 'text, gzip' 'text/plain;version=0.0.4' gzip
scrape OpenMetrics 'application/openmetrics-text;version=1.0.0'
scrape protobuf "$protobuf"

ingest() { # NAME: paced, so that only waiting shows
    local result
    result=$("$waybill" load --json --seed 1 --spans 200000 --rate 50000 --batch 500 --otlp-http "http://$otlp")
    printf '%-44s %14.2f %s\n' "$1: acknowledged, p50" \
        "$(awk -v v="$(field "$result" p50)" 'BEGIN { print v / 1000 }')" ms
    printf '%-44s %14.2f %s\n' "$1: acknowledged, p99" \
        "$(awk -v v="$(field "$result" p99)" 'BEGIN { print v / 1000 }')" ms
}
ingest "50,000 spans/s"
(while sleep 1; do curl -fsS -o /dev/null -H "Accept: $protobuf" "http://$http/metrics/mesh"; done) &
scraper=$!
started+=("$scraper")
ingest "50,000 spans/s, a scrape every second"
kill "$scraper"
stop_collector
