//! The images and the compose stack keep the numbers that operators count on.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_yaml_ng::Value;

const OURS: [&str; 4] = ["migrator", "api", "engine", "gateway"];

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn yaml(path: &str) -> Value {
    let mut value: Value = serde_yaml_ng::from_str(&read(path)).unwrap();
    value.apply_merge().unwrap();
    value
}

/// A compose file with what its services extend, as compose puts them together: mappings are joined, all else replaced.
fn composed(path: &str) -> Value {
    let base = yaml("compose/docker-compose.services.yml");
    let mut file = yaml(path);
    let services = file["services"].as_mapping_mut().unwrap();
    for (name, service) in services.iter_mut() {
        assert_eq!(
            service["extends"]["file"], "docker-compose.services.yml",
            "{path}: {name:?}"
        );
        assert_eq!(service["extends"]["service"], *name, "{path}");
        let mut whole = base["services"][name].clone();
        join(&mut whole, service);
        *service = whole;
    }
    file
}

fn join(below: &mut Value, above: &Value) {
    if let (Some(mapping), Some(above)) = (below.as_mapping_mut(), above.as_mapping()) {
        for (key, value) in above {
            join(mapping.entry(key.clone()).or_insert(Value::Null), value);
        }
    } else {
        *below = above.clone();
    }
}

fn production() -> Value {
    composed("compose/docker-compose.prod.yml")["services"].clone()
}

fn development() -> Value {
    composed("compose/docker-compose.yml")["services"].clone()
}

pub(crate) fn texts(value: &Value) -> Vec<&str> {
    let items = value.as_sequence().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| item.as_str().unwrap()).collect()
}

fn joined(value: &Value) -> String {
    texts(value).join(" ")
}

pub(crate) fn names(value: &Value) -> BTreeSet<&str> {
    let mapping = value.as_mapping();
    mapping
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str().unwrap())
        .collect()
}

fn assert_waits(service: &Value, for_what: &[(&str, &str)]) {
    let wanted: BTreeSet<_> = for_what.iter().map(|(name, _)| *name).collect();
    assert_eq!(names(&service["depends_on"]), wanted);
    for (name, condition) in for_what {
        assert_eq!(service["depends_on"][*name]["condition"], *condition);
    }
}

/// The instructions of a Dockerfile, lines joined, comments left out.
fn instructions(path: &str) -> Vec<String> {
    let text: Vec<String> = read(path)
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .map(str::to_owned)
        .collect();
    text.join("\n")
        .replace("\\\n", " ")
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn images_are_small_unprivileged_and_ask_themselves_for_their_health() {
    let health = "HEALTHCHECK --interval=30s --timeout=10s --start-period=90s --retries=3";
    for (name, port) in [
        ("api", Some(3000)),
        ("gateway", Some(3001)),
        ("migrator", None),
    ] {
        let path = format!("Dockerfile.{name}");
        assert!(!read(&path).contains("# syntax="), "{path}");
        let lines = instructions(&path);
        let has =
            |wanted: &str| assert!(lines.iter().any(|line| line == wanted), "{path}: {wanted}");
        has("FROM ${DEBIAN_IMAGE} AS base");
        has("FROM base AS prebuilt");
        has("FROM ${RUST_IMAGE} AS toolchain");
        has("FROM toolchain AS dependencies");
        has("FROM dependencies AS builder");
        has("FROM base AS runner");
        has("USER 1001:1001");
        has(&format!("ENTRYPOINT [\"/usr/local/bin/{name}\"]"));
        let exposed: Vec<_> = lines
            .iter()
            .filter(|line| line.starts_with("EXPOSE"))
            .collect();
        if let Some(port) = port {
            has(&format!(
                "{health} CMD [\"/usr/local/bin/{name}\", \"healthcheck\"]"
            ));
            assert_eq!(exposed, [&format!("EXPOSE {port}")]);
        } else {
            has("HEALTHCHECK NONE");
            assert!(exposed.is_empty(), "{path}");
        }
        let text = lines.join("\n");
        for wanted in [
            "ARG DEBIAN_IMAGE=debian:bookworm-slim@sha256:",
            "ARG RUST_IMAGE=rust:1.95-slim-bookworm@sha256:",
            "--gid 1001",
            "--uid 1001",
            "install -d -o 1001 -g 1001 /app /app/logs",
            "LOG_DIR=/app/logs",
            "HOSTNAME=0.0.0.0",
            "ARG GIT_SHA",
            "ARG SOURCE_DATE_EPOCH",
            "cargo build --release --locked",
            "org.opencontainers.image.revision",
        ] {
            assert!(text.contains(wanted), "{path}: {wanted}");
        }
    }
}

#[test]
fn the_build_context_holds_neither_secrets_nor_history() {
    let ignored = read(".dockerignore");
    let lines: Vec<&str> = ignored.lines().collect();
    for wanted in ["*", "**/.env*", "**/target", "**/.git"] {
        assert!(lines.contains(&wanted), "{wanted}");
    }
    assert!(!ignored.contains("!.env"));
}

#[test]
fn production_has_every_service_and_one_open_door() {
    let services = production();
    assert_eq!(
        names(&services),
        BTreeSet::from([
            "postgres",
            "pgbouncer",
            "redis",
            "migrator",
            "api",
            "engine",
            "gateway",
            "db-backup",
            "edge",
            "prometheus",
            "alertmanager",
            "node-exporter",
            "blackbox-exporter",
            "grafana"
        ])
    );
    // What is not asked for by its profile does not start.
    for (name, service) in services.as_mapping().unwrap() {
        let name = name.as_str().unwrap();
        let watches = [
            "prometheus",
            "alertmanager",
            "node-exporter",
            "blackbox-exporter",
            "grafana",
        ]
        .contains(&name);
        let wanted: &[&str] = if watches { &["monitoring"] } else { &[] };
        assert_eq!(texts(&service["profiles"]), wanted, "{name}");
    }
    // For the operator, on the machine itself.
    let grafana = texts(&services["grafana"]["ports"]);
    assert!(grafana.len() == 1 && grafana[0].starts_with("127.0.0.1:"));
    for (name, service) in services.as_mapping().unwrap() {
        let networks = &service["networks"];
        match name.as_str().unwrap() {
            "edge" => assert_eq!(texts(networks), ["blockbotx-edge"]),
            name @ ("api" | "gateway") => {
                let both = BTreeSet::from(["blockbotx-edge", "blockbotx-network"]);
                assert_eq!(names(networks), both);
                // As the edge calls copies that it has not checked.
                let alias = format!("any-{name}");
                for network in both {
                    assert_eq!(texts(&networks[network]["aliases"]), [alias.as_str()]);
                }
            }
            name => assert_eq!(texts(networks), ["blockbotx-network"], "{name}"),
        }
        assert_eq!(texts(&service["cap_drop"]), ["ALL"], "{name:?}");
        assert_eq!(service["cap_add"].is_null(), name != "db-backup");
        let is_open = name == "edge" || name == "grafana";
        assert_eq!(service["ports"].is_null(), !is_open, "{name:?}");
        assert_eq!(
            service["restart"],
            if name == "migrator" { "no" } else { "always" },
            "{name:?}"
        );
        assert_eq!(texts(&service["security_opt"]), ["no-new-privileges:true"]);
        assert_eq!(service["logging"]["driver"], "json-file");
        assert!(service["logging"]["options"]["max-size"].is_string());
        assert!(service["container_name"].is_null(), "two copies must fit");
    }
    for path in [
        "compose/docker-compose.yml",
        "compose/docker-compose.prod.yml",
    ] {
        let networks = &yaml(path)["networks"];
        for name in ["blockbotx-network", "blockbotx-edge"] {
            assert_eq!(networks[name]["driver"], "bridge");
            assert_eq!(networks[name]["name"], name);
        }
    }
    assert_eq!(
        names(&yaml("compose/docker-compose.prod.yml")["volumes"]),
        BTreeSet::from([
            "postgres_data",
            "redis_data",
            "app_logs",
            "engine_logs",
            "gateway_logs",
            "migrator_logs",
            "db-backups",
            "prometheus_data",
            "alertmanager_data",
            "grafana_data"
        ])
    );
}

#[test]
fn no_service_mounts_the_logs_of_another() {
    let mut mounted = BTreeSet::new();
    for (name, service) in production().as_mapping().unwrap() {
        for volume in texts(&service["volumes"]) {
            let (source, target) = volume.split_once(':').unwrap();
            if target == "/app/logs" {
                assert!(mounted.insert(source.to_owned()), "{name:?}: {source}");
            }
        }
    }
    assert_eq!(mounted.len(), OURS.len());
}

/// The image's name in `${VARIABLE:-NAME:TAG@sha256:DIGEST}`.
fn pinned(image: &Value) -> &str {
    let text = image.as_str().unwrap();
    let (_, image) = text.split_once(":-").unwrap();
    let (name, digest) = image.split_once("@sha256:").unwrap();
    let digest = digest.trim_end_matches('}');
    assert!(
        digest.len() == 64 && digest.chars().all(|c| c.is_ascii_hexdigit()),
        "{text}"
    );
    name
}

#[test]
fn images_of_others_stand_with_their_digests() {
    let services = production();
    for (name, image) in [
        ("postgres", "postgres:16-alpine"),
        ("pgbouncer", "edoburu/pgbouncer:v1.25.2-p0"),
        ("redis", "redis:7-alpine"),
        ("edge", "haproxy:3.2-alpine"),
        ("db-backup", "postgres:16-alpine"),
    ] {
        assert_eq!(pinned(&services[name]["image"]), image);
    }
    let tls = yaml("ops/deploy/tls/docker-compose.yml");
    assert_eq!(pinned(&tls["services"]["caddy"]["image"]), "caddy:2-alpine");
    assert!(read("ops/backup/Dockerfile").contains("POSTGRES_IMAGE=postgres:16-alpine@sha256:"));
}

#[test]
fn postgres_and_redis_are_as_the_guide_says() {
    for services in [production(), development()] {
        let postgres = &services["postgres"];
        assert_eq!(postgres["user"], "postgres");
        assert_eq!(
            names(&postgres["environment"]),
            BTreeSet::from(["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"])
        );
        assert_eq!(
            texts(&postgres["volumes"]),
            [
                "postgres_data:/var/lib/postgresql/data",
                "./certs:/etc/blockbotx/certs:ro"
            ]
        );
        assert!(joined(&postgres["healthcheck"]["test"]).contains("pg_isready"));
        assert_eq!(postgres["healthcheck"]["interval"], "10s");

        let redis = &services["redis"];
        assert_eq!(redis["user"], "redis");
        assert_eq!(
            names(&redis["environment"]),
            BTreeSet::from(["REDIS_PASSWORD"])
        );
        assert_eq!(texts(&redis["volumes"]), ["redis_data:/data"]);
        let command = joined(&redis["command"]);
        for wanted in [
            "--appendonly yes",
            "--maxmemory 256mb",
            "--maxmemory-policy allkeys-lru",
            "requirepass \"$$REDIS_PASSWORD\"",
        ] {
            assert!(command.contains(wanted), "{wanted}");
        }
        assert!(!redis["healthcheck"].is_null());
    }
}

#[test]
fn pgbouncer_pools_transactions_and_tracks_statements() {
    let ini = read("compose/pgbouncer.ini");
    let set: BTreeSet<String> = ini
        .lines()
        .filter(|line| !line.starts_with(';'))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| format!("{} = {}", name.trim(), value.trim()))
        .collect();
    for wanted in [
        "listen_port = 6432",
        "pool_mode = transaction",
        "max_client_conn = 200",
        "default_pool_size = 20",
        "min_pool_size = 5",
        "reserve_pool_size = 5",
        "max_prepared_statements = 200",
        "ignore_startup_parameters = extra_float_digits",
    ] {
        assert!(set.contains(wanted), "{wanted}");
    }
    let start = read("compose/pgbouncer.sh");
    assert!(start.contains("admin_users = %s"));
    assert!(start.contains(
        "'* = host=%s port=%s\\n' \"${POSTGRES_HOST:-postgres}\" \"${POSTGRES_PORT:-5432}\""
    ));
    assert!(
        start.contains(r#"older "${version:-0}" 1.21"#),
        "older ones do not track statements"
    );
    let pgbouncer = &production()["pgbouncer"];
    assert_waits(pgbouncer, &[("postgres", "service_healthy")]);
    assert!(!pgbouncer["healthcheck"].is_null());
}

#[test]
fn our_services_are_confined_and_start_after_the_migrator() {
    for services in [production(), development()] {
        for name in OURS {
            let service = &services[name];
            assert_eq!(service["init"], true, "{name}");
            assert_eq!(service["read_only"], true, "{name}");
            assert_eq!(texts(&service["cap_drop"]), ["ALL"], "{name}");
            let own = if name == "api" { "app" } else { name };
            let logs = format!("{own}_logs:/app/logs");
            let mut volumes = vec![logs.as_str()];
            if ["api", "engine"].contains(&name) {
                volumes.push("./feeds:/app/feeds:ro");
            }
            volumes.push("./certs:/etc/blockbotx/certs:ro");
            assert_eq!(texts(&service["volumes"]), volumes, "{name}");
            assert!(service["pids_limit"].is_u64(), "{name}");
            assert!(!service["tmpfs"].is_null(), "{name}");
            if name == "migrator" {
                continue;
            }
            assert_eq!(service["mem_limit"], "1G", "{name}");
            assert_eq!(service["cpus"].as_f64(), Some(1.0), "{name}");
            assert_waits(
                service,
                &[
                    ("pgbouncer", "service_healthy"),
                    ("redis", "service_healthy"),
                    ("migrator", "service_completed_successfully"),
                ],
            );
            // The image's own is the healthcheck of the service.
            assert!(service["healthcheck"].is_null(), "{name}");
        }
        assert_eq!(services["migrator"]["mem_limit"], "256M");
        assert_waits(&services["migrator"], &[("postgres", "service_healthy")]);
        assert_eq!(texts(&services["engine"]["command"]), ["engine"]);
        assert_eq!(services["engine"]["image"], services["api"]["image"]);
        assert_eq!(services["api"]["stop_grace_period"], "30s");
        assert_eq!(services["engine"]["stop_grace_period"], "60s");
        assert_eq!(services["gateway"]["stop_grace_period"], "60s");
    }
}

#[test]
fn a_service_gets_only_the_variables_that_it_reads() {
    let columns: [(&str, &[&str]); 15] = [
        ("DATABASE_URL", &["api", "engine"]),
        ("DIRECT_URL", &["migrator"]),
        ("BACKUP_URL", &["db-backup"]),
        ("POSTGRES_PASSWORD", &["postgres", "pgbouncer"]),
        ("APP_DB_PASSWORD", &["pgbouncer", "migrator"]),
        ("REDIS_HOST", &["api", "engine", "gateway"]),
        ("JWT_SECRET", &["api", "gateway"]),
        ("NEXTAUTH_SECRET", &["api"]),
        ("SESSION_MAX_AGE_DAYS", &["api"]),
        ("STRIPE_SECRET_KEY", &["api"]),
        ("BILLING_GRACE_DAYS", &["api"]),
        ("ENCRYPTION_KEY", &["api", "engine"]),
        ("FEED_DIR", &["api", "engine"]),
        ("JOB_MEMORY_MB", &["engine"]),
        ("SENTRY_DSN", &OURS),
    ];
    for services in [production(), development()] {
        for (variable, readers) in columns {
            for (name, service) in services.as_mapping().unwrap() {
                let name = name.as_str().unwrap();
                assert_eq!(
                    names(&service["environment"]).contains(variable),
                    readers.contains(&name),
                    "{variable} in {name}"
                );
                assert!(
                    service["env_file"].is_null(),
                    "{name}: that would hand over everything"
                );
            }
        }
        for (name, port) in [("api", "3000"), ("engine", "3000"), ("gateway", "3001")] {
            assert_eq!(services[name]["environment"]["PORT"], port);
        }
        for name in OURS {
            assert_eq!(
                services[name]["environment"]["HOSTNAME"], "0.0.0.0",
                "{name}"
            );
            assert!(names(&services[name]["environment"]).contains("APP_ENV"));
        }
        for variable in ["SENTRY_AUTH_TOKEN", "SENTRY_ORG", "SENTRY_PROJECT"] {
            assert!(
                !serde_yaml_ng::to_string(&services)
                    .unwrap()
                    .contains(variable)
            );
        }
    }
    let services = production();
    for name in OURS {
        assert_eq!(services[name]["environment"]["APP_ENV"], "production");
    }
}

#[test]
fn every_variable_of_the_stack_is_in_the_example() {
    let example = read(".env.example");
    let known: BTreeSet<&str> = example
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once('='))
        .map(|(name, _)| name)
        .collect();
    for path in [
        "compose/docker-compose.prod.yml",
        "compose/docker-compose.services.yml",
    ] {
        let text = read(path);
        for part in text.split("${").skip(1) {
            let name = part.split([':', '}']).next().unwrap();
            assert!(known.contains(name), "{path}: {name}");
        }
    }
}

#[test]
fn backups_run_every_night_and_are_kept_for_a_month() {
    let services = production();
    let backup = &services["db-backup"];
    let command = joined(&backup["command"]);
    for wanted in [
        "0 2 * * * /scripts/backup/backup-database.sh $$where",
        "where=--local-only",
    ] {
        assert!(command.contains(wanted), "{wanted}");
    }
    assert_eq!(
        texts(&backup["volumes"]),
        [
            "./scripts/backup:/scripts/backup:ro",
            "./certs:/etc/blockbotx/certs:ro",
            "db-backups:/backups"
        ]
    );
    assert_eq!(backup["environment"]["TZ"], "UTC");
    assert_eq!(
        backup["environment"]["BACKUP_RETENTION_DAYS"],
        "${BACKUP_RETENTION_DAYS:-30}"
    );
    assert_waits(backup, &[("postgres", "service_healthy")]);
}

#[test]
fn a_roll_knows_the_grace_of_each_service_and_where_the_edge_tells_its_copies() {
    let roll = read("ops/deploy/roll.sh");
    let services = production();
    assert!(roll.contains(r#"if [ "$1" = api ]; then echo 30; else echo 60; fi"#));
    for (name, grace) in [("api", "30s"), ("engine", "60s"), ("gateway", "60s")] {
        assert_eq!(services[name]["stop_grace_period"], grace);
    }
    assert!(roll.contains("http://127.0.0.1:8404/;csv"));
    let edge = read("compose/haproxy.cfg");
    assert!(edge.contains("bind 127.0.0.1:8404") && edge.contains("stats show-legends"));
    for wanted in [
        "flock -n",
        "--no-deps --no-recreate --scale",
        "run --rm --no-deps -T migrator up",
        "pooler RECONNECT",
        "/api/health?quick=true",
        "--tail=50",
        "pull -q",
    ] {
        assert!(roll.contains(wanted), "{wanted}");
    }
}

#[test]
fn a_panic_in_a_release_costs_one_request_only() {
    assert!(!read("Cargo.toml").contains("panic ="));
}

#[test]
fn the_edge_checks_readiness_and_leaves_before_the_servers_do() {
    let config = read("compose/haproxy.cfg");
    for wanted in [
        "bind :3000",
        "acl socket path /ws",
        "server-template api 4 api:3000 check",
        "server-template gateway 4 gateway:3001 check",
        "http-check send meth GET uri /api/health",
        "http-check send meth GET uri /health",
        "option allbackups",
        "option forwardfor",
        "nameserver dns 127.0.0.11:53",
        // Our servers wait 75 s.
        "timeout http-keep-alive 55s",
    ] {
        assert!(config.contains(wanted), "{wanted}");
    }
    for services in [production(), development()] {
        for name in ["api", "gateway"] {
            assert_eq!(
                services[name]["environment"]["TRUSTED_HOPS"],
                "${TRUSTED_HOPS:-1}"
            );
        }
    }
}
