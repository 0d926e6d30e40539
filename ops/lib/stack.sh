# shellcheck shell=bash
# Our own processes on top of the dev services: build, configure, start, watch.

BINARIES=(migrator api gateway demo fake_stripe emulator)

target_dir() {
    (cd "$ROOT" && cargo metadata --no-deps --locked --format-version 1) | grep -o '"target_directory":"[^"]*"' | cut -d'"' -f4
}

# stack_build: the binaries into $STATE/bin, so that a later build does not change what runs.
stack_build() {
    local target name
    say "building"
    # The whole workspace, as the tests build it: a part of it would turn on other features and compile everything again.
    (cd "$ROOT" && cargo build --locked --workspace --bins) >&2 || die "the build failed"
    target=$(target_dir)/debug
    mkdir -p "$STATE/bin"
    for name in "${BINARIES[@]}"; do
        if ! cmp -s "$target/$name" "$STATE/bin/$name"; then
            install -m 0755 "$target/$name" "$STATE/bin/.$name"
            mv -f "$STATE/bin/.$name" "$STATE/bin/$name"
        fi
    done
}

# stack_console: beside the binaries. The stack runs without it too: then the API says how it is made.
stack_console() {
    need_node || {
        warn "no Node $NODE_LEAST or newer, and no npm to fetch it: the console is not built"
        return 0
    }
    console_build >>"$STATE/log/console.log" 2>&1 || {
        warn "the console could not be built: $STATE/log/console.log"
        return 0
    }
    console_place "$STATE/console"
}

# is_current PROCESS: it runs the binary that lies there now. A replaced one is another file under the same name.
is_current() { [ "/proc/$(pid_of "$STATE/pid/$1.pid")/exe" -ef "$STATE/bin/${1/engine/api}" ]; }

# Ports and secrets are made once and remembered until `down`.
stack_settle() {
    # shellcheck disable=SC2153 # services_start read them
    local chosen=("$PG_PORT" "$PGBOUNCER_PORT" "$REDIS_PORT") name wanted
    ROLE_PASSWORD=$(random_hex 16) JWT_SECRET=$(random_hex 48) ENCRYPTION_KEY=$(random_hex 16) NEXTAUTH_SECRET=$(random_hex 32)
    API_PORT=3000 GATEWAY_PORT=3001 ENGINE_PORT=3002 API_METRICS_PORT=9090 ENGINE_METRICS_PORT=9091 GATEWAY_METRICS_PORT=9092
    FAKE_STRIPE_PORT=12111 EMULATOR_PORT=9080 EMULATOR_KEY=$(random_hex 32) EMULATOR_SECRET=$(random_hex 32)
    # shellcheck source=/dev/null
    if [ -f "$STATE/stack.env" ]; then . "$STATE/stack.env"; fi
    for name in API GATEWAY ENGINE; do
        for wanted in "${name}_PORT" "${name}_METRICS_PORT"; do
            is_alive "$STATE/pid/${name,,}.pid" || printf -v "$wanted" %s "$(free_port "${!wanted}" "${chosen[@]}")"
            chosen+=("${!wanted}")
        done
    done
    is_alive "$STATE/pid/fake_stripe.pid" || FAKE_STRIPE_PORT=$(free_port "$FAKE_STRIPE_PORT" "${chosen[@]}")
    chosen+=("$FAKE_STRIPE_PORT")
    is_alive "$STATE/pid/emulator.pid" || EMULATOR_PORT=$(free_port "$EMULATOR_PORT" "${chosen[@]}")
    (
        umask 077
        for name in ROLE_PASSWORD JWT_SECRET ENCRYPTION_KEY NEXTAUTH_SECRET {API,GATEWAY,ENGINE}{,_METRICS}_PORT FAKE_STRIPE_PORT \
            EMULATOR_{PORT,KEY,SECRET}; do
            printf '%s=%s\n' "$name" "${!name}"
        done >"$STATE/stack.env"
    )
    POOLED=postgresql://blockbotx_app:$ROLE_PASSWORD@127.0.0.1:$PGBOUNCER_PORT/blockbotx
    DIRECT=postgresql://blockbotx:$APP_PASSWORD@127.0.0.1:$PG_PORT/blockbotx
}

stack_database() {
    # Each by itself: an earlier run may have been interrupted between them. The owner of the database is no superuser, so
    # the role of the services is made here; the migrator gives it its rights.
    if [ -z "$(psql_admin "$STATE/services" -At -c "SELECT 1 FROM pg_roles WHERE rolname = 'blockbotx'")" ]; then
        psql_admin "$STATE/services" <<<"CREATE ROLE blockbotx LOGIN PASSWORD '$APP_PASSWORD'"
    fi
    if [ -z "$(psql_admin "$STATE/services" -At -c "SELECT 1 FROM pg_roles WHERE rolname = 'blockbotx_app'")" ]; then
        psql_admin "$STATE/services" <<<"CREATE ROLE blockbotx_app LOGIN"
    fi
    psql_admin "$STATE/services" <<<"ALTER ROLE blockbotx_app PASSWORD '$ROLE_PASSWORD'"
    if [ -z "$(psql_admin "$STATE/services" -At -c "SELECT 1 FROM pg_database WHERE datname = 'blockbotx'")" ]; then
        psql_admin "$STATE/services" <<<"CREATE DATABASE blockbotx OWNER blockbotx"
    fi
}

# environment_of PROCESS: its column of the table in the operator's guide, and nothing else.
environment_of() {
    local redis=("REDIS_HOST=127.0.0.1" "REDIS_PORT=$REDIS_PORT" "REDIS_PASSWORD=$REDIS_PASSWORD")
    # 5173: `ops/dev console`.
    local web=("NEXT_PUBLIC_APP_URL=http://localhost:$API_PORT" "NEXT_PUBLIC_WS_URL=ws://localhost:$GATEWAY_PORT/ws"
        "ALLOWED_ORIGINS=http://localhost:5173")
    # Binance's testnet is the emulator here: no key of anybody's leaves this machine.
    local exchange=("BINANCE_TESTNET_REST_URL=http://127.0.0.1:$EMULATOR_PORT"
        "BINANCE_TESTNET_STREAM_URL=ws://127.0.0.1:$EMULATOR_PORT"
        "BINANCE_TESTNET_WS_API_URL=ws://127.0.0.1:$EMULATOR_PORT/ws-api/v3")
    # Nothing in front has to notice that a process drains: it may leave at once.
    local own=("APP_ENV=development" "HOSTNAME=127.0.0.1" "DRAIN_MS=0" "PATH=/usr/bin:/bin" "RUST_BACKTRACE=1")
    [ -z "${LOG_LEVEL:-}" ] || own+=("LOG_LEVEL=$LOG_LEVEL")
    [ -z "${SENTRY_DSN:-}" ] || own+=("SENTRY_DSN=$SENTRY_DSN")
    case $1 in
    migrator) own+=("DIRECT_URL=$DIRECT") ;;
    api)
        own+=("PORT=$API_PORT" "METRICS_PORT=$API_METRICS_PORT" "DATABASE_URL=$POOLED" "${redis[@]}" "${web[@]}"
            "JWT_SECRET=$JWT_SECRET" "ENCRYPTION_KEY=$ENCRYPTION_KEY" "NEXTAUTH_SECRET=$NEXTAUTH_SECRET"
            "NEXTAUTH_URL=http://localhost:$API_PORT" "CONSOLE=$STATE/console" "FEED_DIR=$STATE/feeds" "MAIL_DIR=$STATE/mail"
            "STRIPE_API_BASE=http://127.0.0.1:$FAKE_STRIPE_PORT" "STRIPE_SECRET_KEY=sk_test_fake0000000000000000"
            "STRIPE_WEBHOOK_SECRET=whsec_fake0000000000000000" "${exchange[@]}")
        ;;
    engine)
        own+=("PORT=$ENGINE_PORT" "METRICS_PORT=$ENGINE_METRICS_PORT" "DATABASE_URL=$POOLED" "${redis[@]}"
            "ENCRYPTION_KEY=$ENCRYPTION_KEY" "FEED_DIR=$STATE/feeds" "${exchange[@]}")
        ;;
    fake_stripe)
        own+=("PORT=$FAKE_STRIPE_PORT" "WEBHOOK_URL=http://127.0.0.1:$API_PORT/api/v1/billing/webhook")
        ;;
    emulator)
        own+=("EMULATOR_PORT=$EMULATOR_PORT" "EMULATOR_API_KEY=$EMULATOR_KEY" "EMULATOR_SECRET_KEY=$EMULATOR_SECRET")
        ;;
    gateway)
        own+=("PORT=$GATEWAY_PORT" "METRICS_PORT=$GATEWAY_METRICS_PORT" "${redis[@]}" "${web[@]}" "JWT_SECRET=$JWT_SECRET")
        ;;
    esac
    printf '%s\0' "${own[@]}"
}

# run_process NAME COMMAND…: with that process' environment only. Exported rather than given to env(1): arguments
# are in everybody's process list, and these are secrets.
run_process() {
    local name=$1 assignments
    shift
    mapfile -d '' assignments < <(environment_of "$name")
    (
        cd /
        local variable
        while read -r variable; do unset "$variable" 2>/dev/null || true; done < <(compgen -e)
        export "${assignments[@]}"
        "$@"
    )
}

stack_migrate() {
    say "migrating"
    run_process migrator "${AS_SERVICE[@]}" "$STATE/bin/migrator" up >>"$STATE/log/migrator.log" 2>&1 ||
        die_with_log "$STATE/log/migrator.log" "the migrator failed"
}

# stack_plans: the example plans get prices of the fake, and the free plan room for whatever is tried out.
stack_plans() {
    psql_admin "$STATE/services" --quiet --dbname=blockbotx <<'SQL'
UPDATE plans SET stripe_price_id = 'price_' || id, price = CASE id WHEN 'starter' THEN 19 ELSE 49 END, currency = 'eur',
    billing_interval = 'month', interval_count = 1
WHERE id IN ('starter', 'pro') AND version = 1 AND stripe_price_id IS NULL;
INSERT INTO plan_prices (stripe_price_id, plan_id)
SELECT stripe_price_id, id FROM plans WHERE stripe_price_id IS NOT NULL ON CONFLICT DO NOTHING;
UPDATE plans SET max_bots = 50, max_active_deals = 200, max_connections = 20, backtests_per_day = 1000,
    backtest_candles = NULL
WHERE id = 'free' AND version = 1;
SQL
}

# stack_start PROCESS
stack_start() {
    local name=$1 command=("$STATE/bin/$1")
    case $name in
    api) command+=(serve) ;;
    engine) command=("$STATE/bin/api" engine) ;;
    esac
    run_process "$name" spawn "$STATE/pid/$name.pid" "$STATE/log/$name.log" "${AS_SERVICE[@]}" "${command[@]}"
}

stack_halt() { halt "$STATE/pid/$1.pid" TERM 40; }

url_of() {
    case $1 in
    api) printf 'http://127.0.0.1:%s/api/health' "$API_PORT" ;;
    fake_stripe) printf 'http://127.0.0.1:%s/health' "$FAKE_STRIPE_PORT" ;;
    emulator) printf 'http://127.0.0.1:%s/api/v3/ping' "$EMULATOR_PORT" ;;
    engine) printf 'http://127.0.0.1:%s/api/health' "$ENGINE_PORT" ;;
    gateway) printf 'http://127.0.0.1:%s/health' "$GATEWAY_PORT" ;;
    esac
}

is_healthy() { is_alive "$STATE/pid/$1.pid" && curl -sf --max-time 3 -o /dev/null "$(url_of "$1")"; }

# Healthy, or ended: no use in waiting for a process that is gone.
settled() { is_healthy "$1" || ! is_alive "$STATE/pid/$1.pid"; }

stack_wait() {
    until_true 60 settled "$1" || true
    is_healthy "$1" || die_with_log "$STATE/log/$1.log" "$1 is not healthy ($(url_of "$1"))"
}
