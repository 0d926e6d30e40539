# shellcheck shell=bash
# What the scripts beside this one share. Everything runs with what postgres:16-alpine has; encryption needs `age`, an
# upload `curl`, and both are in the image that the Dockerfile beside this makes.
umask 077

dir=${BACKUP_DIR:-/backups}

say() { printf '%s %s: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(basename "$0" .sh)" "$*"; }
die() {
    say "$*" >&2
    exit 1
}

decoded() {
    local text=${1//\\/\\\\}
    printf '%b' "${text//%/\\x}"
}

# split_url URL: sets `database` and PGPASSWORD. The password goes by environment: arguments are in everybody's list of
# processes. Prisma's ?schema= is not libpq's.
split_url() {
    local url=$1 query
    query=${url#"${url%%\?*}"}
    url=${url%%\?*}
    query=$(printf %s "${query#\?}" | tr '&' '\n' | grep -v '^schema=' | paste -s -d '&' -) || query=
    [[ $url =~ ^(postgres(ql)?://)([^:@/]*)(:([^@/]*))?@(.+)$ ]] || die "not postgresql://user:password@host:port/database"
    PGPASSWORD=$(decoded "${BASH_REMATCH[5]}")
    export PGPASSWORD
    database=${BASH_REMATCH[1]}${BASH_REMATCH[3]}@${BASH_REMATCH[6]}${query:+?$query}
}

# in_database NAME: the address of another database of the server that `database` names.
in_database() {
    local base=${database%%\?*} query
    query=${database#"$base"}
    printf '%s/%s%s' "${base%/*}" "$1" "$query"
}

sql() { psql -X -q -At -v ON_ERROR_STOP=1 --dbname="$1" -c "$2"; }

# pg_restore --list is content with the head of a file; writing it all out reads it to its end.
verify() { pg_restore --list "$1" >/dev/null && pg_restore -f /dev/null "$1"; }

# The backups, newest first: the names sort by time.
backups() { find "$dir" -maxdepth 1 \( -name 'blockbotx-*.dump' -o -name 'blockbotx-*.dump.age' \) | sort -r; }

# On standard output, for psql: each table with its rows, and a sum over their contents that does not depend on their
# order. The text of a row must not depend on who asks.
manifest_query() {
    cat <<'SQL'
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO';
SET LOCAL extra_float_digits = 1;
SELECT format('SELECT %L, count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM %I.%I t',
              nspname || '.' || relname, nspname, relname)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'
ORDER BY nspname, relname
\gexec
SQL
}
