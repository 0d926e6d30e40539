#!/usr/bin/env bash
# backup-database.sh [--local-only | --check]: a verified dump of DIRECT_URL in BACKUP_DIR (/backups).
# Without --local-only it is handed to BACKUP_UPLOAD as well, a command that gets the path of the dump and of its checksum.
# --check says whether the last success is younger than 26 hours. Needs what postgres:16-alpine has, nothing more.
set -Eeuo pipefail
umask 077

dir=${BACKUP_DIR:-/backups}
days=${BACKUP_RETENTION_DAYS:-30}
keep_at_least=7
stale_after_minutes=1560
metric=$dir/last-success.prom

say() { printf '%s backup: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }
die() {
    say "$*" >&2
    exit 1
}

decoded() {
    local text=${1//\\/\\\\}
    printf '%b' "${text//%/\\x}"
}

# The password goes by environment: arguments are in everybody's list of processes. Prisma's ?schema= is not libpq's.
split_url() {
    local url=${DIRECT_URL:?is not set: postgresql://user:password@postgres:5432/database} query
    query=${url#"${url%%\?*}"}
    url=${url%%\?*}
    query=$(printf %s "${query#\?}" | tr '&' '\n' | grep -v '^schema=' | paste -s -d '&' -) || query=
    [[ $url =~ ^(postgres(ql)?://)([^:@/]*)(:([^@/]*))?@(.+)$ ]] || die "DIRECT_URL is not postgresql://user:password@host:port/database"
    PGPASSWORD=$(decoded "${BASH_REMATCH[5]}")
    export PGPASSWORD
    database=${BASH_REMATCH[1]}${BASH_REMATCH[3]}@${BASH_REMATCH[6]}${query:+?$query}
}

# pg_restore --list is content with the head of a file; writing it all out reads it to its end.
verify() { pg_restore --list "$1" >/dev/null && pg_restore -f /dev/null "$1"; }

take() {
    local name partial
    name=blockbotx-$(date -u +%Y%m%dT%H%M%SZ).dump
    partial=$dir/$name.partial
    rm -f "$dir"/*.partial
    trap 'rm -f "$partial" "$partial.sha256"' EXIT
    pg_dump -Fc --dbname="$database" --file="$partial" || die "pg_dump failed"
    verify "$partial" || die "the dump cannot be read back"
    (cd "$dir" && sha256sum "$name.partial" | sed 's/\.partial$//' >"$name.partial.sha256")
    sync
    # The checksum first: a dump that is there is complete.
    mv "$partial.sha256" "$dir/$name.sha256"
    mv "$partial" "$dir/$name"
    trap - EXIT
    dump=$dir/$name
    say "wrote $name, $(wc -c <"$dump" | tr -d ' ') bytes"
}

# Only after a success, and never below the newest few.
prune() {
    local old
    # The names sort by time.
    find "$dir" -maxdepth 1 -name 'blockbotx-*.dump' | sort -r | tail -n +$((keep_at_least + 1)) | while read -r old; do
        if [ -n "$(find "$old" -mtime "+$((days - 1))")" ]; then
            rm -f "$old" "$old.sha256"
            say "removed ${old##*/}, older than $days days"
        fi
    done
}

record() {
    printf 'blockbotx_backup_last_success_timestamp_seconds %s\nblockbotx_backup_last_size_bytes %s\n' \
        "$(date +%s)" "$(wc -c <"$dump" | tr -d ' ')" >"$metric.new"
    mv "$metric.new" "$metric"
}

case ${1:-} in
--check)
    [ -n "$(find "$metric" -mmin "-$stale_after_minutes" 2>/dev/null)" ] || die "no backup within 26 hours"
    exit 0
    ;;
--local-only | '') ;;
*) die "usage: backup-database.sh [--local-only | --check]" ;;
esac

[[ $days =~ ^[1-9][0-9]*$ ]] || die "BACKUP_RETENTION_DAYS is not a number of days: $days"
if [ "${1:-}" != --local-only ] && [ -z "${BACKUP_UPLOAD:-}" ]; then die "BACKUP_UPLOAD is not set; for a backup that stays here: --local-only"; fi
split_url
exec 9>"$dir/lock"
flock -n 9 || die "another backup is running"
take
if [ "${1:-}" != --local-only ]; then
    # shellcheck disable=SC2086 # a command and its arguments
    $BACKUP_UPLOAD "$dump" "$dump.sha256" || die "the upload failed; the dump is kept here"
fi
prune
record
