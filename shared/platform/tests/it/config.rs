use std::{fs, net::IpAddr};

use platform::config::{
    AppConfig, AppEnv, ConfigError, DatabaseConfig, DirectConfig, Env, HttpConfig, Reader,
    RedisConfig, SentryConfig, Service, StripeConfig, TokenConfig, VaultConfig, WebConfig,
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
    let mut reader = reader([
        ("REDIS_PASSWORD", "0123456789"),
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
    assert_eq!(redis.password.unwrap().expose(), "0123456789");
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
