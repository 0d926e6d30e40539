//! Who may use whom. An arrow that is not in the table is a decision that nobody took.

use std::{collections::BTreeSet, env, fs, path::Path, process::Command};

use serde_json::Value;

/// Each of our crates and what it may use, but for development.
const MAY_USE: &[(&str, &[&str])] = &[
    ("trading", &[]),
    ("platform", &[]),
    ("events", &["trading", "platform"]),
    ("exchange", &["trading", "platform"]),
    ("views", &["events", "trading", "platform"]),
    ("store", &["views", "trading", "platform", "events"]),
    (
        "engine",
        &[
            "store", "exchange", "views", "events", "trading", "platform",
        ],
    ),
    (
        "api",
        &[
            "engine", "store", "exchange", "views", "events", "trading", "platform",
        ],
    ),
    ("gateway", &["events", "platform", "trading"]),
    ("migrator", &["platform"]),
    ("emulator", &["trading", "platform"]),
];

/// Tests and measurements reach everything; in return nobody ships them.
const MAY_USE_ANY: &[&str] = &["testkit", "bench"];

/// Crates that only tests may use.
const DEV_ONLY: &[&str] = &["testkit", "emulator"];

/// The gateway answers sockets and the kernel computes: neither may ever link a database driver.
const NO_DATABASE: &[&str] = &["gateway", "trading", "views", "events", "platform"];

fn members() -> Vec<Value> {
    let answer = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        answer.status.success(),
        "{}",
        String::from_utf8_lossy(&answer.stderr)
    );
    let metadata: Value = serde_json::from_slice(&answer.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap()
}

fn dependencies(package: &Value) -> impl Iterator<Item = &Value> {
    package["dependencies"].as_array().unwrap().iter()
}

fn is_dev(dependency: &Value) -> bool {
    dependency["kind"] == "dev"
}

#[test]
fn nobody_uses_what_the_table_does_not_allow() {
    let members = members();
    let ours: BTreeSet<&str> = members.iter().map(name).collect();
    let mut wrong = Vec::new();
    for package in &members {
        let user = name(package);
        if MAY_USE_ANY.contains(&user) {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(crate_, _)| *crate_ == user) else {
            wrong.push(format!("{user} is not in the table"));
            continue;
        };
        for dependency in dependencies(package) {
            let used = name(dependency);
            let free = allowed.contains(&used) || is_dev(dependency) && DEV_ONLY.contains(&used);
            if ours.contains(used) && !free {
                wrong.push(format!("{user} uses {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_never_sees_a_database_links_no_driver() {
    let members = members();
    for package in members
        .iter()
        .filter(|package| NO_DATABASE.contains(&name(package)))
    {
        for dependency in dependencies(package).filter(|dependency| !is_dev(dependency)) {
            let used = name(dependency);
            assert!(
                !used.starts_with("sea-orm") && !used.starts_with("sqlx"),
                "{} uses {used}",
                name(package)
            );
        }
    }
}

#[test]
fn every_path_stays_inside_and_every_version_is_named_at_the_root() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap();
    for package in members() {
        for dependency in dependencies(&package) {
            if let Some(path) = dependency["path"].as_str() {
                assert!(
                    Path::new(path).starts_with(&root),
                    "{} uses {path}",
                    name(&package)
                );
            } else {
                let source = dependency["source"].as_str().unwrap();
                assert!(
                    source.starts_with("registry+"),
                    "{} uses {source}",
                    name(&package)
                );
            }
        }
    }
}

#[test]
fn every_member_uses_the_lints_and_versions_of_the_workspace() {
    for package in members() {
        let manifest = fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
        assert!(
            manifest.contains("[lints]\nworkspace = true\n"),
            "{}: lints",
            name(&package)
        );
        let mut section = "";
        for line in manifest.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line;
            } else if section.ends_with("dependencies]") && line.contains('=') {
                assert!(
                    line.contains("workspace = true"),
                    "{}: {line}",
                    name(&package)
                );
            }
        }
    }
}
