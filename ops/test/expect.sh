# shellcheck shell=bash
# Counting expectations, for the executables of full.d.

passed=0
failed=0

# expect WHAT COMMAND…
expect() {
    local what=$1
    shift
    if "$@"; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        printf 'failed: %s\n' "$what" >&2
    fi
}

# The line that ops/dev counts.
report() {
    printf 'test result: %s. %s passed; %s failed;\n' "$([ "$failed" = 0 ] && echo ok || echo FAILED)" "$passed" "$failed"
    [ "$failed" = 0 ]
}
