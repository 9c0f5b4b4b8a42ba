#!/usr/bin/env bash
# Runs every suite of a finished release build, one after the other; what failed is told once more at the end.
set -uo pipefail
log=$(mktemp "${TMPDIR:-/tmp}/waybill-suites.XXXXXX")
trap 'rm -f "$log"' EXIT
swift test -c release --skip-build --no-parallel 2>&1 | tee "$log"
status=$?
if [ "$status" != 0 ]; then
    printf '\nWhat failed:\n'
    grep -aE -A3 'recorded an issue|Fatal error|Crash:|error: Exited' "$log" | cut -c1-1000 | head -200
fi
exit "$status"
