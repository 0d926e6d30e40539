# shellcheck shell=bash
# A Docker daemon of our own, for tests: Debian's packages unpacked into the cache, everything that it keeps in one
# directory, base images made of Debian packages under the names that the Dockerfiles and compose files use.

need_docker() {
    local prefix=$CACHE/docker name
    if [ ! -x "$prefix/usr/sbin/dockerd" ]; then
        say "fetching Docker and docker-compose"
        unpack "$prefix.new" docker.io containerd runc docker-compose mmdebstrap iptables tini
        rm -rf "$prefix"
        mv "$prefix.new" "$prefix"
    fi
    have python3 || install_system python3
    for name in bin/docker bin/containerd bin/containerd-shim-runc-v2 sbin/runc sbin/dockerd sbin/docker-proxy; do
        link_tool "${name#*/}" "$prefix/usr/$name"
    done
    # The daemon redirects each container's DNS with it, whatever it is told about the host's rules.
    link_tool iptables "$prefix/usr/sbin/iptables-nft" "$prefix"
    link_tool ip6tables "$prefix/usr/sbin/ip6tables-nft" "$prefix"
    cat >"$TOOLS/docker-compose.new" <<COMPOSE
#!/bin/sh
export PYTHONPATH='$prefix/usr/lib/python3/dist-packages'
exec /usr/bin/python3 '$prefix/usr/bin/docker-compose' "\$@"
COMPOSE
    chmod 0755 "$TOOLS/docker-compose.new"
    mv "$TOOLS/docker-compose.new" "$TOOLS/docker-compose"
}

# bootstrap FILE PACKAGES [SUITE]: a root file system of Debian packages, as small as the official slim image.
bootstrap() {
    local file=$CACHE/bases/$1.tar suite=${3:-$CODENAME} mirror exclude options=()
    [ ! -s "$file" ] || return 0
    say "making the base image $1 of Debian packages"
    mkdir -p "$CACHE/bases"
    mirror=$(find /etc/apt -maxdepth 2 \( -name '*.list' -o -name '*.sources' \) -exec cat {} + |
        awk '!/^[[:space:]]*#/ { for (i = 1; i <= NF; i++) if ($i ~ /^(https?|file):.*\/debian\/?$/) { print $i; exit } }')
    for exclude in man locale doc info; do options+=("--dpkgopt=path-exclude=/usr/share/$exclude/*"); done
    [ -z "$2" ] || options+=("--include=$2")
    # usrmerge would bring the whole of perl; like the official image, it keeps no caches of apt.
    # shellcheck disable=SC2016 # for mmdebstrap's shell
    PATH=$CACHE/docker/usr/bin:$PATH mmdebstrap --mode=root --variant=minbase "${options[@]}" \
        --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Dir::Cache::pkgcache ""' --aptopt='Dir::Cache::srcpkgcache ""' \
        --dpkgopt='path-include=/usr/share/doc/*/copyright' --hook-dir="$CACHE/docker/usr/share/mmdebstrap/hooks/merged-usr" \
        --setup-hook='mkdir -p "$1/etc/apt/preferences.d"
            printf "Package: usrmerge\nPin: release *\nPin-Priority: -1\n" >"$1/etc/apt/preferences.d/usrmerge"' \
        --customize-hook='echo "DPkg::Post-Invoke { \"rm -f /var/cache/apt/archives/*.deb || true\"; };" >"$1/etc/apt/apt.conf.d/docker-clean"' \
        "$suite" "$file.new.tar" "$mirror" >"$CACHE/bootstrap.log" 2>&1 || die_with_log "$CACHE/bootstrap.log" "no base image $1"
    mv "$file.new.tar" "$file"
}

need_base_images() {
    bootstrap slim ''
    bootstrap servers postgresql,redis-server,busybox
    # HAProxy knows `init-state` since 3.1, which no Debian release of this age has.
    bootstrap edge haproxy,busybox testing
}

# daemon_start DIR: false where this machine does not let us.
daemon_start() {
    local dir=$1
    is_root || return 1
    mkdir -p "$dir/docker" "$dir/client"
    # Extensions of iptables are looked for beside the system's.
    XTABLES_LIBDIR=$(find "$CACHE/docker/usr/lib" -type d -name xtables | head -n1)
    export XTABLES_LIBDIR
    export DOCKER_HOST=unix://$dir/docker.sock DOCKER_CONFIG=$dir/client DOCKER_BUILDKIT=0
    # The host's packet filter stays as it is: containers of one network reach each other without, the proxy publishes ports.
    # Its init is copied into containers: the program itself, not our wrapper.
    spawn "$dir/dockerd.pid" "$dir/dockerd.log" dockerd --data-root "$dir/docker" --exec-root "$dir/exec" \
        --init-path "$CACHE/docker/usr/bin/tini-static" \
        --pidfile "$dir/docker.pid" --host "$DOCKER_HOST" --storage-driver overlay2 --bridge none \
        --iptables=false --ip6tables=false --ip-masq=false --ip-forward=false
    until_true 60 daemon_answers "$dir"
}

daemon_answers() { is_alive "$1/dockerd.pid" && docker info; }

# daemon_stop DIR: and nothing of it is left, neither containers, networks and mounts nor files.
daemon_stop() {
    local dir=$1 left
    if is_alive "$dir/dockerd.pid"; then
        mapfile -t left < <(docker ps -aq)
        [ ${#left[@]} -eq 0 ] || docker rm -f -v "${left[@]}" >/dev/null 2>&1 || true
        docker network prune -f >/dev/null 2>&1 || true
        halt "$dir/dockerd.pid" TERM 30
    fi
    awk -v dir="$dir/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r | while read -r left; do umount -l "$left"; done
    rm -rf "$dir/docker" "$dir/exec" "$dir/client"
}

# For .env: the images of others by the names of import_base_images, without the digests that only a registry has.
image_variables() {
    printf '%s\n' POSTGRES_IMAGE=postgres:16-alpine REDIS_IMAGE=redis:7-alpine EDGE_IMAGE=haproxy:3.2-alpine PGBOUNCER_IMAGE=pgbouncer:test \
        BACKUP_IMAGE=postgres:16-alpine
}

# The names of the official images, on what Debian has.
import_base_images() {
    local context=$1/context name
    docker import "$CACHE/bases/slim.tar" debian:bookworm-slim >/dev/null
    docker import "$CACHE/bases/servers.tar" blockbotx-test-servers:local >/dev/null
    docker import "$CACHE/bases/edge.tar" blockbotx-test-edge:local >/dev/null
    mkdir -p "$context"
    cp "$ROOT"/ops/test/containers/* "$context"
    cp "$(find "$CACHE" -maxdepth 2 -path '*/pgbouncer-[0-9]*/pgbouncer' | sort -V | tail -n1)" "$context/pgbouncer"
    for name in postgres:16-alpine redis:7-alpine haproxy:3.2-alpine pgbouncer:test; do
        docker build -q --network none --target "${name%:*}" -t "$name" "$context" >/dev/null || return 1
    done
    warn "PostgreSQL $(docker run --rm --network none --entrypoint postgres postgres:16-alpine --version | sed 's/.*) //'), not 16, stands in: no registry is reachable here"
}

# build_images TAG: the three images around the binaries of that profile.
build_images() {
    local tag=$1 target=$2 context=$3 name
    mkdir -p "$context/prebuilt"
    for name in migrator api gateway; do
        # As Dockerfile.* does it.
        objcopy --strip-debug "$target/$name" "$context/prebuilt/$name"
        chmod 0755 "$context/prebuilt/$name"
    done
    for name in migrator api gateway; do
        # The base stage asks Debian's mirror for two packages.
        docker build --network host --target prebuilt --build-arg "GIT_SHA=$tag" --build-arg DEBIAN_IMAGE=debian:bookworm-slim -f "$ROOT/Dockerfile.$name" \
            -t "ghcr.io/test/blockbotx-$name:$tag" "$context" >"$context/$name.log" 2>&1 || die_with_log "$context/$name.log" "no image of $name"
    done
}
