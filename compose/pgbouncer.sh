#!/bin/sh
# Starts PgBouncer in front of POSTGRES_HOST and POSTGRES_PORT, for POSTGRES_USER, who may also use its admin console
# (RECONNECT), and for APP_DB_USER, as whom the services sign in. POSTGRES_TLS (disable, prefer, require, verify-ca or
# verify-full) and POSTGRES_CA_FILE say how far the server is trusted.
set -eu
umask 077

# Before 1.21 it does not track prepared statements: our driver would be given other queries' rows. Before 1.25.2 it has
# known holes.
version=$(pgbouncer --version | sed -n 's/^PgBouncer \([0-9.]*\).*/\1/p')
older() { awk -v a="$1" -v b="$2" 'BEGIN { split(a, x, "."); split(b, y, "."); for (i = 1; i <= 3; i++) if (x[i] + 0 != y[i] + 0) exit x[i] + 0 > y[i] + 0; exit 1 }'; }
if older "${version:-0}" 1.21; then
    echo "refused: PgBouncer ${version:-of unknown version} is older than 1.21" >&2
    exit 1
fi
if older "$version" 1.25.2; then echo "warning: PgBouncer $version is older than 1.25.2, which closes known holes" >&2; fi

quoted() { printf %s "$1" | sed 's/"/""/g'; }
printf '"%s" "%s"\n' "$(quoted "$POSTGRES_USER")" "$(quoted "$POSTGRES_PASSWORD")" >/tmp/users.txt
if [ -n "${APP_DB_PASSWORD:-}" ]; then
    printf '"%s" "%s"\n' "$(quoted "${APP_DB_USER:-blockbotx_app}")" "$(quoted "$APP_DB_PASSWORD")" >>/tmp/users.txt
fi
printf '* = host=%s port=%s\n' "${POSTGRES_HOST:-postgres}" "${POSTGRES_PORT:-5432}" >/tmp/databases.ini
{
    printf 'admin_users = %s\n' "$POSTGRES_USER"
    if [ -n "${POSTGRES_TLS:-}" ]; then printf 'server_tls_sslmode = %s\n' "$POSTGRES_TLS"; fi
    if [ -n "${POSTGRES_CA_FILE:-}" ]; then printf 'server_tls_ca_file = %s\n' "$POSTGRES_CA_FILE"; fi
} >/tmp/admin.ini
exec pgbouncer /etc/blockbotx/pgbouncer.ini
