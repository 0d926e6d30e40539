#!/bin/sh
# What the official image's entrypoint does for an empty volume, in short, as the user postgres or as root.
set -eu
if [ "$1" != postgres ]; then exec "$@"; fi
as_postgres() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    chown postgres:postgres "$PGDATA"
    as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    (umask 077 && printf %s "$POSTGRES_PASSWORD" >/tmp/password)
    if [ "$(id -u)" = 0 ]; then chown postgres /tmp/password; fi
    as_postgres initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile=/tmp/password \
        --auth-host=scram-sha-256 --auth-local=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync
    rm /tmp/password
    printf "listen_addresses = '*'\nunix_socket_directories = '/tmp'\nmax_connections = 100\n" >>"$PGDATA/postgresql.conf"
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    # shellcheck disable=SC2016 # for that shell
    as_postgres sh -c '
        pg_ctl -D "$PGDATA" -o "-c listen_addresses=" -w start >/dev/null
        psql -X -q -h /tmp -U "$POSTGRES_USER" -d postgres -c "CREATE DATABASE \"$POSTGRES_DB\""
        pg_ctl -D "$PGDATA" -m fast -w stop >/dev/null'
fi
if [ "$(id -u)" = 0 ]; then exec setpriv --reuid=postgres --regid=postgres --init-groups "$@" -D "$PGDATA"; fi
exec "$@" -D "$PGDATA"
