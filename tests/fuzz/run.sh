#!/usr/bin/env bash
# Long fuzzing: ./dev fuzz [--minutes N] [--rounds N] [--seed N] [TARGET]
#
# TARGET is gate, address, query or assertion; all without it. One batch after another with the next seed, until the time
# is over. What made a batch fail is kept in var/fuzz, and its seed is printed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

minutes=10
rounds=20000
seed=$((RANDOM * 32768 + RANDOM))
filter=mutation
while [[ $# -gt 0 ]]; do
  case $1 in
    --minutes) minutes=${2:?--minutes needs a number} && shift ;;
    --rounds) rounds=${2:?--rounds needs a number} && shift ;;
    --seed) seed=${2:?--seed needs a number} && shift ;;
    gate) filter=no_mutation_of_an_answer ;;
    address) filter=no_mutation_of_an_address ;;
    query) filter=no_mutation_of_a_signed_query ;;
    assertion) filter=no_mutation_of_an_assertion ;;
    *)
      echo "unknown option $1; usage: ./dev fuzz [--minutes N] [--rounds N] [--seed N] [gate|address|query|assertion]" >&2
      exit 2
      ;;
  esac
  shift
done
[[ $minutes$rounds$seed =~ ^[0-9]+$ ]] || { echo "minutes, rounds and seed are whole numbers" >&2; exit 2; }

found=$PWD/var/fuzz
mkdir -p "$found"
export CITY_FUZZ_ROUNDS=$rounds CITY_FUZZ_FOUND=$found
echo "Building the tests (the first time takes minutes, later seconds)"
cargo test --workspace --lib --no-run

deadline=$((SECONDS + minutes * 60))
batches=0
while ((batches == 0 || SECONDS < deadline)); do
  left=$((deadline > SECONDS ? deadline - SECONDS : 0)) began=$SECONDS
  echo "seed $seed: $rounds rounds of each target ($left s left)"
  log=$found/seed-$seed.log
  # A batch may end after the time, not hang for ever.
  if ! CITY_FUZZ_SEED=$seed timeout --foreground $((left + 1800)) cargo test -q --workspace --lib -- "$filter" >"$log" 2>&1; then
    tail -n 40 "$log"
    echo "failed with seed $seed; see $log and the inputs beside it" >&2
    echo "again: CITY_FUZZ_SEED=$seed CITY_FUZZ_ROUNDS=$rounds cargo test --workspace --lib $filter" >&2
    exit 1
  fi
  # A filter that names nothing must not pass for a quiet night.
  ran=$(awk '/^test result: / { n += $4 } END { print n + 0 }' "$log")
  ((ran > 0)) || { echo "no target is called $filter; see $log" >&2; exit 1; }
  echo "  $ran targets held, $((SECONDS - began)) s"
  rm -f "$log"
  batches=$((batches + 1))
  seed=$((seed + 1))
done
echo "$batches batches of $rounds rounds, nothing found"
