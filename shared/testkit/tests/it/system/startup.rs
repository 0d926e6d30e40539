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
