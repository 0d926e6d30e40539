//! A process that cannot work says all that is wrong, and does not half start.

use testkit::process::Binary;

/// Each process with an empty environment, and every variable that it must name.
#[tokio::test]
async fn missing_settings_are_all_named_at_once() {
    for (name, arguments, missing) in [
        (
            "api",
            &["serve"][..],
            &["DATABASE_URL", "JWT_SECRET", "ENCRYPTION_KEY"][..],
        ),
        ("api", &["engine"], &["DATABASE_URL", "ENCRYPTION_KEY"]),
        ("gateway", &[], &["JWT_SECRET"]),
        ("migrator", &["up"], &["DIRECT_URL"]),
    ] {
        let mut binary = Binary::named(name);
        for argument in arguments {
            binary = binary.arg(*argument);
        }
        let done = binary.run().await;
        assert_eq!(
            done.status.code(),
            Some(2),
            "{name} {arguments:?}: {}",
            done.logs
        );
        for variable in missing {
            assert!(
                done.logs.contains(variable),
                "{name} does not name {variable}: {}",
                done.logs
            );
        }
    }
}

#[tokio::test]
async fn wrong_settings_are_all_named_at_once_and_no_secret_is_shown() {
    for (name, arguments) in [
        ("api", &["serve"][..]),
        ("api", &["engine"]),
        ("gateway", &[]),
    ] {
        let mut binary = Binary::named(name)
            .env("APP_ENV", "productive")
            .env("PORT", "eighty")
            .env("REDIS_PORT", "-1")
            .env("DATABASE_URL", "mysql://root:hunter2@db/x")
            .env("JWT_SECRET", "hunter2")
            .env("ENCRYPTION_KEY", "hunter2");
        for argument in arguments {
            binary = binary.arg(*argument);
        }
        let done = binary.run().await;
        assert_eq!(done.status.code(), Some(2), "{name}: {}", done.logs);
        assert!(!done.logs.contains("hunter2"), "{}", done.logs);
        for variable in ["APP_ENV", "PORT", "REDIS_PORT"] {
            assert!(
                done.logs.contains(variable),
                "{name} does not name {variable}: {}",
                done.logs
            );
        }
    }
}

#[tokio::test]
async fn every_process_tells_its_version() {
    for name in ["api", "gateway", "migrator"] {
        let done = Binary::named(name).arg("--version").run().await;
        assert!(done.status.success());
        assert!(
            done.logs
                .starts_with(&format!("{name} {}", env!("CARGO_PKG_VERSION"))),
            "{}",
            done.logs
        );
    }
}

/// What the development stack publishes, as an operator might leave it, and a log filter that would log nothing.
#[tokio::test]
async fn production_does_not_start_with_what_everybody_knows_nor_in_silence() {
    let random =
        |bytes: usize| hex::encode(platform::random::bytes::<64>())[..bytes * 2].to_owned();
    let url = |password: &str| format!("postgresql://blockbotx:{password}@127.0.0.1:1/blockbotx");
    let fit = [
        ("APP_ENV", "production".to_owned()),
        ("DATABASE_URL", url(&random(24))),
        ("DIRECT_URL", url(&random(24)).replace(":1/", ":2/")),
        ("REDIS_PASSWORD", random(24)),
        ("JWT_SECRET", random(48)),
        ("ENCRYPTION_KEY", random(16)),
    ];
    let known = [
        ("DATABASE_URL", url("development")),
        ("DIRECT_URL", url("development")),
        ("REDIS_PASSWORD", "development".to_owned()),
        (
            "JWT_SECRET",
            "development-only-".repeat(4) + "never-in-production",
        ),
        (
            "ENCRYPTION_KEY",
            "development-only-32-characters-x".to_owned(),
        ),
        ("LOG_LEVEL", "inof".to_owned()),
    ];
    for (name, arguments, read) in [
        (
            "api",
            &["config", "check"][..],
            &[
                "DATABASE_URL",
                "REDIS_PASSWORD",
                "JWT_SECRET",
                "ENCRYPTION_KEY",
            ][..],
        ),
        (
            "api",
            &["config", "check", "--engine"],
            &["DATABASE_URL", "REDIS_PASSWORD", "ENCRYPTION_KEY"],
        ),
        (
            "api",
            &["serve"],
            &[
                "DATABASE_URL",
                "REDIS_PASSWORD",
                "JWT_SECRET",
                "ENCRYPTION_KEY",
            ],
        ),
        (
            "api",
            &["engine"],
            &["DATABASE_URL", "REDIS_PASSWORD", "ENCRYPTION_KEY"],
        ),
        (
            "gateway",
            &["config", "check"],
            &["REDIS_PASSWORD", "JWT_SECRET"],
        ),
        ("gateway", &["serve"], &["REDIS_PASSWORD", "JWT_SECRET"]),
        ("migrator", &["up"], &["DIRECT_URL"]),
    ] {
        let run = |settings: &[(&'static str, String)]| {
            let binary = settings
                .iter()
                .fold(Binary::named(name), |binary, (name, value)| {
                    binary.env(*name, value)
                });
            let binary = arguments
                .iter()
                .fold(binary, |binary, argument| binary.arg(*argument));
            binary.run()
        };
        let done = run(&[&fit[..], &known[..]].concat()).await;
        assert_eq!(
            done.status.code(),
            Some(2),
            "{name} {arguments:?}: {}",
            done.logs
        );
        for variable in read.iter().chain(&["LOG_LEVEL"]) {
            let line = format!("\n  {variable}: ");
            assert!(
                done.logs.contains(&line),
                "{name} does not name {variable}: {}",
                done.logs
            );
        }
        assert!(!done.logs.contains("development-only"), "{}", done.logs);
        if arguments.contains(&"check") {
            let done = run(&fit).await;
            assert_eq!(done.status.code(), Some(0), "{name}: {}", done.logs);
        }
    }
}
