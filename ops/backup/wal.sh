#!/usr/bin/env bash
# wal.sh run | base | check | restore INTO [TIME] | drill: point-in-time recovery beside the nightly dump. Everything that
# Postgres at DIRECT_URL writes is streamed into WAL_DIR/wal as it happens, and WAL_DIR/base-TIME.tar.gz is a copy to begin
# with, a new one each day. TIME is as `2026-01-31 12:00:00+00`; without it everything that was received comes back.
#   run      receives, and takes a base when the last is a day old; what no base needs is removed
#   check    says whether both are recent
#   restore  makes INTO the data directory of a server, which recovers when it is started
#   drill    restores into WAL_DIR/drill, starts a server on it, asks for QUERY (the number of tables), and removes it
set -Eeuo pipefail

# shellcheck source=ops/backup/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

dir=${WAL_DIR:-/var/lib/postgresql/data}
slot=blockbotx_wal
keep=${WAL_BASES:-2}
every_minutes=${WAL_BASE_EVERY_MINUTES:-1440}

connect() { split_url "${DIRECT_URL:?is not set: postgresql://user:password@postgres:5432/database}"; }
# Replication takes no database; parameters such as sslmode stay.
replication() {
    local base=${database%%\?*}
    printf '%s/%s' "${base%/*}" "${database#"$base"}"
}
bases() { find "$dir" -maxdepth 1 -name 'base-*.tar.gz' | sort -r; }
first_segment() { tar -xzOf "$1" backup_label | sed -n 's/^START WAL LOCATION: .*file \([0-9A-F]*\)).*/\1/p'; }

receive() {
    mkdir -p "$dir/wal"
    connect
    pg_receivewal --dbname="$(replication)" --directory="$dir/wal" --slot="$slot" --create-slot --if-not-exists --no-password
    exec pg_receivewal --dbname="$(replication)" --directory="$dir/wal" --slot="$slot" --synchronous --no-password
}

take_base() {
    local name partial old
    name=base-$(date -u +%Y%m%dT%H%M%SZ)
    partial=$dir/$name.partial
    rm -rf "$dir"/base-*.partial
    trap 'rm -rf "$dir"/base-*.partial' EXIT
    connect
    # Its own WAL is in the archive, where the receiver has put it.
    pg_basebackup --dbname="$(replication)" --pgdata="$partial" --format=tar --gzip --wal-method=none --checkpoint=fast --no-password ||
        die "the base backup failed"
    tar -tzf "$partial/base.tar.gz" >/dev/null || die "the base backup cannot be read back"
    sync
    mv "$partial/base.tar.gz" "$dir/$name.tar.gz"
    rm -rf "$partial"
    trap - EXIT
    say "took $name, $(wc -c <"$dir/$name.tar.gz" | tr -d ' ') bytes"
    bases | tail -n +$((keep + 1)) | while read -r old; do rm -f "$old"; done
    pg_archivecleanup "$dir/wal" "$(first_segment "$(bases | tail -n1)")"
}

is_due() { [ -z "$(find "$dir" -maxdepth 1 -name 'base-*.tar.gz' -mmin "-$every_minutes")" ]; }

run() {
    local receiver=''
    trap '[ -z "$receiver" ] || kill "$receiver" 2>/dev/null; exit 0' TERM INT
    while :; do
        if [ -z "$receiver" ] || ! kill -0 "$receiver" 2>/dev/null; then
            "${BASH_SOURCE[0]}" receive &
            receiver=$!
        fi
        if is_due; then "${BASH_SOURCE[0]}" base || say "tried again in a minute"; fi
        # A signal ends the waiting.
        sleep 60 &
        wait $! || true
    done
}

check() {
    [ -n "$(find "$dir" -maxdepth 1 -name 'base-*.tar.gz' -mmin "-$((every_minutes + 120))")" ] || die "no recent base"
    [ -n "$(find "$dir/wal" -name '*.partial' -mmin -15 2>/dev/null)" ] || die "nothing was received for a quarter of an hour"
}

# restore INTO [TIME]
restore() {
    local into=$1 time=${2:-} base stamp
    [ -z "$(ls -A "$into" 2>/dev/null)" ] || die "refused: $into is not empty"
    if [ -n "$time" ]; then
        stamp=base-$(date -u -d "$time" +%Y%m%dT%H%M%SZ).tar.gz || die "not a time: $time"
        base=$(bases | while read -r one; do [[ ${one##*/} > $stamp ]] || { echo "$one" && break; }; done)
    else base=$(bases | head -n1); fi
    [ -n "$base" ] || die "no base is as old as that"
    mkdir -p "$into"
    chmod 0700 "$into"
    tar -xzf "$base" -C "$into"
    {
        printf "restore_command = 'cp \"%s/wal/%%f\" \"%%p\" 2>/dev/null || cp \"%s/wal/%%f.partial\" \"%%p\"'\n" "$dir" "$dir"
        printf "recovery_target_action = 'promote'\narchive_mode = 'off'\n"
        if [ -n "$time" ]; then printf "recovery_target_time = '%s'\n" "$time"; fi
    } >>"$into/postgresql.auto.conf"
    touch "$into/recovery.signal"
    say "restored ${base##*/} into $into; it recovers when a server is started on it"
}

drill() {
    local into=$dir/drill tries
    rm -rf "$into"
    trap 'pg_ctl -D "$dir/drill" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$dir/drill"' EXIT
    restore "$into" "${1:-}"
    connect
    # On a socket of its own, with nobody asked for a password.
    printf 'local all all trust\n' >"$into/drill_hba.conf"
    pg_ctl -D "$into" -w -t 600 -l "$into/drill.log" \
        -o "-c listen_addresses= -c unix_socket_directories=$into -c hba_file=$into/drill_hba.conf -c port=5432 -c ssl=off" start >/dev/null || {
        tail -n 20 "$into/drill.log" >&2
        die "the server does not recover"
    }
    ask() { psql -X -q -At -h "$into" -U "$user" -d "$name" -c "$1"; }
    [[ $database =~ ://([^@]*)@[^/]*/([^?]*) ]] || die "DIRECT_URL names no database"
    user=${BASH_REMATCH[1]} name=${BASH_REMATCH[2]}
    for ((tries = 600; tries > 0; tries--)); do
        if [ "$(ask 'SELECT pg_is_in_recovery()' 2>/dev/null)" = f ]; then break; fi
        sleep 0.2
    done
    [ "$(ask 'SELECT pg_is_in_recovery()')" = f ] || die "the recovery does not end"
    say "recovered: $(ask "${QUERY:-SELECT count(*) || ' tables' FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace}")"
}

case ${1:-} in
run) run ;;
receive) receive ;;
base)
    exec 9>"$dir/lock"
    flock -n 9 || die "another base is being taken"
    take_base
    ;;
check) check ;;
restore) restore "${2:?usage: wal.sh restore INTO [TIME]}" "${3:-}" ;;
drill) drill "${2:-}" ;;
*) die "usage: wal.sh run | base | check | restore INTO [TIME] | drill [TIME]" ;;
esac
