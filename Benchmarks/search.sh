#!/usr/bin/env bash
# What TraceQL queries cost over HTTP on a store of a given size: p50 and p99 of the newest 20 traces.
# usage: search.sh [SPANS]   (default 10000000)
source "$(dirname "$0")/common.sh"
need wrk python3
spans=${1:-10000000}
seconds=${WAYBILL_SEARCH_SECONDS:-8}
hertz=$(getconf CLK_TCK)

cat >"$work/ask.lua" <<'LUA'
local failed = 0
function response(status) if status ~= 200 then failed = failed + 1 end end
function done(summary, latency)
    io.write(string.format("answered %d p50 %.2f p99 %.2f\n", summary.requests,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
LUA

start_collector "$work/data"
"$waybill" load --json --wire "$wire" --spans "$spans" --acknowledged "$work/acknowledged" >/dev/null
# Sealing and merging end before anything is measured.
quiet=0
last=$(cpu_ticks "$collector_pid")
while [ $quiet -lt 3 ]; do
    sleep 1
    now=$(cpu_ticks "$collector_pid")
    if [ $((now - last)) -le 2 ]; then quiet=$((quiet + 1)); else quiet=0; fi
    last=$now
done
read -r trace _ payment < <(sed -n "$(($(wc -l <"$work/acknowledged") / 3))p" "$work/acknowledged")

quoted() { python3 -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1]))' "$1"; }

ask() { # WHAT QUERY [BUDGET]: one client, one query after another
    get "$1" "/api/v1/search?limit=20&q=$(quoted "$2")" "${3:-100}"
}

get() { # WHAT PATH [BUDGET]
    local path=$2 answered before after
    curl -fsS "http://$http$path" >"$work/answer"
    before=$(cpu_ticks "$collector_pid")
    read -r _ answered _ p50 _ p99 < <(wrk -t1 -c1 -d"${seconds}s" --timeout 30s -s "$work/ask.lua" "http://$http$path" |
        grep '^answered')
    after=$(cpu_ticks "$collector_pid")
    printf '%-34s p50 %8.2f ms  p99 %8.2f ms  CPU %7.2f ms  found %3d  %s%s\n' "$1" "$p50" "$p99" \
        "$(awk -v t=$((after - before)) -v h="$hertz" -v n="$answered" 'BEGIN { print n ? t / h * 1000 / n : 0 }')" \
        "$(grep -oE '"rootService"|"processes"|"samples"' "$work/answer" | wc -l)" \
        "$(grep -qE '"partial":true|"status":"PARTIAL"' "$work/answer" && echo partial)" \
        "$(awk -v p="$p99" -v b="${3:-100}" 'BEGIN { if (p > b) print "  MISSED " b " ms" }')"
}

printf '%s spans, the newest 20 traces\n' "$(printf "%'d" "$spans")"
ask "everything" '{ }'
ask "a service" '{ resource.service.name = "ledger" }'
ask "errors" '{ status = error }'
ask "errors of a service" '{ resource.service.name = "fraud" && status = error }'
ask "slow spans" '{ duration > 100ms }'
ask "one payment" "{ span.payment.transaction_id = \"$payment\" }"
ask "one trace" "{ trace:id = \"$trace\" }"
ask "nothing has it" '{ span.no.such.key = "x" }'
ask "regular expression" '{ resource.service.name =~ "led.*" && name =~ "PUT .*" }'
ask "root" '{ nestedSetParent < 0 && duration > 50ms }'
ask "descendants of a service" '{ resource.service.name = "payments" } >> { status = error }'
ask "one payment and errors" "{ span.payment.transaction_id = \"$payment\" } && { kind = server }"
ask "count" '{ kind = server } | count() > 5'
ask "group" '{ } | by(resource.service.name) | count() > 3'
ask "trace duration" '{ rootServiceName = "gateway" && traceDuration > 20ms }'
every='start=0&end=9000000000000000'
get "Jaeger, a service" "/jaeger/api/traces?service=ledger&limit=20&$every"
get "Jaeger, a tag" "/jaeger/api/traces?service=ledger&limit=20&$every&tags=$(quoted '{"http.request.method":"PUT"}')"
get "Zipkin, a service" "/zipkin/api/v2/traces?serviceName=ledger&limit=20&endTs=9000000000000&lookback=9000000000000"

# Metrics read whatever they count: a window is what bounds them.
newest=$(curl -fsS "http://$http/api/v1/search?limit=1&q=%7B%7D" | grep -o '"start":"[^"]*"' | head -1 | cut -d'"' -f4)
end=$(date -d "$newest" +%s)
for window in 60 600; do
    range="start=$((end - window))&end=$end"
    for query in '{ status = error } | rate() by (resource.service.name)' '{ kind = server } | rate()' \
        '{ kind = server } | quantile_over_time(duration, .99) by (resource.service.name)'; do
        get "${window}s: $query" "/tempo/api/metrics/query_range?$range&q=$(quoted "$query")" 1000
    done
done
stop_collector
