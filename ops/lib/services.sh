# shellcheck shell=bash
# Postgres, PgBouncer and Redis of our own. A set of them lives in one directory, in one of two flavours:
#   dev   durable, passwords, sized like production
#   test  not durable (the tests own it), a pool of 4 so that transactions really share connections. Where SERVICE_PG_PORT,
#         SERVICE_PG_PASSWORD (of `postgres`) and SERVICE_REDIS_PORT name servers that run already, as in a CI job, only
#         PgBouncer is ours.

given_servers() { [ "$1" = test ] && [ -n "${SERVICE_PG_PORT:-}" ]; }

# services_start DIR dev|test
services_start() {
    local dir=$1 flavour=$2
    mkdir -p "$dir/log" "$dir/pid"
    services_settle "$dir" "$flavour"
    # shellcheck source=/dev/null
    . "$dir/services.env"
    given_servers "$flavour" || postgres_start "$dir" "$flavour"
    pgbouncer_start "$dir" "$flavour"
    given_servers "$flavour" || redis_start "$dir" "$flavour"
}

services_stop() {
    halt "$1/pid/pgbouncer.pid" TERM 5
    halt "$1/pid/redis.pid" TERM 10
    halt "$1/pid/postgres.pid" INT 20
}

services_alive() {
    is_alive "$1/pid/postgres.pid" && is_alive "$1/pid/pgbouncer.pid" && is_alive "$1/pid/redis.pid"
}

# Ports and passwords are chosen once and remembered; a remembered port that is taken meanwhile is chosen again.
services_settle() {
    local dir=$1 flavour=$2
    PG_PORT='' PGBOUNCER_PORT='' REDIS_PORT='' PG_PASSWORD=$(random_hex 16) APP_PASSWORD=$(random_hex 16) REDIS_PASSWORD=$(random_hex 16)
    # shellcheck source=/dev/null
    if [ -f "$dir/services.env" ]; then . "$dir/services.env"; fi
    local pg=5432 pgbouncer=6432 redis=6379
    if [ "$flavour" = test ]; then
        pg=$(random_port) pgbouncer=$(random_port) redis=$(random_port) REDIS_PASSWORD=
    fi
    is_alive "$dir/pid/postgres.pid" || PG_PORT=$(free_port "${PG_PORT:-$pg}")
    is_alive "$dir/pid/pgbouncer.pid" || PGBOUNCER_PORT=$(free_port "${PGBOUNCER_PORT:-$pgbouncer}" "$PG_PORT")
    is_alive "$dir/pid/redis.pid" || REDIS_PORT=$(free_port "${REDIS_PORT:-$redis}" "$PG_PORT" "$PGBOUNCER_PORT")
    if given_servers "$flavour"; then
        PG_PORT=$SERVICE_PG_PORT PG_PASSWORD=${SERVICE_PG_PASSWORD:?} REDIS_PORT=${SERVICE_REDIS_PORT:?}
    fi
    (
        umask 077
        cat >"$dir/services.env" <<ENV
PG_PORT=$PG_PORT
PGBOUNCER_PORT=$PGBOUNCER_PORT
REDIS_PORT=$REDIS_PORT
PG_PASSWORD=$PG_PASSWORD
APP_PASSWORD=$APP_PASSWORD
REDIS_PASSWORD=$REDIS_PASSWORD
ENV
    )
}

# own DIR…: directories of the servers' user, closed to others.
own() {
    mkdir -p "$@"
    chown "$SERVICE_OWNER" "$@"
    chmod 0700 "$@"
}

# own_file PATH: from standard input.
own_file() {
    (umask 077 && cat >"$1")
    chown "$SERVICE_OWNER" "$1"
}

failed() { die_with_log "$1/log/$2.log" "$2 did not start"; }

postgres_start() {
    local dir=$1 flavour=$2 data=$1/postgres log=$1/log/postgres.log
    is_alive "$dir/pid/postgres.pid" && return
    if [ ! -f "$data/PG_VERSION" ]; then
        rm -rf "$data"
        own "$data"
        own_file "$dir/initdb.password" <<<"$PG_PASSWORD"
        "${AS_SERVICE[@]}" "$TOOLS/initdb" -D "$data" -U postgres --pwfile="$dir/initdb.password" --auth=scram-sha-256 \
            --encoding=UTF8 --locale=C.UTF-8 --no-sync >>"$log" 2>&1 || failed "$dir" postgres
        rm -f "$dir/initdb.password"
    fi
    {
        # No socket file: the path would have to be short, and TCP is what production uses.
        printf '%s\n' "listen_addresses = '127.0.0.1'" "port = $PG_PORT" "unix_socket_directories = ''" \
            "max_connections = 300" "timezone = 'UTC'" "log_timezone = 'UTC'" "jit = off"
        if [ "$flavour" = test ]; then
            printf '%s\n' "fsync = off" "synchronous_commit = off" "full_page_writes = off" "autovacuum = off" \
                "max_wal_size = '256MB'" "wal_level = minimal" "max_wal_senders = 0"
        fi
    } | own_file "$data/conf.d.conf"
    grep -q conf.d.conf "$data/postgresql.conf" || printf "include 'conf.d.conf'\n" >>"$data/postgresql.conf"
    spawn "$dir/pid/postgres.pid" "$log" "${AS_SERVICE[@]}" "$TOOLS/postgres" -D "$data"
    until_true 30 psql_admin "$dir" -c 'SELECT 1' || failed "$dir" postgres
}

# psql_admin DIR ARGUMENT…
psql_admin() {
    is_alive "$1/pid/postgres.pid" || return 1
    PGPASSWORD=$PG_PASSWORD PGCONNECT_TIMEOUT=3 "$TOOLS/psql" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$PG_PORT" -U postgres -d postgres "${@:2}"
}

pgbouncer_start() {
    local dir=$1 flavour=$2 conf=$1/pgbouncer
    is_alive "$dir/pid/pgbouncer.pid" && return
    own "$conf"
    own_file "$conf/users.txt" <<<"\"postgres\" \"$PG_PASSWORD\"
\"blockbotx\" \"$APP_PASSWORD\""
    {
        # `*` lets a test connect to the database that it has just created. Roles beyond users.txt are asked of Postgres.
        cat <<INI
[databases]
* = host=127.0.0.1 port=$PG_PORT

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $PGBOUNCER_PORT
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $conf/users.txt
auth_user = postgres
admin_users = postgres
pool_mode = transaction
max_prepared_statements = 200
ignore_startup_parameters = extra_float_digits
INI
        if [ "$flavour" = test ]; then
            printf '%s\n' "max_client_conn = 2000" "default_pool_size = 4" "min_pool_size = 0" "log_connections = 0" "log_disconnections = 0"
        else
            printf '%s\n' "max_client_conn = 200" "default_pool_size = 20" "min_pool_size = 5" "reserve_pool_size = 5"
        fi
    } | own_file "$conf/pgbouncer.ini"
    raise_open_files 8192
    spawn "$dir/pid/pgbouncer.pid" "$dir/log/pgbouncer.log" "${AS_SERVICE[@]}" "$TOOLS/pgbouncer" "$conf/pgbouncer.ini"
    until_true 10 pgbouncer_answers "$dir" || failed "$dir" pgbouncer
}

pgbouncer_answers() {
    is_alive "$1/pid/pgbouncer.pid" &&
        PGPASSWORD=$PG_PASSWORD PGCONNECT_TIMEOUT=3 "$TOOLS/psql" -X -q -h 127.0.0.1 -p "$PGBOUNCER_PORT" -U postgres -d pgbouncer -c 'SHOW VERSION'
}

raise_open_files() {
    local hard
    hard=$(ulimit -Hn)
    if [ "$hard" = unlimited ] || [ "$hard" -ge "$1" ]; then ulimit -Sn "$1"; else ulimit -Sn "$hard"; fi
}

redis_start() {
    local dir=$1 flavour=$2 data=$1/redis
    is_alive "$dir/pid/redis.pid" && return
    own "$data"
    {
        cat <<CONF
bind 127.0.0.1
port $REDIS_PORT
dir "$data"
maxmemory 256mb
maxmemory-policy allkeys-lru
client-output-buffer-limit pubsub 8mb 4mb 10
CONF
        if [ "$flavour" = test ]; then
            printf '%s\n' 'save ""' "appendonly no" "maxclients 4000"
        else
            printf '%s\n' "appendonly yes" "requirepass $REDIS_PASSWORD"
        fi
    } | own_file "$data/redis.conf"
    spawn "$dir/pid/redis.pid" "$dir/log/redis.log" "${AS_SERVICE[@]}" "$TOOLS/redis-server" "$data/redis.conf"
    until_true 10 redis_answers "$dir" || failed "$dir" redis
}

redis_answers() {
    is_alive "$1/pid/redis.pid" && [ "$(REDISCLI_AUTH=$REDIS_PASSWORD "$TOOLS/redis-cli" -h 127.0.0.1 -p "$REDIS_PORT" ping 2>/dev/null)" = PONG ]
}

# What the tests need to find them.
test_environment() {
    # shellcheck source=/dev/null
    . "$1/services.env"
    cat <<ENV
BLOCKBOTX_TEST_PG=postgresql://postgres:$PG_PASSWORD@127.0.0.1:$PG_PORT/postgres
BLOCKBOTX_TEST_PGBOUNCER=127.0.0.1:$PGBOUNCER_PORT
BLOCKBOTX_TEST_REDIS=127.0.0.1:$REDIS_PORT
BLOCKBOTX_TEST_TOOLS=$TOOLS
ENV
}
