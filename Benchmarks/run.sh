#!/usr/bin/env bash
# Every benchmark, figures beside their budgets.
set -euo pipefail
cd "$(dirname "$0")"
swift run -c release Microbenchmarks
./ingest.sh
./journey.sh
./proxy.sh
./side-by-side.py
