# shellcheck shell=bash
# The programs that an executable of full.d runs. Needs ROOT (ops/lib/common.sh).

# programs: the directory of api, gateway and migrator. BLOCKBOTX_PROGRAMS names one whose programs are taken as they are;
# else debug builds of this tree are made.
programs() {
    if [ -n "${BLOCKBOTX_PROGRAMS:-}" ]; then
        (cd "$BLOCKBOTX_PROGRAMS" && pwd -P)
        return
    fi
    local target
    target=$(cd "$ROOT" && cargo metadata --no-deps --locked --format-version 1 | grep -o '"target_directory":"[^"]*"' | cut -d'"' -f4)
    (cd "$ROOT" && cargo build --locked --workspace --bins --tests) >&2
    printf %s "$target/debug"
}
