use std::{fs, net::IpAddr};

use platform::config::{
    AppConfig, AppEnv, ConfigError, DatabaseConfig, DirectConfig, Env, HttpConfig, NextAuthConfig,
    Reader, RedisConfig, SentryConfig, Service, StripeConfig, TokenConfig, VaultConfig, WebConfig,
};

fn reader<const N: usize>(pairs: [(&str, &str); N]) -> Reader {
    Reader::new(Env::from_pairs(pairs))
}

fn problems(reader: Reader) -> Vec<String> {
    let ConfigError { problems } = reader.finish().expect_err("problems");
    problems
        .into_iter()
        .map(|problem| format!("{}: {}", problem.name, problem.message))
        .collect()
}

#[test]
fn defaults_need_no_environment() {
    let mut reader = reader([]);
    let app = AppConfig::read(&mut reader, Service::Gateway);
    let http = HttpConfig::read(&mut reader, 3001);
    let redis = RedisConfig::read(&mut reader, false);
    let web = WebConfig::read(&mut reader);
    assert!(SentryConfig::read(&mut reader).dsn.is_none());
    assert_eq!(app.env, AppEnv::Development);
    assert_eq!(http.address().to_string(), "0.0.0.0:3001");
    assert_eq!((redis.host.as_str(), redis.port), ("127.0.0.1", 6379));
    assert!(web.origins.is_empty());
    reader.finish().unwrap();
}

#[test]
fn every_problem_is_reported_at_once_and_no_secret_is_shown() {
    let mut reader = reader([
        ("NODE_ENV", "staging"),
        ("PORT", "70000"),
        ("DATABASE_URL", "mysql://user:hunter2@db/x"),
        ("REDIS_PORT", "redis"),
        ("JWT_SECRET", "hunter2-too-short"),
        ("ENCRYPTION_KEY", "ключ"),
        ("SENTRY_DSN", "hunter2"),
        ("ALLOWED_ORIGINS", "https://a.example/path"),
        ("NEXTAUTH_URL", "app.example.com"),
    ]);
    AppConfig::read(&mut reader, Service::Api);
    HttpConfig::read(&mut reader, 3000);
    DatabaseConfig::read(&mut reader);
    DirectConfig::read(&mut reader);
    RedisConfig::read(&mut reader, true);
    TokenConfig::read(&mut reader);
    VaultConfig::read(&mut reader);
    SentryConfig::read(&mut reader);
    WebConfig::read(&mut reader);

    let problems = problems(reader);
    let names: Vec<&str> = problems
        .iter()
        .map(|line| line.split(':').next().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "NODE_ENV",
            "PORT",
            "DATABASE_URL",
            "DIRECT_URL",
            "REDIS_PORT",
            "REDIS_PASSWORD",
            "JWT_SECRET",
            "ENCRYPTION_KEY",
            "SENTRY_DSN",
            "NEXTAUTH_URL",
            "ALLOWED_ORIGINS",
        ]
    );
    let text = problems.join("\n");
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("17 characters"), "{text}");
}

#[test]
fn values_stay_text_and_empty_ones_are_unset() {
    let digits = "8301746295";
    let mut reader = reader([
        ("REDIS_PASSWORD", digits),
        ("REDIS_HOST", "[1,2]"),
        ("SENTRY_DSN", ""),
        ("APP_ENV", ""),
        ("NODE_ENV", "production"),
    ]);
    let app = AppConfig::read(&mut reader, Service::Api);
    let redis = RedisConfig::read(&mut reader, true);
    assert!(SentryConfig::read(&mut reader).dsn.is_none());
    assert_eq!(app.env, AppEnv::Production);
    assert_eq!(redis.host, "[1,2]");
    assert_eq!(redis.password.unwrap().expose(), digits);
    reader.finish().unwrap();
}

#[test]
fn secrets_come_from_files() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jwt");
    fs::write(&path, format!("{}\n", "k".repeat(64))).unwrap();
    let mut reader = reader([("JWT_SECRET_FILE", path.to_str().unwrap())]);
    let tokens = TokenConfig::read(&mut reader);
    assert_eq!(tokens.jwt_secret.expose().len(), 64);
    reader.finish().unwrap();

    let mut reader = self::reader([("JWT_SECRET_FILE", "/nowhere/at/all")]);
    TokenConfig::read(&mut reader);
    let problems = problems(reader);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("JWT_SECRET_FILE: cannot read"));
}

#[test]
fn container_ids_for_a_hostname_mean_all_interfaces() {
    for (hostname, host) in [
        ("3f1c0ffee123", "0.0.0.0"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
    ] {
        let mut reader = reader([("HOSTNAME", hostname)]);
        let http = HttpConfig::read(&mut reader, 3000);
        assert_eq!(http.host, host.parse::<IpAddr>().unwrap());
    }
}

#[test]
fn postgres_urls_lose_their_schema_and_keep_the_rest() {
    for (given, used) in [
        (
            "postgresql://u:p@h:6432/d?schema=public",
            "postgresql://u:p@h:6432/d",
        ),
        (
            "postgres://u:p%40@h/d?sslmode=require&schema=public",
            "postgres://u:p%40@h/d?sslmode=require",
        ),
    ] {
        let mut reader = reader([("DATABASE_URL", given)]);
        assert_eq!(DatabaseConfig::read(&mut reader).url.expose(), used);
        reader.finish().unwrap();
    }
}

#[test]
fn what_is_in_force_is_shown_without_secrets() {
    let mut reader = reader([("JWT_SECRET", &"hunter2".repeat(10)), ("PORT", "8080")]);
    TokenConfig::read(&mut reader);
    HttpConfig::read(&mut reader, 3000);
    let shown = format!("{:?}", reader.effective());
    assert!(shown.contains(r#"("PORT", "8080")"#), "{shown}");
    assert!(shown.contains(r#"("JWT_SECRET", "[redacted]")"#), "{shown}");
    assert!(!shown.contains("hunter2"));
}

#[test]
fn billing_needs_both_secrets_of_stripe_and_shows_neither() {
    let key = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
    let webhook = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    for (given, named) in [
        ((key, ""), &["STRIPE_WEBHOOK_SECRET: is not set"][..]),
        (("", webhook), &["STRIPE_SECRET_KEY: is not set"]),
        (
            (webhook, key),
            &["STRIPE_SECRET_KEY: is not", "STRIPE_WEBHOOK_SECRET: is not"],
        ),
        (
            ("pk_live_4eC39HqLyjWDarjtT1zdp7dc", webhook),
            &["STRIPE_SECRET_KEY: is not"],
        ),
        (
            ("sk_live_", "whsec_"),
            &["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"],
        ),
        (("sk_live_two words", webhook), &["STRIPE_SECRET_KEY"]),
    ] {
        let mut reader = reader([
            ("STRIPE_SECRET_KEY", given.0),
            ("STRIPE_WEBHOOK_SECRET", given.1),
        ]);
        let stripe = StripeConfig::read(&mut reader);
        assert!(!format!("{stripe:?}").contains("4eC39"));
        let problems = problems(reader);
        assert_eq!(problems.len(), named.len(), "{problems:?}");
        for (problem, start) in problems.iter().zip(named) {
            assert!(problem.starts_with(start), "{problem}");
            assert!(!problem.contains("4eC39") && !problem.contains("MfKQ"));
        }
    }
}

#[test]
fn test_keys_of_stripe_are_told_from_live_ones() {
    for (key, is_test) in [
        ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", false),
        ("rk_live_4eC39HqLyjWDarjtT1zdp7dc", false),
        ("sk_test_4eC39HqLyjWDarjtT1zdp7dc", true),
        ("rk_test_4eC39HqLyjWDarjtT1zdp7dc", true),
    ] {
        let mut reader = reader([
            ("STRIPE_SECRET_KEY", key),
            ("STRIPE_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqr"),
        ]);
        assert_eq!(StripeConfig::read(&mut reader).is_test(), is_test);
        reader.finish().unwrap();
    }
    let mut none = reader([]);
    let stripe = StripeConfig::read(&mut none);
    assert!(stripe.keys.is_none() && !stripe.is_test());
    none.finish().unwrap();
}

#[test]
fn stripe_is_called_where_it_is_and_live_keys_go_over_tls() {
    let at = |key: &str, base: &str| {
        let mut reader = reader([
            ("STRIPE_SECRET_KEY", key),
            ("STRIPE_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqr"),
            ("STRIPE_API_BASE", base),
            ("BILLING_GRACE_DAYS", "3"),
        ]);
        let stripe = StripeConfig::read(&mut reader);
        (stripe, reader.finish())
    };
    let (stripe, read) = at("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "");
    read.unwrap();
    assert_eq!(stripe.api_base.unwrap().as_str(), "https://api.stripe.com/");
    assert_eq!(stripe.grace.num_days(), 3);
    let local = "http://127.0.0.1:12111";
    at("sk_test_4eC39HqLyjWDarjtT1zdp7dc", local).1.unwrap();
    for (key, base) in [
        ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", local),
        ("sk_test_4eC39HqLyjWDarjtT1zdp7dc", "api.stripe.com"),
    ] {
        let error = at(key, base).1.unwrap_err();
        assert_eq!(error.problems[0].name, "STRIPE_API_BASE");
    }
}

/// A random secret for production, of `bytes` bytes in hexadecimal digits.
fn random(bytes: usize) -> String {
    let text = hex::encode(platform::random::bytes::<64>());
    text[..bytes * 2].to_owned()
}

/// What a process of production reads, all of it fit.
fn production() -> Vec<(&'static str, String)> {
    let (database, direct) = (random(24), random(24));
    vec![
        ("APP_ENV", "production".to_owned()),
        (
            "DATABASE_URL",
            format!("postgresql://app:{database}@pgbouncer:6432/blockbotx"),
        ),
        (
            "DIRECT_URL",
            format!("postgresql://owner:{direct}@postgres:5432/blockbotx"),
        ),
        ("REDIS_PASSWORD", random(24)),
        ("JWT_SECRET", random(48)),
        ("NEXTAUTH_SECRET", random(32)),
        ("ENCRYPTION_KEY", random(16)),
        (
            "ENCRYPTION_KEYS_PREVIOUS",
            format!("{},{}", random(16), random(16)),
        ),
        ("STRIPE_SECRET_KEY", format!("sk_live_{}", random(12))),
        ("STRIPE_WEBHOOK_SECRET", format!("whsec_{}", random(16))),
    ]
}

/// Which variables are refused where `changed` replaces what [`production`] says.
fn refused(changed: &[(&str, &str)]) -> Vec<String> {
    let mut pairs = production();
    for (name, value) in changed {
        pairs.retain(|(known, _)| known != name);
        pairs.push((name, (*value).to_owned()));
    }
    let mut reader = Reader::new(Env::from_pairs(pairs));
    let app = AppConfig::read(&mut reader, Service::Api);
    DatabaseConfig::read(&mut reader);
    DirectConfig::read(&mut reader);
    RedisConfig::read(&mut reader, app.env.is_production());
    TokenConfig::read(&mut reader);
    NextAuthConfig::read(&mut reader, app.env);
    VaultConfig::read(&mut reader);
    StripeConfig::read(&mut reader);
    let Err(error) = reader.finish() else {
        return Vec::new();
    };
    for (_, value) in changed.iter().filter(|(_, value)| value.len() > 10) {
        assert!(!error.to_string().contains(value), "shown: {error}");
    }
    let problems = error.problems.into_iter();
    problems.map(|problem| problem.name).collect()
}

#[test]
fn production_takes_no_secret_that_others_may_know() {
    assert_eq!(refused(&[]), Vec::<String>::new());
    for (name, value) in [
        ("JWT_SECRET", "development-only-development-only-development-only-development-only-never-in-production".to_owned()),
        ("JWT_SECRET", "k".repeat(64)),
        ("JWT_SECRET", "0123456789abcdef".repeat(4)),
        ("JWT_SECRET", "please-change-me-".repeat(4)),
        ("ENCRYPTION_KEY", "development-only-32-characters-x".to_owned()),
        ("ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef".to_owned()),
        ("ENCRYPTION_KEYS_PREVIOUS", format!("{},development-only-32-characters-x", random(16))),
        ("ENCRYPTION_KEYS_PREVIOUS", "x".repeat(32)),
        ("NEXTAUTH_SECRET", "a-secret-of-the-frontend-0123456789".to_owned()),
        ("NEXTAUTH_SECRET", "ab".repeat(20)),
        ("REDIS_PASSWORD", "development".to_owned()),
        ("REDIS_PASSWORD", "x".to_owned()),
        ("REDIS_PASSWORD", "0123456789".to_owned()),
        ("STRIPE_WEBHOOK_SECRET", "whsec_fake0000000000000000".to_owned()),
        ("STRIPE_WEBHOOK_SECRET", format!("whsec_{}", "a".repeat(32))),
        ("STRIPE_SECRET_KEY", "sk_test_fake0000000000000000".to_owned()),
        ("DATABASE_URL", "postgresql://blockbotx:development@pgbouncer:6432/blockbotx".to_owned()),
        ("DATABASE_URL", "postgresql://blockbotx:PASSWORD@pgbouncer:6432/blockbotx?schema=public".to_owned()),
        ("DATABASE_URL", "postgresql://blockbotx:%64evelopment@pgbouncer:6432/blockbotx".to_owned()),
        ("DATABASE_URL", "postgresql://blockbotx@pgbouncer:6432/blockbotx?password=development".to_owned()),
        ("DIRECT_URL", "postgresql://postgres:postgres@postgres:5432/blockbotx".to_owned()),
    ] {
        assert_eq!(refused(&[(name, &value)]), [name], "{value}");
        // A developer's machine takes it.
        assert_eq!(refused(&[(name, &value), ("APP_ENV", "development")]), Vec::<String>::new(), "{value}");
    }
    let two = [
        ("JWT_SECRET", &*"z".repeat(64)),
        ("REDIS_PASSWORD", "development"),
        ("LOG_LEVEL", "inof"),
    ];
    assert_eq!(refused(&two), ["LOG_LEVEL", "REDIS_PASSWORD", "JWT_SECRET"]);
    // The alias says production as well.
    let mut pairs = production();
    pairs.retain(|(name, _)| !["APP_ENV", "REDIS_PASSWORD"].contains(name));
    pairs.extend([
        ("NODE_ENV", "production".to_owned()),
        ("REDIS_PASSWORD", "development".to_owned()),
    ]);
    let mut reader = Reader::new(Env::from_pairs(pairs));
    RedisConfig::read(&mut reader, true);
    assert_eq!(problems(reader).len(), 1);
}

#[test]
fn a_published_previous_key_is_taken_by_a_rotation_only() {
    let pairs = [
        ("APP_ENV", "production".to_owned()),
        ("ENCRYPTION_KEY", random(16)),
        (
            "ENCRYPTION_KEYS_PREVIOUS",
            "development-only-32-characters-x".to_owned(),
        ),
    ];
    let mut reader = Reader::new(Env::from_pairs(pairs.clone()));
    VaultConfig::read(&mut reader);
    assert_eq!(problems(reader).len(), 1);
    let mut reader = Reader::new(Env::from_pairs(pairs));
    assert_eq!(
        VaultConfig::read_for_rotation(&mut reader).previous.len(),
        1
    );
    reader.finish().unwrap();
}

#[test]
fn a_log_filter_that_would_log_nothing_is_refused() {
    let read = |filter: &str| {
        let mut reader = reader([("LOG_LEVEL", filter)]);
        let app = AppConfig::read(&mut reader, Service::Api);
        (app.log_filter, reader.finish())
    };
    for filter in [
        "inof",
        "information",
        "info,sqlx=wran",
        "info,sqlx",
        "sqlx",
        "info=debug",
        "=info",
        "info,,warn",
        "info;sqlx=warn",
        "info sqlx=warn",
        "6",
        "-1",
        "api::routes=",
        "[span]",
        "{}",
    ] {
        let (_, Err(error)) = read(filter) else {
            panic!("{filter} is taken");
        };
        assert_eq!(error.problems[0].name, "LOG_LEVEL", "{filter}");
        assert!(error.to_string().contains(filter), "{error}");
    }
    for (filter, used) in [
        ("info", "info"),
        ("INFO", "INFO"),
        ("off", "off"),
        (" info , sqlx=warn ", "info,sqlx=warn"),
        (
            "info,api::routes=debug,hyper=off",
            "info,api::routes=debug,hyper=off",
        ),
        (
            "warn,[request{route=1}]=trace",
            "warn,[request{route=1}]=trace",
        ),
    ] {
        let (read, result) = read(filter);
        result.unwrap();
        assert_eq!(read.as_str(), used);
    }
}

#[test]
fn a_value_that_would_be_passed_over_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (full, empty) = (dir.path().join("full"), dir.path().join("empty"));
    fs::write(&full, "8301746295").unwrap();
    fs::write(&empty, "\n").unwrap();
    let (full, empty) = (full.to_str().unwrap(), empty.to_str().unwrap());

    let mut both = reader([("REDIS_PASSWORD", "another"), ("REDIS_PASSWORD_FILE", full)]);
    RedisConfig::read(&mut both, false);
    assert!(
        problems(both)[0].starts_with("REDIS_PASSWORD: is set, and REDIS_PASSWORD_FILE is too")
    );

    // A default of ours beside the file is no value of the operator's.
    let mut alone = reader([("REDIS_HOST_FILE", full)]);
    assert_eq!(RedisConfig::read(&mut alone, false).host, "8301746295");
    alone.finish().unwrap();

    let mut nothing = reader([("REDIS_PASSWORD_FILE", empty)]);
    RedisConfig::read(&mut nothing, false);
    assert!(problems(nothing)[0].starts_with("REDIS_PASSWORD_FILE: "));

    let mut twice = reader([("APP_ENV", "production"), ("NODE_ENV", "development")]);
    AppConfig::read(&mut twice, Service::Api);
    assert!(problems(twice)[0].starts_with("NODE_ENV: "));
}

#[test]
fn tls_to_redis_is_off_or_on_and_an_authority_needs_it() {
    let mut off = reader([("REDIS_TLS", "off")]);
    assert!(RedisConfig::read(&mut off, false).tls.is_none());
    off.finish().unwrap();

    let mut on = reader([("REDIS_TLS", "on")]);
    assert!(RedisConfig::read(&mut on, false).tls.is_some());
    on.finish().unwrap();

    for (pairs, wanted) in [
        ([("REDIS_TLS", "yes"), ("REDIS_HOST", "redis")], "REDIS_TLS"),
        ([("REDIS_TLS", "off"), ("REDIS_CA", "x")], "REDIS_CA"),
        ([("REDIS_TLS", "on"), ("REDIS_CA", "x")], "REDIS_CA"),
    ] {
        let mut reader = reader(pairs);
        RedisConfig::read(&mut reader, false);
        let problems = problems(reader);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with(wanted), "{problems:?}");
    }
}
