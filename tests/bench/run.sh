#!/usr/bin/env bash
# Called by `./dev bench`: the load runs on core 1, the broker on core 0.
set -euo pipefail
exec taskset -c 1 "${CITY_BIN_DIR:?}/city-bench" "$@"
