# shellcheck shell=bash
# Brings what is missing: the compiler's side from the machine's package manager, the servers unpacked
# into our own cache (so that no system service starts, and it works without root), PgBouncer built when
# Debian's is too old to track prepared statements.

PGBOUNCER_MIN=1.21
PGBOUNCER_SUITE=trixie # the Debian release whose source package is built instead

# Everything is called through $TOOLS, whether it is the machine's or ours.
choose_tools_dir() { TOOLS=$CACHE/bin; }

# apt_private COMMAND…: apt with lists and archives of our own; the machine's stay as they are.
apt_private() {
    local apt=$CACHE/apt
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    "${@:1:1}" -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" -o Dir::State::status=/var/lib/dpkg/status \
        -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true -o Acquire::Retries=3 -qq "${@:2}"
}

update_private_lists() {
    [ -z "${PRIVATE_LISTS_FRESH:-}" ] || return 0
    apt_private apt-get update >"$CACHE/apt.log" 2>&1 ||
        die_with_log "$CACHE/apt.log" "the Debian mirror of this machine does not answer (apt-get update failed)"
    PRIVATE_LISTS_FRESH=1
}

# unpack INTO PACKAGE…: with what they need that is not installed.
unpack() {
    local into=$1 archives=$CACHE/apt/cache/archives deb
    shift
    update_private_lists
    rm -f "$archives"/*.deb
    apt_private apt-get install --yes --download-only --reinstall --no-install-recommends "$@" >&2 ||
        die "could not download: $*"
    mkdir -p "$into"
    for deb in "$archives"/*.deb; do dpkg-deb --extract "$deb" "$into"; done
    rm -f "$archives"/*.deb
}

# link_tool NAME REAL [PREFIX]: a wrapper rather than a symlink, because unpacked programs need their libraries named.
link_tool() {
    local name=$1 real=$2 prefix=${3:-}
    {
        printf '#!/bin/sh\n'
        # shellcheck disable=SC2016 # for the wrapper to expand
        if [ -n "$prefix" ]; then
            printf 'export LD_LIBRARY_PATH=%q${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}\n' \
                "$(find "$prefix" -name 'lib*.so.*' -printf '%h\n' | sort -u | paste -sd:)"
        fi
        printf 'exec %q "$@"\n' "$real"
    } >"$TOOLS/$name.new"
    chmod 0755 "$TOOLS/$name.new"
    mv "$TOOLS/$name.new" "$TOOLS/$name"
}

works() { [ -x "$TOOLS/$1" ] && "$TOOLS/$1" --version >/dev/null 2>&1; }

need_postgres() {
    local bin tool prefix=
    if works postgres && works initdb && works psql; then return; fi
    bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n1)
    if [ ! -x "$bin/initdb" ]; then
        say "fetching PostgreSQL"
        prefix=$CACHE/postgresql
        unpack "$prefix" postgresql
        bin=$(printf '%s\n' "$prefix"/usr/lib/postgresql/*/bin | sort -V | tail -n1)
    fi
    for tool in postgres initdb psql pg_isready pg_dump pg_restore; do link_tool "$tool" "$bin/$tool" "$prefix"; done
    works postgres || die "PostgreSQL does not run: $("$TOOLS/postgres" --version 2>&1)"
}

need_redis() {
    local prefix=
    if works redis-server && works redis-cli; then return; fi
    if have redis-server && have redis-cli; then
        link_tool redis-server "$(command -v redis-server)"
        link_tool redis-cli "$(command -v redis-cli)"
        return
    fi
    say "fetching Redis"
    prefix=$CACHE/redis
    unpack "$prefix" redis-server redis-tools
    link_tool redis-server "$prefix/usr/bin/redis-server" "$prefix"
    link_tool redis-cli "$prefix/usr/bin/redis-cli" "$prefix"
    works redis-server || die "Redis does not run: $("$TOOLS/redis-server" --version 2>&1)"
}

# at_least WANTED HAVE
at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n1)" = "$1" ]; }

need_pgbouncer() {
    local installed candidate
    if works pgbouncer; then return; fi
    installed=$(pgbouncer --version 2>/dev/null | sed -n 's/^PgBouncer //p' || true)
    if [ -n "$installed" ] && at_least "$PGBOUNCER_MIN" "$installed"; then
        link_tool pgbouncer "$(command -v pgbouncer)"
        return
    fi
    update_private_lists
    candidate=$(apt_private apt-cache policy pgbouncer | sed -n 's/^ *Candidate: //p')
    if [ -n "$candidate" ] && [ "$candidate" != "(none)" ] && at_least "$PGBOUNCER_MIN" "${candidate#*:}"; then
        say "fetching PgBouncer $candidate"
        unpack "$CACHE/pgbouncer" pgbouncer
        link_tool pgbouncer "$CACHE/pgbouncer/usr/sbin/pgbouncer" "$CACHE/pgbouncer"
    else
        build_pgbouncer
    fi
    works pgbouncer || die "PgBouncer does not run: $("$TOOLS/pgbouncer" --version 2>&1)"
}

# The negative case of the self-test at boot: a pooler that does not track prepared statements, where Debian still has one.
need_old_pgbouncer() {
    local candidate
    if works pgbouncer-old; then return; fi
    update_private_lists
    candidate=$(apt_private apt-cache policy pgbouncer | sed -n 's/^ *Candidate: //p')
    if [ -z "$candidate" ] || [ "$candidate" = "(none)" ] || at_least "$PGBOUNCER_MIN" "${candidate#*:}"; then
        say "no PgBouncer older than $PGBOUNCER_MIN here: the self-test is tried with tracking turned off only"
        return
    fi
    say "fetching PgBouncer $candidate, as the one to be refused"
    unpack "$CACHE/pgbouncer-old" pgbouncer
    link_tool pgbouncer-old "$CACHE/pgbouncer-old/usr/sbin/pgbouncer" "$CACHE/pgbouncer-old"
    works pgbouncer-old || die "the old PgBouncer does not run: $("$TOOLS/pgbouncer-old" --version 2>&1)"
}

# The machine's own Debian mirror, asked for the source packages of another release.
write_source_list() {
    local mirror
    mirror=$(find /etc/apt -maxdepth 2 \( -name '*.list' -o -name '*.sources' \) -exec cat {} + |
        awk '!/^[[:space:]]*#/ { for (i = 1; i <= NF; i++) if ($i ~ /^(https?|file):.*\/debian\/?$/) { print $i; exit } }')
    [ -n "$mirror" ] || die "no Debian mirror found in /etc/apt: cannot fetch PgBouncer's source"
    cat >"$1" <<SOURCES
Types: deb-src
URIs: $mirror
Suites: $PGBOUNCER_SUITE
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
}

build_pgbouncer() {
    local work headers version source
    need_compiler
    say "building PgBouncer (Debian's is older than $PGBOUNCER_MIN); about a minute, once"
    work=$(mktemp -d "$CACHE/build.XXXXXX")
    headers=$work/libevent
    unpack "$headers" libevent-dev
    write_source_list "$work/$PGBOUNCER_SUITE.sources"
    mkdir -p "$work/lists/partial"
    local apt=(-o Dir::Etc::sourcelist="$work/$PGBOUNCER_SUITE.sources" -o Dir::Etc::sourceparts=/dev/null
        -o Dir::State::lists="$work/lists")
    (
        cd "$work" # apt-get source writes where it stands
        apt_private apt-get "${apt[@]}" update
        apt_private apt-get "${apt[@]}" source pgbouncer
    ) >"$work/log" 2>&1 || die_with_log "$work/log" "could not fetch PgBouncer's source"
    source=$(find "$work" -maxdepth 1 -type d -name 'pgbouncer-*')
    version=${source##*-}
    (
        cd "$source"
        # Linked statically, so that the result needs nothing but libssl and libc.
        ./configure --without-cares --without-systemd --without-pam \
            LIBEVENT_CFLAGS="-I$headers/usr/include -I$headers/usr/include/$(gcc -dumpmachine)" \
            LIBEVENT_LIBS="$(find "$headers" -name libevent.a)"
        make -j"$(nproc)" pgbouncer
    ) >>"$work/log" 2>&1 || die_with_log "$work/log" "PgBouncer did not build"
    install -D -m 0755 "$source/pgbouncer" "$CACHE/pgbouncer-$version/pgbouncer"
    link_tool pgbouncer "$CACHE/pgbouncer-$version/pgbouncer"
    rm -rf "$work"
}

die_with_log() {
    tail -n 20 "$1" >&2
    die "$2 (whole log: $1)"
}

# install_system PACKAGE…: for what has to be in the system itself, the compiler and its headers.
install_system() {
    local sudo=()
    if ! is_root; then
        if ! sudo -n true 2>/dev/null; then
            die "please install these first (needs root): apt-get install $*"
        fi
        sudo=(sudo -n)
    fi
    say "installing $*"
    "${sudo[@]}" apt-get update -qq >&2
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

need_compiler() {
    local missing=()
    have cc && have make || missing+=(build-essential)
    have pkg-config || missing+=(pkg-config)
    [ -e /usr/include/openssl/ssl.h ] || missing+=(libssl-dev)
    have dpkg-source || missing+=(dpkg-dev)
    have curl || missing+=(curl ca-certificates)
    [ ${#missing[@]} -eq 0 ] || install_system "${missing[@]}"
}

need_rust() {
    PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
    export PATH
    if ! have cargo; then
        if apt-cache policy rustup 2>/dev/null | grep -q 'Candidate: [0-9]'; then
            install_system rustup
        else
            say "installing Rust with rustup"
            curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --no-modify-path --default-toolchain none >&2 ||
                die "could not install rustup"
        fi
    fi
    # rust-toolchain.toml names the version; rustup fetches it when it is not there.
    (cd "$ROOT" && cargo --version) >/dev/null 2>&1 ||
        (cd "$ROOT" && rustup toolchain install) >&2 ||
        die "the Rust toolchain of rust-toolchain.toml is missing and could not be fetched"
}

# Checks the rules of ops/observability. A static program: its package's dependencies are not needed.
need_promtool() {
    local prefix=$CACHE/prometheus
    if works promtool; then return; fi
    if ! have promtool; then
        say "fetching promtool"
        update_private_lists
        mkdir -p "$prefix"
        (cd "$prefix" && apt_private apt-get download prometheus && dpkg-deb --extract prometheus_*.deb . && rm -f prometheus_*.deb) >&2
        link_tool promtool "$prefix/usr/bin/promtool"
    else
        link_tool promtool "$(command -v promtool)"
    fi
    works promtool || die "promtool does not run"
}

# Checks what ops/observability/alertmanager.sh writes. A static program, like promtool.
need_amtool() {
    local prefix=$CACHE/alertmanager
    if works amtool; then return; fi
    say "fetching amtool"
    update_private_lists
    mkdir -p "$prefix"
    (cd "$prefix" && apt_private apt-get download prometheus-alertmanager && dpkg-deb --extract prometheus-alertmanager_*.deb . &&
        rm -f prometheus-alertmanager_*.deb) >&2
    link_tool amtool "$prefix/usr/bin/amtool"
    works amtool || die "amtool does not run"
}

need_servers() { with_cache need_postgres need_redis need_pgbouncer need_old_pgbouncer; }

# with_cache FUNCTION…: one copy of the checkout at a time fills the cache.
with_cache() {
    local need cache_lock
    mkdir -p "$TOOLS"
    exec {cache_lock}>"$CACHE/lock"
    flock "$cache_lock"
    for need in "$@"; do "$need"; done
    exec {cache_lock}>&-
}
