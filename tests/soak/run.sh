#!/usr/bin/env bash
# The long campaign of kills: ./dev soak [--logins N] [--kills N] [--seed N] [--engine sqlite|postgres+redis]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

venv=tests/peers/.venv
if [[ ! -x $venv/bin/python ]]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check -r tests/peers/requirements.txt
fi
exec "$venv/bin/python" tests/soak/kills.py "$@"
