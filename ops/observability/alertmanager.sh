#!/bin/sh
# Starts Alertmanager in its container, which has this directory as /etc/alertmanager, with what ALERT_EMAIL_TO and
# ALERT_WEBHOOK_URL ask for. `alertmanager.sh --print` only prints the configuration.
set -eu
umask 077

# As YAML has it in single quotes.
quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"; }

configuration() {
    if [ -n "${ALERT_EMAIL_TO:-}" ]; then
        [ -n "${SMTP_HOST:-}" ] && [ -n "${MAIL_FROM:-}" ] || {
            echo "refused: ALERT_EMAIL_TO needs SMTP_HOST and MAIL_FROM" >&2
            exit 1
        }
        echo "global:"
        echo "  smtp_smarthost: $(quoted "$SMTP_HOST:${SMTP_PORT:-587}")"
        echo "  smtp_from: $(quoted "$MAIL_FROM")"
        if [ -n "${SMTP_USER:-}" ]; then
            echo "  smtp_auth_username: $(quoted "$SMTP_USER")"
            echo "  smtp_auth_password: $(quoted "${SMTP_PASSWORD:-}")"
        fi
    fi
    cat <<'ROUTE'
route:
  receiver: operator
  group_by: [alertname]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 12h
  routes:
    - matchers: ['severity = "critical"']
      receiver: operator
      repeat_interval: 2h
inhibit_rules:
  # A service that is gone has copies that are down.
  - source_matchers: ['alertname = "ServiceGone"']
    target_matchers: ['alertname = "CopyDown"']
receivers:
  - name: operator
ROUTE
    if [ -n "${ALERT_EMAIL_TO:-}" ]; then
        echo "    email_configs: [{to: $(quoted "$ALERT_EMAIL_TO"), send_resolved: true}]"
    fi
    if [ -n "${ALERT_WEBHOOK_URL:-}" ]; then
        echo "    webhook_configs: [{url: $(quoted "$ALERT_WEBHOOK_URL"), send_resolved: true}]"
    fi
}

if [ "${1:-}" = --print ]; then
    configuration
    exit
fi
configuration >/tmp/alertmanager.yml
exec /bin/alertmanager --config.file=/tmp/alertmanager.yml --storage.path=/alertmanager --cluster.listen-address=
