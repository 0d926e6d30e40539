#!/usr/bin/env bash
# backup-database.sh [--local-only | --check]: a verified dump of BACKUP_URL, whose role need only read, in BACKUP_DIR (/backups),
# with a checksum and a manifest of what is in it. BACKUP_AGE_RECIPIENT encrypts it to that public key. Without --local-only it
# goes to S3 as well: BACKUP_S3_URL (https://endpoint/bucket[/prefix]), BACKUP_S3_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.
# --check says whether the last success is younger than 26 hours.
set -Eeuo pipefail

# shellcheck source=ops/backup/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

days=${BACKUP_RETENTION_DAYS:-30}
keep_at_least=7
stale_after_minutes=1560
metric=$dir/last-success.prom

# Dump and manifest are of one moment, whatever is written meanwhile: this session's snapshot, which lasts until it ends.
open_snapshot() {
    coproc SNAPSHOT { exec psql -X -q -At -F ' ' -v ON_ERROR_STOP=1 --dbname="$database"; }
    snapshot_out=${SNAPSHOT[0]} snapshot_in=${SNAPSHOT[1]}
    cat >&"$snapshot_in" <<'SQL'
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SELECT pg_export_snapshot();
SQL
    read -r -u "$snapshot_out" snapshot || die "the database does not answer"
}

write_manifest() {
    local line
    {
        manifest_query
        printf '\\echo end\n'
    } >&"$snapshot_in"
    while read -r -u "$snapshot_out" line && [ "$line" != end ]; do printf '%s\n' "$line"; done >"$1"
    [ "${line:-}" = end ] || die "the tables could not be counted"
    exec {snapshot_in}>&-
    wait "$SNAPSHOT_PID" || die "the snapshot was lost"
}

take() {
    local name partial
    name=blockbotx-$(date -u +%Y%m%dT%H%M%SZ).dump
    partial=$dir/$name.partial
    rm -f "$dir"/*.partial
    trap 'rm -f "$dir"/*.partial' EXIT
    open_snapshot
    pg_dump -Fc --snapshot="$snapshot" --dbname="$database" --file="$partial" || die "pg_dump failed"
    write_manifest "$dir/$name.manifest.partial"
    verify "$partial" || die "the dump cannot be read back"
    if [ -n "${BACKUP_AGE_RECIPIENT:-}" ]; then
        age --encrypt --recipient "$BACKUP_AGE_RECIPIENT" --output "$dir/$name.age.partial" "$partial" || die "the encryption failed"
        rm -f "$partial"
        mv "$dir/$name.manifest.partial" "$dir/$name.age.manifest.partial"
        name=$name.age
        partial=$dir/$name.partial
    fi
    (cd "$dir" && sha256sum "$name.partial" "$name.manifest.partial" | sed 's/\.partial$//' >"$name.sha256.partial")
    sync
    # The dump last: one that is there is complete.
    mv "$dir/$name.manifest.partial" "$dir/$name.manifest"
    mv "$dir/$name.sha256.partial" "$dir/$name.sha256"
    mv "$partial" "$dir/$name"
    trap - EXIT
    dump=$dir/$name
    say "wrote $name, $(wc -c <"$dump" | tr -d ' ') bytes"
}

# put FILE: one request, signed; the keys on standard input, because arguments are in everybody's list of processes.
put() {
    local file=$1
    curl --silent --show-error --fail --retry 3 --connect-timeout 10 --aws-sigv4 "aws:amz:${BACKUP_S3_REGION:-us-east-1}:s3" \
        --header "x-amz-content-sha256: $(sha256sum "$file" | cut -d' ' -f1)" \
        --upload-file "$file" --output /dev/null --config - "${BACKUP_S3_URL%/}/${file##*/}" <<CONFIG
user = "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"
CONFIG
}

# The dump last here as well.
upload() {
    local file
    for file in "$dump.manifest" "$dump.sha256" "$dump"; do
        put "$file" || die "the upload failed; the dump is kept here"
    done
    say "uploaded ${dump##*/}"
}

# Only after a success, and never below the newest few.
prune() {
    local old
    backups | tail -n +$((keep_at_least + 1)) | while read -r old; do
        if [ -n "$(find "$old" -mtime "+$((days - 1))")" ]; then
            rm -f "$old" "$old.sha256" "$old.manifest"
            say "removed ${old##*/}, older than $days days"
        fi
    done
}

# For whoever looks at this directory, and in the database for the engine's metrics; a new database has no place for it.
record() {
    local now bytes
    now=$(date +%s) bytes=$(wc -c <"$dump" | tr -d ' ')
    printf 'blockbotx_backup_last_success_timestamp_seconds %s\nblockbotx_backup_last_size_bytes %s\n' "$now" "$bytes" >"$metric.new"
    mv "$metric.new" "$metric"
    # The second way is that of a database that its release before left, and of its owner.
    sql "$database" "SELECT record_backup($now, $bytes)" >/dev/null 2>&1 ||
        sql "$database" "INSERT INTO settings (name, value) VALUES ('last_backup', '{\"at\": $now, \"bytes\": $bytes}')
            ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = now()" 2>/dev/null ||
        say "this database does not record its backups"
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
[ -z "${BACKUP_AGE_RECIPIENT:-}" ] || command -v age >/dev/null || die "BACKUP_AGE_RECIPIENT needs age, which is not here"
if [ "${1:-}" != --local-only ]; then
    for name in BACKUP_S3_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; do
        [ -n "${!name:-}" ] || die "$name is not set; for a backup that stays here: --local-only"
    done
    command -v curl >/dev/null || die "an upload needs curl, which is not here"
fi
split_url "${BACKUP_URL:?is missing in .env.production: write what DIRECT_URL is there, or have ops/install make a role for backups}"
exec 9>"$dir/lock"
flock -n 9 || die "another backup is running"
take
if [ "${1:-}" != --local-only ]; then upload; fi
prune
record
