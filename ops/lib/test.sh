# shellcheck shell=bash
# Everything that says whether the tree is good, and one count at the end.

PASSED=0
FAILED=0
FAILURES=()

# check NAME COMMAND…: counts as one test.
check() {
    local name=$1
    shift
    say "$name"
    if "$@"; then
        PASSED=$((PASSED + 1))
    else
        FAILED=$((FAILED + 1))
        FAILURES+=("$name")
    fi
}

# runner NAME COMMAND…: counts what the test runner counts.
runner() {
    local name=$1 log=$TEST_DIR/runner.log failed=0 counts
    shift
    say "$name"
    "$@" 2>&1 | tee "$log" >&2 || failed=1
    counts=$(count_tests <"$log")
    PASSED=$((PASSED + ${counts% *}))
    FAILED=$((FAILED + ${counts#* }))
    if [ "$failed" = 1 ]; then
        FAILURES+=("$name")
        # It failed without running its tests: that is one failure too.
        [ "${counts#* }" -gt 0 ] || FAILED=$((FAILED + 1))
    fi
}

# Sums the closing lines of cargo test ("test result: … 3 passed; 1 failed") and nextest ("… 3 passed, 1 failed, …").
count_tests() {
    sed 's/\x1b\[[0-9;]*m//g' | awk '
        /^test result:/ || /^ *Summary \[/ {
            for (i = 2; i <= NF; i++) {
                if ($i ~ /^passed/) passed += $(i - 1)
                if ($i ~ /^failed/) failed += $(i - 1)
                if ($i ~ /^timed/) failed += $(i - 1)
            }
        }
        END { print passed + 0, failed + 0 }'
}

run_tests() {
    cd "$ROOT" || return
    export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}
    check "formatting" cargo fmt --all --check
    check "lints" cargo clippy --locked --workspace --all-targets -- -D warnings
    # Before the tests: those that run our processes expect them built. With the tests, whose features differ: the
    # binaries alone would have every dependency compiled twice.
    check "build" cargo build --locked --workspace --bins --tests
    if have cargo-nextest; then
        # Two for a core: much of a test's time is waiting, for a lease to run out or a server to come back.
        runner "tests" cargo nextest run --locked --workspace --no-fail-fast --test-threads $((2 * $(nproc)))
        runner "documentation tests" cargo test --locked --workspace --doc --no-fail-fast
    else
        runner "tests" cargo test --locked --workspace --no-fail-fast
    fi
    check "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
    check "migrations" "$(target_dir)/debug/migrator" lint
    check "workflows, images, compose files, migrations, scripts, console and client" ops/lint
    if have cargo-deny; then
        # Advisories need the network's newest list: CI's security job asks for it.
        check "dependencies" cargo deny --locked --offline check bans licenses sources
    else
        warn "cargo-deny is not installed (cargo install cargo-deny): licences and sources of dependencies are not checked"
    fi
}

# Slow checks are executables in ops/test/full.d, run in order of their names with the environment of the tests.
# One that prints a test runner's closing line is counted by it, else it counts as one.
run_full() {
    local file
    for file in "$ROOT"/ops/test/full.d/*; do
        if [ -x "$file" ] && [ -f "$file" ]; then runner_or_check "$(basename "$file")" "$file"; fi
    done
}

runner_or_check() {
    local before=$((PASSED + FAILED))
    runner "$@"
    [ $((PASSED + FAILED)) -gt "$before" ] || PASSED=$((PASSED + 1))
}

report_tests() {
    local name
    for name in "${FAILURES[@]}"; do printf 'failed: %s\n' "$name"; done
    printf '%s passed, %s failed\n' "$PASSED" "$FAILED"
    [ "$FAILED" -eq 0 ]
}
