# shellcheck shell=bash
# What the scripts of the CI jobs share. Each is `ops/ci/JOB [STEP…]`: a workflow calls it step by step, a person without
# one and gets the whole job.

set -Eeuo pipefail
# shellcheck source=ops/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

# run_steps DEFAULT… -- ASKED…: calls step_NAME for each.
run_steps() {
    local defaults=() step
    while [ "$1" != -- ]; do
        defaults+=("$1")
        shift
    done
    shift
    [ $# -gt 0 ] || set -- "${defaults[@]}"
    for step; do
        declare -F "step_${step//-/_}" >/dev/null || die "no such step: $step (there are: ${defaults[*]})"
    done
    cd "$ROOT" || return
    choose_state_dir
    for step; do
        say "$(basename "$0"): $step"
        "step_${step//-/_}"
    done
}

# The environment of the test services, which `ops/dev services` starts.
use_services() {
    local file=$STATE/test-services/test.env
    [ -f "$file" ] || ops/dev services >/dev/null
    set -a
    # shellcheck source=/dev/null
    . "$file"
    set +a
    PATH=$BLOCKBOTX_TEST_TOOLS:$PATH
}

target_dir() { printf %s "${CARGO_TARGET_DIR:-$ROOT/target}"; }

# direct_url DATABASE
direct_url() { printf '%s/%s' "${BLOCKBOTX_TEST_PG%/*}" "$1"; }

# pooled_url DATABASE
pooled_url() { printf '%s@%s/%s' "${BLOCKBOTX_TEST_PG%@*}" "$BLOCKBOTX_TEST_PGBOUNCER" "$1"; }

fresh_database() {
    psql -X -q "$BLOCKBOTX_TEST_PG" -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)" -c "CREATE DATABASE $1"
}
