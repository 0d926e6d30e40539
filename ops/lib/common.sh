# shellcheck shell=bash
# What every ops script needs: where things are, how to speak, how to own a background process.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
warn() { printf '\033[1;33mwarning:\033[0m %s\n' "$*" >&2; }
die() {
    printf '\033[1;31merror:\033[0m %s\n' "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" -eq 0 ]; }

# Postgres and PgBouncer refuse to run as root, so root hands the servers to `nobody`.
AS_SERVICE=()
SERVICE_OWNER=$(id -u):$(id -g)
if is_root; then
    SERVICE_OWNER=$(id -u nobody):$(id -g nobody)
    AS_SERVICE=(setpriv "--reuid=${SERVICE_OWNER%:*}" "--regid=${SERVICE_OWNER#*:}" --clear-groups --)
fi

# Can the user that runs the servers get into this directory?
service_can_enter() { "${AS_SERVICE[@]}" test -x "$1" -a -r "$1"; }

# One state directory for each checkout: inside it where the servers can reach it, else one of our own under /tmp.
choose_state_dir() {
    if [ -n "${BLOCKBOTX_DEV_STATE:-}" ]; then
        STATE=$BLOCKBOTX_DEV_STATE
    elif [ -w "$ROOT" ] && service_can_enter "$ROOT"; then
        STATE=$ROOT/.dev
    else
        STATE=${TMPDIR:-/tmp}/blockbotx-$(id -u)-$(printf %s "$ROOT" | sha256sum | cut -c1-12)
    fi
}

# /tmp is everyone's: a directory that somebody else put at our name is not used.
make_state_dir() {
    mkdir -p "$STATE"
    [ -O "$STATE" ] || die "$STATE belongs to somebody else; set BLOCKBOTX_DEV_STATE to a directory of yours"
    chmod 0711 "$STATE"
    service_can_reach "$STATE" || die "user nobody cannot reach $STATE; set BLOCKBOTX_DEV_STATE to a directory that it can"
}
service_can_reach() { "${AS_SERVICE[@]}" test -x "$1"; }

# Downloads and builds that any copy of the checkout can use again. Root's home is closed to the servers' user.
choose_cache_dir() {
    # shellcheck source=/dev/null
    CODENAME=$(. /etc/os-release && printf %s "${VERSION_CODENAME:-unknown}")
    local base=${XDG_CACHE_HOME:-${HOME:-$STATE}/.cache}
    if is_root; then base=/var/cache; fi
    CACHE=${BLOCKBOTX_DEV_CACHE:-$base/blockbotx}/$CODENAME-$(dpkg --print-architecture)
    mkdir -p "$CACHE"
}

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

port_taken() {
    local hex
    hex=$(printf '%04X' "$1")
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$hex" '$4 == "0A" && index($2, port) == length($2) - 4 { found = 1 } END { exit !found }'
}

# free_port WANTED [ALREADY_CHOSEN…]: the wanted port, or the next one that nobody uses.
free_port() {
    local port=$1
    shift
    while port_taken "$port" || [[ " $* " == *" $port "* ]]; do port=$((port + 1)); done
    printf %s "$port"
}

# Below the kernel's range for outgoing connections, so that nothing takes it by accident.
random_port() { printf %s $((20000 + (RANDOM % 10000))); }

# A process is its pid and its start time: pids are used again.
process_started_at() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    stat=${stat##*) }
    # shellcheck disable=SC2086 # the fields of the line
    set -- $stat
    [ "$1" != Z ] || return 1
    printf %s "${20}"
}

# spawn PIDFILE LOG COMMAND…: in a session of its own, so that it outlives this script and its terminal, and without
# our open files: it would hold our locks.
spawn() {
    local pidfile=$1 log=$2 pid
    shift 2
    (
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            if [ "$fd" -gt 2 ]; then eval "exec $fd>&-"; fi
        done
        exec setsid "$@"
    ) >>"$log" 2>&1 </dev/null &
    pid=$!
    printf '%s %s\n' "$pid" "$(process_started_at "$pid")" >"$pidfile"
}

pid_of() {
    local pid started
    [ -f "$1" ] && read -r pid started <"$1" && [ -n "$started" ] && [ "$(process_started_at "$pid")" = "$started" ] && printf %s "$pid"
}
is_alive() { pid_of "$1" >/dev/null; }

# halt PIDFILE SIGNAL SECONDS: asks, waits, then kills.
halt() {
    local pid tries
    if pid=$(pid_of "$1"); then
        kill "-$2" "$pid" 2>/dev/null || true
        for ((tries = $3 * 20; tries > 0; tries--)); do
            is_alive "$1" || break
            sleep 0.05
        done
        if is_alive "$1"; then
            warn "$(basename "$1" .pid) did not stop within $3 s: killed"
            kill -KILL "$pid" 2>/dev/null || true
        fi
        wait "$pid" 2>/dev/null || true
    fi
    rm -f "$1"
}

# until_true SECONDS COMMAND…
until_true() {
    local tries=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        ((tries-- > 0)) || return 1
        sleep 0.1
    done
}
