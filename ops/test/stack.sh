# shellcheck shell=bash
# A stack of `ops/dev` of its own, for the executables of full.d. Needs ROOT (ops/lib/common.sh).

# own_stack NAME: starts it; OWN is its state directory, and the ports are in API_PORT and the like.
own_stack() {
    OWN=$(mktemp -d "${TMPDIR:-/tmp}/blockbotx-$1.XXXXXX")
    chmod 0711 "$OWN"
    BLOCKBOTX_DEV_STATE=$OWN "$ROOT/ops/dev" up >"$OWN/up.log" 2>&1 || {
        tail -n 30 "$OWN/up.log" >&2
        die "the stack did not start"
    }
    # shellcheck source=/dev/null
    . "$OWN/services/services.env"
    # shellcheck source=/dev/null
    . "$OWN/stack.env"
}

drop_stack() {
    [ -n "${OWN:-}" ] || return 0
    BLOCKBOTX_DEV_STATE=$OWN "$ROOT/ops/dev" down >/dev/null 2>&1 || true
    rm -rf "$OWN"
    OWN=
}
