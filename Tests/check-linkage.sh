#!/bin/sh
# Fails when the data plane links what it must not carry: full Foundation, ICU, SQLite, YAML, certificate tooling.
set -eu
binary=${1:?"usage: check-linkage.sh BINARY"}
test -x "$binary" || { echo "check-linkage: $binary is not an executable" >&2; exit 2; }

libraries=$( (ldd "$binary" 2>/dev/null || true; readelf -d "$binary") | grep -oE '[A-Za-z_0-9+-]+\.so[.0-9]*' | sort -u)
test -n "$libraries" || { echo "check-linkage: no library of $binary could be read" >&2; exit 2; }
failed=0
for name in libFoundation libFoundationInternationalization lib_FoundationICU libFoundationNetworking libFoundationXML \
    libsqlite3 libyaml; do
    if printf '%s\n' "$libraries" | grep -qE "^$name\.so"; then
        echo "check-linkage: $binary links $name" >&2
        failed=1
    fi
done
# Statically linked modules leave their mangled names: <length><module>.
symbols=$(mktemp)
trap 'rm -f "$symbols"' EXIT
readelf -sW "$binary" | awk '{print $8}' >"$symbols"
grep -qE '5Proxy' "$symbols" || { echo "check-linkage: $binary has no symbols to look at" >&2; exit 2; }
for module in 4Yams 4X509 5CYaml 9SwiftASN1 15ArgumentParser sqlite3_open; do
    if grep -qE "^(\\\$s.*)?$module" "$symbols"; then
        echo "check-linkage: $binary contains symbols of $module" >&2
        failed=1
    fi
done
exit $failed
