#!/bin/sh
# Starts Prometheus in its container, which has this directory as /etc/prometheus.
set -eu
printf -- '- targets: ["%s/api/health?quick=true"]\n' "${APP_URL:?}" >/tmp/site.yml
exec /bin/prometheus --config.file=/etc/prometheus/prometheus.yml --storage.tsdb.path=/prometheus \
    --storage.tsdb.retention.time=30d --storage.tsdb.retention.size=5GB
