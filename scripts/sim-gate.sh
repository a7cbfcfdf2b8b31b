#!/usr/bin/env bash
# What the whole check runs of the simulator: seeds of the metadata quorum and of whole clusters without a violation, and
# every planted bug caught within its budget. RAFT_SEEDS and CLUSTER_SEEDS change how many.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
JOBS="${SIM_JOBS:-$(nproc)}"
npm run --silent sim -- --kind raft --seeds "${RAFT_SEEDS:-2000}" --jobs "$JOBS"
npm run --silent sim -- --kind cluster --seeds "${CLUSTER_SEEDS:-100}" --jobs "$JOBS"
npm run --silent sim -- --planted --jobs "$JOBS"
