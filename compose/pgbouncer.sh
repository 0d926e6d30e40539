#!/bin/sh
# Starts PgBouncer with the users of the environment: POSTGRES_USER may also use its admin console (RECONNECT).
set -eu
umask 077

quoted() { printf %s "$1" | sed 's/"/""/g'; }
printf '"%s" "%s"\n' "$(quoted "$POSTGRES_USER")" "$(quoted "$POSTGRES_PASSWORD")" >/tmp/users.txt
printf 'admin_users = %s\n' "$POSTGRES_USER" >/tmp/admin.ini
exec pgbouncer /etc/blockbotx/pgbouncer.ini
