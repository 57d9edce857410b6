#!/usr/bin/env bash
# The long campaign of kills: ./dev soak [--logins N] [--kills N] [--faults N] [--minutes N] [--seed N] [--engine sqlite|postgres+redis]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

minutes=60
for ((at = 1; at < $#; at++)); do
  next=$((at + 1))
  [[ ${!at} != --minutes ]] || minutes=${!next}
done
[[ $minutes =~ ^[0-9]+$ ]] || { echo "--minutes takes a whole number" >&2; exit 2; }
# The campaign itself stops in time. This bounds one that hangs.
status=0
timeout --foreground $((minutes + 20))m "${CITY_TEST_PYTHON:?is set by ./dev soak}" tests/soak/kills.py "$@" || status=$?
[[ $status != 124 ]] || echo "the campaign hung and was ended" >&2
exit "$status"
