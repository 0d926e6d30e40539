#!/usr/bin/env bash
# restore.sh [--same-history] BACKUP: the dump BACKUP into the database RESTORE_URL (or DIRECT_URL), which must hold no tables.
# An encrypted one needs BACKUP_AGE_IDENTITY, the path of the private key. What comes back is compared with the manifest,
# and the event log gets a new name, so that clients that have seen more start anew; --same-history leaves that out.
set -Eeuo pipefail

# shellcheck source=ops/backup/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

same_history=
if [ "${1:-}" = --same-history ]; then
    same_history=1
    shift
fi
backup=${1:?usage: restore.sh [--same-history] BACKUP}
[ -f "$backup" ] || die "$backup is not there"
split_url "${RESTORE_URL:-${DIRECT_URL:?is not set: postgresql://user:password@postgres:5432/database}}"

# Beside the backups: a container has little room elsewhere.
work=$(mktemp -d "${TMPDIR:-$dir}/restore.XXXXXX")
trap 'rm -rf "$work"' EXIT

[ -f "$backup.sha256" ] || die "its checksum is missing: $backup.sha256"
(cd "$(dirname "$backup")" && sha256sum -c "$(basename "$backup").sha256" >/dev/null 2>&1) || die "refused: the checksum does not fit, the file is not what was written"
dump=$backup
if [[ $backup == *.age ]]; then
    [ -n "${BACKUP_AGE_IDENTITY:-}" ] || die "it is encrypted: BACKUP_AGE_IDENTITY is the path of the private key"
    age --decrypt --identity "$BACKUP_AGE_IDENTITY" --output "$work/dump" "$backup" || die "refused: it does not open with this key"
    dump=$work/dump
fi
verify "$dump" || die "refused: it is not a whole dump"

there=$(sql "$database" "SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind = 'r' AND nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'")
[ "$there" = 0 ] || die "refused: the database holds $there tables, and a restore would mix with them"
pg_restore --exit-on-error --single-transaction --no-owner --no-privileges --dbname="$database" "$dump" || die "the restore failed; nothing was kept"

if [ -f "$backup.manifest" ]; then
    {
        echo 'BEGIN;'
        manifest_query
        echo 'COMMIT;'
    } | psql -X -q -At -F ' ' -v ON_ERROR_STOP=1 --dbname="$database" >"$work/manifest"
    diff "$backup.manifest" "$work/manifest" >&2 || die "what came back is not what was saved"
    say "$(wc -l <"$work/manifest" | tr -d ' ') tables, $(awk '{ rows += $2 } END { print rows + 0 }' "$work/manifest") rows: all as they were saved"
else
    say "no manifest beside it: contents not compared"
fi
if [ -z "$same_history" ] && [ -n "$(sql "$database" "SELECT to_regclass('public.settings')")" ]; then
    sql "$database" "UPDATE settings SET value = to_jsonb(left(replace(gen_random_uuid()::text, '-', ''), 8)), updated_at = now()
        WHERE name = 'stream_epoch'"
fi
say "restored ${backup##*/}"
