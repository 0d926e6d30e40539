#!/usr/bin/env bash
# Replaces running services by those of a release, one copy at a time, the new one beside the old one:
#   roll.sh SHA [migrator|gateway|api|engine …]   those that are named, or all of them, in that order
#   roll.sh --back [gateway|api|engine …]         to what ran before the last roll that changed one, in the opposite order;
#                                                 it never migrates
#   roll.sh --apply                               what haproxy.cfg and pgbouncer.ini say now, without losing a connection
# --no-pull takes the images that are here; --digest SERVICE=sha256:… (of api, gateway, migrator) pulls that one, whatever the
# tag stands for. It works in the directory of docker-compose.prod.yml: BLOCKBOTX_HOME, the current one, or where this script
# lies. From `next` in there, where ops/deploy/bundle has put the files of the release, it brings those too: compose files,
# haproxy.cfg, scripts; --back of everything takes them back. When anything fails, what ran before runs again, and the exit
# code is 1. What it says is also in .roll.log there: a connection that is lost does not stop it.
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
    sed -n '2,13s/^# //p' "$0" >&2
    exit 2
}

pull=1 back='' apply='' tag='' wanted=()
declare -A DIGEST=()
while [ $# -gt 0 ]; do
    case $1 in
    --no-pull) pull='' ;;
    --back) back=1 ;;
    --apply) apply=1 ;;
    --digest)
        [[ ${2:-} =~ ^(migrator|api|gateway)=(sha256:[0-9a-f]{64})$ ]] || usage
        DIGEST[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
        shift
        ;;
    migrator | api | engine | gateway) wanted+=("$1") ;;
    -*) usage ;;
    *)
        [ -z "$tag$back$apply" ] || usage
        tag=$1
        ;;
    esac
    shift
done
[ -n "$tag$back$apply" ] || usage
[[ ${tag:-x} =~ ^[A-Za-z0-9_][A-Za-z0-9._-]*$ ]] || die "$tag is no tag of an image" 2

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
home=${BLOCKBOTX_HOME:-$PWD}
[ -f "$home/$FILE" ] || home=$here
if [ "$(basename "$home")" = next ] && [ -f "$home/../$FILE" ]; then home=$home/..; fi
home=$(cd "$home" && pwd -P)
cd "$home"
[ -f "$FILE" ] || die "no $FILE here; set BLOCKBOTX_HOME" 2
# The files of the release that is rolled, where this script came with them.
NEXT=''
if [ "$here" != "$home" ] && [ -f "$here/$FILE" ] && [ -f "$here/.bundle" ] && [ -z "$back$apply" ]; then NEXT=$here; fi

if docker compose version >/dev/null 2>&1; then COMPOSE=(docker compose); else COMPOSE=(docker-compose); fi
# An operator's own files may be named in .env: then nothing is said about files here.
if [ -z "${COMPOSE_FILE:-}" ] && ! grep -qs '^COMPOSE_FILE=' .env; then COMPOSE+=(-f "$FILE"); fi
compose() { "${COMPOSE[@]}" "$@"; }
# of_release TAG COMMAND…: compose with the images of that tag.
of_release() { IMAGE_TAG=$1 compose "${@:2}"; }

exec 9>.roll.lock
flock -n 9 || die "another roll is under way"

# From here on nobody has to listen. Who listens also notices when this script is killed, and then takes back what it has
# begun: by itself it could not.
trap '' HUP
touch .roll.running
exec > >(
    trap '' INT TERM HUP
    exec 9>&-
    tee -p .roll.log || true
    if [ -e .roll.running ] && [ -s .roll.unfinished ] && [ -z "${ROLL_AFTER_KILL:-}" ]; then
        # What it had started holds the lock until it ends.
        flock -w 120 .roll.lock true && ROLL_AFTER_KILL=1 BLOCKBOTX_HOME=$home exec bash "$here/roll.sh" --back
    fi
) 2>&1
listener=$!
# A signal may come while a function runs whose output goes elsewhere: 8 is the way to the listener whatever happens, and at
# the end all ways have to be closed, those that bash keeps for later too.
exec 8>&1
leave() {
    local fd
    rm -f .roll.running
    for fd in "/proc/$$/fd"/*; do
        fd=${fd##*/}
        if ((fd > 9 && fd < 255)); then eval "exec $fd>&-"; fi
    done
    exec >&- 2>&- 8>&-
    wait "$listener" || true
}
trap leave EXIT

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

addresses_of() { docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' "$1"; }
networks_of() { docker inspect -f '{{range $name, $network := .NetworkSettings.Networks}}{{println $name}}{{end}}' "$1" | sed '/^$/d'; }

# Releases differ in their networks: the edge joins one of the copy's where it is in none of them.
join_edge() {
    local edge=$1 copy=$2 network
    networks_of "$copy" | grep -qxF -f <(networks_of "$edge") && return
    network=$(networks_of "$copy" | head -n1)
    say "the edge joins $network, the network of $(name_of "$copy")"
    docker network connect "$network" "$edge"
}

# await_edge SERVICE COPY: until the edge sends requests to it.
await_edge() {
    local service=$1 copy=$2 edge addresses until=$((SECONDS + EDGE_WITHIN))
    edge=$(running edge | head -n1)
    [ "$service" != engine ] && [ -n "$edge" ] || return 0
    join_edge "$edge" "$copy"
    if ! edge_list "$edge" >/dev/null; then
        say "the edge does not tell its copies: recreate it once it is convenient"
        return
    fi
    addresses=$(addresses_of "$copy")
    until edge_list "$edge" | awk -F, -v pool="$service" -v addresses="$addresses" '
        NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; split(addresses, list, " ") }
        $1 == pool && $column["status"] ~ /^UP/ { for (i in list) if (index($column["addr"], list[i] ":") == 1) found = 1 }
        END { exit !found }'; do
        if ((SECONDS >= until)); then
            say "the edge does not find $(name_of "$copy")"
            return 1
        fi
        sleep 0.5
    done
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
    if await_healthy "$new" && await_edge "$service" "$new"; then
        [ "$service" = engine ] || sleep "$WARM_UP"
        return
    fi
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

# --- the files of a release: what .bundle lists, and .bundle itself

# Containers have these mounted one by one: written anew under the same name they would not see them.
MOUNTED=' haproxy.cfg pgbouncer.ini pgbouncer.sh pg_hba.conf tls/Caddyfile observability/grafana/blockbotx.json '
FILES=.roll.files

# files_of DIR: of one that was laid out before there were lists, what every one has.
files_of() {
    if [ -f "$1/.bundle" ]; then
        cat "$1/.bundle"
    else
        (cd "$1" && find docker-compose.*.yml haproxy.cfg pgbouncer.* roll.sh doctor scripts tls -type f ! -name '.env*' 2>/dev/null) || true
    fi
}

# copy_files FROM TO: and what only TO has goes.
copy_files() {
    local from=$1 to=$2 file
    { files_of "$to" | grep -vxF -f <(files_of "$from") || true; } | while read -r file; do rm -f "${to:?}/$file"; done
    { files_of "$from" && echo .bundle; } | while read -r file; do
        if [ ! -e "$from/$file" ]; then
            rm -f "${to:?}/$file"
        elif ! cmp -s "$from/$file" "$to/$file"; then
            mkdir -p "$(dirname "$to/$file")"
            if [[ $MOUNTED == *" $file "* ]] && [ -e "$to/$file" ]; then cat "$from/$file" >"$to/$file"; else
                cp -p "$from/$file" "$to/$file.new"
                mv -f "$to/$file.new" "$to/$file"
            fi
        fi
    done
}

same_files() {
    local file
    while read -r file; do cmp -s "$1/$file" "$2/$file" || return 1; done < <({ files_of "$1" && files_of "$2"; } | sort -u)
}

# note_files: what lies here.
note_files() {
    rm -rf "$FILES/noted"
    mkdir -p "$FILES/noted"
    copy_files . "$FILES/noted"
}

# take_files noted|previous
take_files() {
    [ -d "$FILES/$1" ] && ! same_files "$FILES/$1" . || return 0
    say "the files of the release go back"
    copy_files "$FILES/$1" .
}

workers() { docker exec "$1" sh -c 'for status in /proc/[0-9]*/status; do awk "/^Pid:/ { pid = \$2 } /^PPid:/ && \$2 == 1 { print pid }" "$status"; done' 2>/dev/null | sort; }

# An editor, as a rule, puts another file in the place of the one that the edge has mounted.
edge_sees() {
    local edge
    edge=$(running edge | head -n1)
    [ -z "$edge" ] || docker exec "$edge" cat /usr/local/etc/haproxy/haproxy.cfg | cmp -s - haproxy.cfg
}

# reload_edge: a new worker takes the sockets over from the old one, which finishes what it carries.
reload_edge() {
    local edge before service id until=$((SECONDS + EDGE_WITHIN))
    local config=/usr/local/etc/haproxy/haproxy.cfg
    edge=$(running edge | head -n1)
    [ -n "$edge" ] || return 0
    if ! edge_sees; then
        say "the edge does not see this haproxy.cfg: create it anew once it is convenient, ${COMPOSE[*]} up -d --no-deps --force-recreate edge"
        return
    fi
    docker exec "$edge" haproxy -c -q -f "$config" || {
        say "haproxy.cfg is refused"
        return 1
    }
    for service in api gateway; do for id in $(running "$service"); do join_edge "$edge" "$id"; done; done
    say "the edge takes haproxy.cfg over"
    before=$(workers "$edge")
    docker kill -s USR2 "$edge" >/dev/null
    until workers "$edge" | grep -qvxF -f <(printf '%s\n' "$before" none); do
        if ((SECONDS >= until)); then
            say "the edge did not take it"
            return 1
        fi
        sleep 0.2
    done
    for service in api gateway; do for id in $(running "$service"); do await_edge "$service" "$id" || return 1; done; done
}

# apply_files BEFORE: what has changed since, where it is in use.
apply_files() {
    cmp -s "$1/haproxy.cfg" haproxy.cfg || reload_edge || return 1
    cmp -s "$1/pgbouncer.ini" pgbouncer.ini || pooler RELOAD || return 1
}

# Services of others stay as they are: a database is not replaced because a file has changed.
tell_changed() {
    local service hash id anew=()
    while read -r service hash; do
        case $service in migrator | api | engine | gateway) continue ;; esac
        id=$(running "$service" | head -n1)
        [ -z "$id" ] || [ "$(docker inspect -f '{{index .Config.Labels "com.docker.compose.config-hash"}}' "$id")" = "$hash" ] || anew+=("$service")
    done < <(compose config --hash='*' 2>/dev/null)
    [ ${#anew[@]} -eq 0 ] || say "defined anew, and not replaced: ${anew[*]}. When it is convenient: ${COMPOSE[*]} up -d --no-deps ${anew[*]}"
}

# What runs now, and in how many copies, stays under a tag of its own, which no pull and no plain prune takes away. After a
# roll that was cut short it is what that one began with.
declare -A COUNT=()
note_digests() {
    local service copies
    touch .roll.unfinished
    for service; do
        COUNT[$service]=$(sed -n "s/^$service //p" .roll.unfinished | tail -n1)
        if [ -n "${COUNT[$service]}" ] && kept "$service" noted >/dev/null; then
            say "$service was ${COUNT[$service]} of $(kept "$service" noted)"
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
        # One that does not run stays as it is too: its release is that of the copy that ended.
        now=$(image_of "$({ running "$service" && copies "$service" -a; } | head -n1)" 2>/dev/null) || {
            docker rmi "$(repository "$service"):previous-$service" >/dev/null 2>&1 || true
            continue
        }
        before[$service]=$now
        if [[ " $* " == *" $service "* ]] && kept "$service" noted >/dev/null; then before[$service]=$(kept "$service" noted); fi
        [ "${before[$service]}" = "$now" ] || changed=1
    done
    if [ -n "$NEXT" ] && ! same_files "$FILES/noted" .; then changed=1; fi
    if [ -n "$changed" ]; then
        rm -rf "$FILES/previous"
        mv "$FILES/noted" "$FILES/previous"
        for service in "${!before[@]}"; do docker tag "${before[$service]}" "$(repository "$service"):previous-$service"; done
        sed -n 's/^IMAGE_TAG=//p' .env >.roll.previous 2>/dev/null || true
    fi
    for service; do docker rmi "$(repository "$service"):noted-$service" >/dev/null 2>&1 || true; done
    end_of_roll
}
end_of_roll() { rm -rf .roll.unfinished "$FILES/noted"; }

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

# An installation of before has no address for backups: they go on as the owner.
name_backup_url() {
    local file=.env url
    [ -e "$file" ] || return 0
    file=$(readlink -f "$file")
    url=$(sed -n 's/^DIRECT_URL=//p' "$file")
    [ -z "$url" ] || grep -q '^BACKUP_URL=.' "$file" || printf 'BACKUP_URL=%s\n' "$url" >>"$file"
}

# pooler RECONNECT|RELOAD
pooler() {
    local postgres
    postgres=$(running postgres | head -n1)
    [ -n "$postgres" ] || return 0
    # shellcheck disable=SC2016 # expanded in the container, where the password is
    docker exec "$postgres" sh -c 'PGPASSWORD=$POSTGRES_PASSWORD exec psql -X -q -h pgbouncer -p 6432 -U "$POSTGRES_USER" \
        -d pgbouncer -c "$0"' "$1" && return
    say "PgBouncer did not take $1"
    return 1
}

# back_to_noted SERVICE…: with the files, which compose reads.
back_to_noted() {
    local before
    before=$(mktemp -d .roll.XXXXXX)
    copy_files . "$before"
    take_files noted
    if go_back noted "$@" && apply_files "$before"; then
        rm -rf "$before"
        return
    fi
    rm -rf "$before"
    return 1
}

failed() {
    trap '' INT TERM
    exec >&8 2>&8
    say "$1; going back"
    if back_to_noted "${services[@]}"; then
        end_of_roll
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
if [ -n "$apply" ]; then
    edge_sees || die "the edge has another file mounted than this haproxy.cfg: write into the file (cat new >haproxy.cfg), or ${COMPOSE[*]} up -d --no-deps --force-recreate edge"
    reload_edge || die "the edge goes on with what it had"
    pooler RELOAD || die "PgBouncer goes on with what it had"
    say "done"
    exit
fi
if [ -s .roll.unfinished ]; then
    say "a roll was cut short: going back to what it began with"
    note_digests gateway api engine
    back_to_noted gateway api engine || die "going back failed; where that cannot be helped, remove $home/.roll.unfinished"
    end_of_roll
    if [ -n "$back" ]; then
        smoke_test || die "the smoke test failed"
        say "done: what ran before the roll that was cut short"
        exit
    fi
fi
if [ -n "$back" ]; then
    known=()
    for service in "${services[@]}"; do
        if kept "$service" previous >/dev/null; then known+=("$service"); else say "$service: no release before this one is known"; fi
    done
    [ ${#known[@]} -gt 0 ] || die "there is nothing to go back to"
    # Files are of the whole: a part of the services goes back without them.
    note_files
    if [ ${#services[@]} -eq 3 ]; then take_files previous; fi
    go_back previous "${known[@]}" || die "going back failed"
    apply_files "$FILES/noted" || die "going back failed"
    rm -rf "$FILES/noted"
    smoke_test || die "the smoke test failed"
    if [ ${#known[@]} -eq 3 ] && [ -s .roll.previous ]; then remember_tag "$(cat .roll.previous)"; fi
    tell_changed
    say "done"
    exit
fi

# The image of that digest gets the tag: what is rolled is what was tested.
pull_images() {
    local service
    for service in "${!DIGEST[@]}"; do
        docker pull -q "$(repository "$service")@${DIGEST[$service]}" && docker tag "$(repository "$service")@${DIGEST[$service]}" "$(repository "$service"):$tag" || return 1
    done
    for service in "${wanted[@]}"; do
        [ -n "${DIGEST[${service/engine/api}]:-}" ] || of_release "$tag" pull -q "$service" || return 1
    done
}
if [ -n "$pull" ]; then pull_images || die "the images of $tag could not be pulled"; fi
note_files
note_digests "${services[@]}"
# stay MESSAGE: no service has been touched.
stay() {
    trap '' INT TERM
    exec >&8 2>&8
    take_files noted
    end_of_roll
    die "$1; nothing else was touched"
}
trap 'stay interrupted' INT TERM
if [ -n "$NEXT" ] && ! same_files "$NEXT" .; then
    say "bringing the files of $tag"
    # Also where no service is rolled: somebody has to take them back.
    echo files >>.roll.unfinished
    copy_files "$NEXT" .
fi
if [ -n "$migrate" ]; then
    say "migrating"
    # In a session of its own: compose hands a hangup on, whoever ignores it here.
    IMAGE_TAG=$tag setsid -w "${COMPOSE[@]}" run --rm --no-deps -T migrator up </dev/null || stay "the migrator failed"
    pooler RECONNECT || stay "PgBouncer cannot be asked"
fi
trap 'failed interrupted' INT TERM
for service in "${services[@]}"; do
    mapfile -t old < <(running "$service")
    say "$service to $tag"
    replace "$service" "$tag" "${COUNT[$service]}" "${old[@]}" || failed "$service of $tag does not come up"
done
apply_files "$FILES/noted" || failed "the configuration of $tag is not taken"
smoke_test || {
    for service in "${services[@]}"; do compose logs --tail=50 "$service" >&2 || true; done
    failed "the smoke test failed"
}
trap - INT TERM
keep_digests "${services[@]}"
name_backup_url
if [ ${#services[@]} -eq 3 ]; then remember_tag "$tag"; else say "IMAGE_TAG in .env stays: not every service was rolled"; fi
tell_changed
say "done: $tag runs"
