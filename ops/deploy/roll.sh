#!/usr/bin/env bash
# Replaces running services by those of a release, one copy at a time, the new one beside the old one:
#   roll.sh SHA [migrator|gateway|api|engine …]   those that are named, or all of them, in that order
#   roll.sh --back [gateway|api|engine …]         to what ran before the last roll that changed one, in the opposite order;
#                                                 it never migrates
# --no-pull takes the images that are here. It works in the directory of docker-compose.prod.yml: BLOCKBOTX_HOME, the
# current one, or where this script lies. When anything fails, what ran before runs again, and the exit code is 1.
# What it says is also in .roll.log there: a connection that is lost does not stop it.
set -Eeuo pipefail

HEALTHY_WITHIN=${ROLL_HEALTHY_WITHIN:-120}
EDGE_WITHIN=15
# The edge's slowstart: within it a new copy makes its connections, under a part of the load.
WARM_UP=5
FILE=docker-compose.prod.yml

say() { printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*"; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit "${2:-1}"
}
usage() {
    sed -n '2,8s/^# //p' "$0" >&2
    exit 2
}

pull=1 back='' tag='' wanted=()
for argument; do
    case $argument in
    --no-pull) pull='' ;;
    --back) back=1 ;;
    migrator | api | engine | gateway) wanted+=("$argument") ;;
    -*) usage ;;
    *)
        [ -z "$tag$back" ] || usage
        tag=$argument
        ;;
    esac
done
[ -n "$tag$back" ] || usage
[[ ${tag:-x} =~ ^[A-Za-z0-9_][A-Za-z0-9._-]*$ ]] || die "$tag is no tag of an image" 2

home=${BLOCKBOTX_HOME:-$PWD}
[ -f "$home/$FILE" ] || home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
cd "$home"
[ -f "$FILE" ] || die "no $FILE here; set BLOCKBOTX_HOME" 2

if docker compose version >/dev/null 2>&1; then COMPOSE=(docker compose); else COMPOSE=(docker-compose); fi
# An operator's own files may be named in .env: then nothing is said about files here.
if [ -z "${COMPOSE_FILE:-}" ] && ! grep -qs '^COMPOSE_FILE=' .env; then COMPOSE+=(-f "$FILE"); fi
compose() { "${COMPOSE[@]}" "$@"; }
# of_release TAG COMMAND…: compose with the images of that tag.
of_release() { IMAGE_TAG=$1 compose "${@:2}"; }

exec 9>.roll.lock
flock -n 9 || die "another roll is under way"

# From here on nobody has to listen.
trap '' HUP
exec > >(
    trap '' INT TERM
    exec tee -p .roll.log 9>&-
) 2>&1
listener=$!
trap 'exec >&- 2>&-; wait "$listener" || true' EXIT

# copies SERVICE [STATUS]: containers of the service, but for those of `run`.
copies() {
    docker ps -q --no-trunc --filter "label=com.docker.compose.project=$PROJECT" --filter "label=com.docker.compose.service=$1" \
        --filter label=com.docker.compose.oneoff=False "${@:2}"
}
# The newest first, as docker lists them.
running() { copies "$1" --filter status=running; }
image_of() { docker inspect -f '{{.Image}}' "$1"; }
name_of() { docker inspect -f '{{.Name}}' "$1" | tr -d /; }

# As in docker-compose.services.yml; docker-compose 1.29 does not write it into the container.
grace_of() { if [ "$1" = api ]; then echo 30; else echo 60; fi; }

# Docker asks every 30 s; the same question is asked here every second.
is_healthy() {
    local test
    mapfile -t test < <(docker inspect -f '{{range .Config.Healthcheck.Test}}{{println .}}{{end}}' "$1" | sed '1d;/^$/d')
    [ ${#test[@]} -gt 0 ] && timeout 10 docker exec "$1" "${test[@]}" >/dev/null 2>&1
}

await_healthy() {
    local until=$((SECONDS + HEALTHY_WITHIN)) state
    while ((SECONDS < until)); do
        if is_healthy "$1"; then return; fi
        state=$(docker inspect -f '{{.State.Status}} {{.RestartCount}}' "$1") || return 1
        if [[ $state == exited* || $state == dead* ]] || ((${state#* } >= 3)); then
            say "$(name_of "$1") does not stay up ($state restarts)"
            return 1
        fi
        sleep 1
    done
    say "$(name_of "$1") is not healthy after $HEALTHY_WITHIN s"
    return 1
}

# The proxy must send requests to the new copy before the old one leaves. It tells which it knows on a port of its own,
# which one that was started on an older configuration has not: that one is given the time that it needs at most.
edge_list() { docker exec "$1" wget -q -O - 'http://127.0.0.1:8404/;csv' 2>/dev/null; }

await_edge() {
    local service=$1 copy=$2 edge address until=$((SECONDS + EDGE_WITHIN))
    edge=$(running edge | head -n1)
    [ "$service" != engine ] && [ -n "$edge" ] || return 0
    if ! edge_list "$edge" >/dev/null; then
        say "the edge does not tell its copies: recreate it once it is convenient"
        sleep "$WARM_UP"
        return
    fi
    address=$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$copy")
    until edge_list "$edge" | awk -F, -v pool="$service" -v address="$address:" '
        NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
        $1 == pool && index($column["addr"], address) == 1 && $column["status"] ~ /^UP/ { found = 1 }
        END { exit !found }'; do
        if ((SECONDS >= until)); then
            say "the edge does not find $(name_of "$copy")"
            return 1
        fi
        sleep 0.5
    done
    sleep "$WARM_UP"
}

stop_copy() {
    local id=$1 grace=$2 code
    say "stopping $(name_of "$id")"
    docker stop -t "$grace" "$id" >/dev/null
    code=$(docker inspect -f '{{.State.ExitCode}}' "$id")
    [ "$code" = 0 ] || say "warning: it ended with $code, not in $grace s of grace"
    docker rm "$id" >/dev/null
}

# add_copy SERVICE TAG: one more copy, healthy and found by the edge, or none.
add_copy() {
    local service=$1 before new
    mapfile -t before < <(copies "$service" -a)
    of_release "$2" up -d --no-deps --no-recreate --scale "$service=$((${#before[@]} + 1))" "$service" >.roll.compose 2>&1 || cat .roll.compose >&2
    new=$(copies "$service" -a | grep -vxF -f <(printf '%s\n' "${before[@]}" none) | head -n1)
    if [ -z "$new" ]; then
        say "$service did not start"
        return 1
    fi
    say "started $(name_of "$new")"
    if await_healthy "$new" && await_edge "$service" "$new"; then return; fi
    docker logs --tail=50 "$new" >&2 || true
    docker rm -f "$new" >/dev/null
    return 1
}

# remove SERVICE STATUS…: its copies in such a state.
remove() {
    local service=$1 status id
    for status in "${@:2}"; do
        for id in $(copies "$service" --filter "status=$status"); do
            say "removing $(name_of "$id"), which is $status"
            docker rm -f "$id" >/dev/null
        done
    done
}

# replace SERVICE TAG COUNT ID…: COUNT new copies, one at a time, and one of these leaves after each, and then the rest.
replace() {
    local service=$1 to=$2 count=$3
    shift 3
    # Compose would start them again beside the new one.
    remove "$service" created exited dead
    while ((count > 0 || $# > 0)); do
        if ((count > 0)); then
            add_copy "$service" "$to" || return 1
            count=$((count - 1))
        fi
        if [ $# -gt 0 ]; then
            stop_copy "$1" "$(grace_of "$service")"
            shift
        fi
    done
    remove "$service" restarting
}

# kept SERVICE noted|previous: the image under that tag.
kept() { docker image inspect -f '{{.Id}}' "$(repository "$1"):$2-$1" 2>/dev/null; }

# go_back noted|previous SERVICE…: the copies that are not of that image are replaced by it, and are as many as they were.
# The gateway last: an older one closes for good whoever brings a token that only a newer api gives.
go_back() {
    local which=$1 service id image right others count failed=0
    shift
    for service in engine api gateway; do
        [[ " $* " == *" $service "* ]] || continue
        image=$(kept "$service" "$which") || continue
        right=() others=()
        for id in $(running "$service"); do
            if [ "$(image_of "$id")" = "$image" ]; then right+=("$id"); else others+=("$id"); fi
        done
        count=$((${COUNT[$service]:-${#right[@]} + ${#others[@]}}))
        count=$(((count > 1 ? count : 1) - ${#right[@]}))
        if ((count > 0 || ${#others[@]} > 0)); then
            say "$service goes back to $image"
            replace "$service" "$which-$service" "$count" "${others[@]}" || failed=1
        fi
    done
    return "$failed"
}

# The image's name without its tag, as compose knows it.
declare -A REPOSITORY=()
read_repositories() {
    local service image
    while read -r service image; do REPOSITORY[$service]=${image%:*}; done < <(
        of_release latest config 2>/dev/null |
            awk '/^[^ ]/ { inside = $1 == "services:" } inside && /^  [^ ]/ { service = $1; sub(":$", "", service) }
                 inside && /^    image:/ { print service, $2 }'
    )
    [ -n "${REPOSITORY[api]:-}" ] ||
        die "compose cannot read $FILE: $(of_release latest config 2>&1 | tail -n3)"
}
repository() { printf %s "${REPOSITORY[$1]}"; }

# What runs now, and in how many copies, stays under a tag of its own, which no pull and no plain prune takes away. After a
# roll that was cut short it is what that one began with.
declare -A COUNT=()
note_digests() {
    local service copies
    touch .roll.unfinished
    for service; do
        COUNT[$service]=$(sed -n "s/^$service //p" .roll.unfinished | tail -n1)
        if [ -n "${COUNT[$service]}" ] && kept "$service" noted >/dev/null; then
            say "a roll of $service was cut short: it began with ${COUNT[$service]} of $(kept "$service" noted)"
            continue
        fi
        docker rmi "$(repository "$service"):noted-$service" >/dev/null 2>&1 || true
        mapfile -t copies < <(running "$service")
        COUNT[$service]=$((${#copies[@]} > 1 ? ${#copies[@]} : 1))
        if [ ${#copies[@]} -gt 0 ]; then
            docker tag "$(image_of "${copies[0]}")" "$(repository "$service"):noted-$service"
            say "$service runs $(image_of "${copies[0]}")"
        fi
        printf '%s %s\n' "$service" "${COUNT[$service]}" >>.roll.unfinished
    done
}

# After a roll that changed something, --back goes back to what ran before it, of every service: those that it left alone
# stay as they are.
keep_digests() {
    local service now changed=''
    local -A before=()
    for service in api engine gateway; do
        now=$(image_of "$(running "$service" | head -n1)") || continue
        before[$service]=$now
        if [[ " $* " == *" $service "* ]] && kept "$service" noted >/dev/null; then before[$service]=$(kept "$service" noted); fi
        [ "${before[$service]}" = "$now" ] || changed=1
    done
    if [ -n "$changed" ]; then
        for service in "${!before[@]}"; do docker tag "${before[$service]}" "$(repository "$service"):previous-$service"; done
        sed -n 's/^IMAGE_TAG=//p' .env >.roll.previous 2>/dev/null || true
    fi
    for service; do docker rmi "$(repository "$service"):noted-$service" >/dev/null 2>&1 || true; done
    rm -f .roll.unfinished
}

smoke_test() {
    local door code
    [ -n "${REPOSITORY[edge]:-}" ] || return 0
    door=$(compose port edge 3000 2>/dev/null) && [ -n "$door" ] || {
        say "the edge does not run"
        return 1
    }
    curl -sf --max-time 10 "http://$door/api/health?quick=true" >/dev/null || {
        say "GET /api/health?quick=true failed"
        return 1
    }
    # The socket stays open after its handshake: curl is expected to run into its time limit.
    code=$(curl -s -o /dev/null -w '%{http_code}' --http1.1 --max-time 2 -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
        -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==' \
        -H 'Sec-WebSocket-Protocol: blockbotx.v1' "http://$door/ws" || true)
    if [ "$code" != 101 ]; then
        say "the socket handshake answered $code"
        return 1
    fi
}

# The next `up -d` by hand must not bring another release.
remember_tag() {
    local file=.env
    [ -e "$file" ] || return 0
    file=$(readlink -f "$file")
    if grep -q '^IMAGE_TAG=' "$file"; then sed -i "s/^IMAGE_TAG=.*/IMAGE_TAG=$1/" "$file"; else printf 'IMAGE_TAG=%s\n' "$1" >>"$file"; fi
}

reconnect_pooler() {
    local postgres
    postgres=$(running postgres | head -n1)
    [ -n "$postgres" ] || return 0
    # shellcheck disable=SC2016 # expanded in the container, where the password is
    docker exec "$postgres" sh -c 'PGPASSWORD=$POSTGRES_PASSWORD exec psql -X -q -h pgbouncer -p 6432 -U "$POSTGRES_USER" \
        -d pgbouncer -c RECONNECT' || die "PgBouncer did not take RECONNECT"
}

failed() {
    trap '' INT TERM
    say "$1; going back"
    if go_back noted "${services[@]}"; then
        rm -f .roll.unfinished
        say "what ran before runs"
    else say "GOING BACK FAILED TOO: look at it"; fi
    exit 1
}

if [ ${#wanted[@]} -eq 0 ]; then wanted=(migrator gateway api engine); fi
services=() migrate=''
# The gateway first: it takes the tokens of the api before and after.
for service in gateway api engine; do [[ " ${wanted[*]} " != *" $service "* ]] || services+=("$service"); done
[[ " ${wanted[*]} " != *" migrator "* ]] || migrate=1

PROJECT=$(docker inspect -f '{{index .Config.Labels "com.docker.compose.project"}}' "$(compose ps -q 2>/dev/null | head -n1)" 2>/dev/null) ||
    die "nothing runs here; the first time: ${COMPOSE[*]} up -d"
read_repositories
if [ -n "$back" ] && [ -s .roll.unfinished ]; then
    services=(gateway api engine)
    note_digests "${services[@]}"
    go_back noted "${services[@]}" || die "going back failed"
    rm -f .roll.unfinished
    smoke_test || die "the smoke test failed"
    say "done: what ran before the roll that was cut short"
    exit
fi
if [ -n "$back" ]; then
    known=()
    for service in "${services[@]}"; do
        if kept "$service" previous >/dev/null; then known+=("$service"); else say "$service: no release before this one is known"; fi
    done
    [ ${#known[@]} -gt 0 ] || die "there is nothing to go back to"
    go_back previous "${known[@]}" || die "going back failed"
    smoke_test || die "the smoke test failed"
    if [ ${#known[@]} -eq 3 ] && [ -s .roll.previous ]; then remember_tag "$(cat .roll.previous)"; fi
    say "done"
    exit
fi

if [ -n "$pull" ]; then of_release "$tag" pull -q "${wanted[@]}" || die "the images of $tag could not be pulled"; fi
if [ -n "$migrate" ]; then
    say "migrating"
    # In a session of its own: compose hands a hangup on, whoever ignores it here.
    IMAGE_TAG=$tag setsid -w "${COMPOSE[@]}" run --rm --no-deps -T migrator up </dev/null || die "the migrator failed; nothing else was touched"
    reconnect_pooler
fi
trap 'failed interrupted' INT TERM
note_digests "${services[@]}"
for service in "${services[@]}"; do
    mapfile -t old < <(running "$service")
    say "$service to $tag"
    replace "$service" "$tag" "${COUNT[$service]}" "${old[@]}" || failed "$service of $tag does not come up"
done
smoke_test || {
    for service in "${services[@]}"; do compose logs --tail=50 "$service" >&2 || true; done
    failed "the smoke test failed"
}
trap - INT TERM
keep_digests "${services[@]}"
if [ ${#services[@]} -eq 3 ]; then remember_tag "$tag"; else say "IMAGE_TAG in .env stays: not every service was rolled"; fi
say "done: $tag runs"
