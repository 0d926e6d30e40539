#!/usr/bin/env bash
# restore-drill.sh [BACKUP]: restores the newest backup (or BACKUP) into a scratch database beside DIRECT_URL's, compares every
# table with the manifest, prints what the ledger adds up to, asks MIGRATOR (a command, such as /usr/local/bin/migrator)
# whether its schema is whole, and drops it again. DRILL_KEEP=1 leaves it there as blockbotx_restore_drill.
set -Eeuo pipefail

# shellcheck source=ops/backup/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scratch=blockbotx_restore_drill
backup=${1:-$(backups | head -n1)}
[ -n "$backup" ] || die "there is no backup in $dir"
split_url "${DIRECT_URL:?is not set: postgresql://user:password@postgres:5432/database}"
server=$database

drop() { sql "$server" "DROP DATABASE IF EXISTS $scratch WITH (FORCE)"; }
drop
sql "$server" "CREATE DATABASE $scratch"
[ -n "${DRILL_KEEP:-}" ] || trap drop EXIT

say "restoring ${backup##*/}"
base=${DIRECT_URL%%\?*}
url=${base%/*}/$scratch${DIRECT_URL#"$base"}
RESTORE_URL=$url "$(dirname "${BASH_SOURCE[0]}")/restore.sh" --same-history "$backup"

database=$(in_database "$scratch")
if [ -n "$(sql "$database" "SELECT to_regclass('public.ledger')")" ]; then
    say "the ledger, leg by leg:"
    psql -X -q -v ON_ERROR_STOP=1 --dbname="$database" \
        -c "SELECT asset, leg, count(*) AS entries, sum(delta) AS sum FROM ledger GROUP BY asset, leg ORDER BY asset, leg"
    loose=$(sql "$database" "SELECT count(*) FROM fills WHERE NOT EXISTS (SELECT FROM ledger WHERE fill_id = fills.id)")
    [ "$loose" = 0 ] || die "$loose fills have no entry in the ledger"
fi
if [ -n "${MIGRATOR:-}" ]; then
    # shellcheck disable=SC2086 # a command and its arguments
    DIRECT_URL=$url $MIGRATOR check || die "the migrator does not accept the restored schema"
else
    say "MIGRATOR is not set: the schema was not checked"
fi
say "the drill succeeded"
