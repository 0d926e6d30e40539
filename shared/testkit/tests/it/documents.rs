//! What the documents promise is there.

use std::{collections::BTreeSet, fs, path::Path};

use crate::conformance::{read, root};

/// The names of all functions below a directory of the repository.
fn functions(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let names = text.split("fn ").skip(1).filter_map(|rest| {
                rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .next()
            });
            found.extend(names.map(str::to_owned));
        }
    }
}

/// The last column of the tables of requirements names tests.
fn promised(document: &str) -> BTreeSet<&str> {
    document
        .lines()
        .filter(|line| {
            line.starts_with("| ") && line[2..].starts_with(|c: char| c.is_ascii_digit())
        })
        .filter_map(|line| line.strip_suffix(" |")?.rsplit_once('|'))
        .flat_map(|(_, tests)| tests.split('`').skip(1).step_by(2))
        .filter(|name| !name.contains('/'))
        .collect()
}

#[test]
fn every_test_that_the_security_guide_names_exists() {
    let mut found = BTreeSet::new();
    for directory in ["api", "gateway", "migrator", "shared"] {
        functions(&root().join(directory), &mut found);
    }
    let document = read("ops/docs/SECURITY.md");
    let promised = promised(&document);
    assert!(promised.len() > 40, "{promised:?}");
    let missing: Vec<_> = promised
        .iter()
        .filter(|name| !found.contains(**name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// What secrets are called in the environment.
const SECRETS: [&str; 11] = [
    "JWT_SECRET",
    "NEXTAUTH_SECRET",
    "ENCRYPTION_KEY",
    "ENCRYPTION_KEYS_PREVIOUS",
    "REDIS_PASSWORD",
    "POSTGRES_PASSWORD",
    "APP_DB_PASSWORD",
    "BACKUP_DB_PASSWORD",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "SMTP_PASSWORD",
];

fn files(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if ["target", ".git", "node_modules", ".dev", "snapshots"].contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The literal after `NAME=`, `NAME: "${NAME:-…}"` or `("NAME", "…")`, and none where it is made when it is needed.
fn literals(text: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for name in SECRETS {
        for rest in text.split(name).skip(1) {
            let assigned = ["=", ":-", "\", \"", ": \""]
                .iter()
                .find_map(|sign| rest.strip_prefix(sign));
            let Some(rest) = assigned else { continue };
            let rest = rest.trim_start_matches(['"', '\'']);
            let end = |c: char| c.is_whitespace() || "\"'}`,;)|<(…".contains(c);
            let value = rest.split(end).next().unwrap_or_default();
            let is_name = value.chars().all(|c| c.is_ascii_uppercase() || c == '_');
            // What is hidden, and the word of a message.
            let is_told = ["[redacted]", "production"].contains(&value);
            if !value.is_empty() && !is_name && !is_told && !value.contains('$') {
                found.push((name, value.to_owned()));
            }
        }
    }
    // Constants of tests.
    for line in text.lines().map(str::trim) {
        let is_secret = |name: &str| {
            let parts: Vec<_> = name.split('_').collect();
            ["SECRET", "KEY", "FRONTEND"]
                .iter()
                .any(|part| parts.contains(part))
        };
        if let Some((before, rest)) = line.split_once(": &str = \"")
            && let Some(name) = before.rsplit(' ').next()
            && before.contains("const ")
            && is_secret(name)
            && let Some(value) = rest.strip_suffix("\";")
        {
            // Names of variables and of constraints, paths, and sentences.
            let is_name = SECRETS.contains(&value) || value.ends_with("_key");
            if !is_name && !value.starts_with('/') && !value.contains(' ') {
                found.push(("const", value.to_owned()));
            }
        }
    }
    // In URLs of Postgres.
    for scheme in ["postgresql://", "postgres://"] {
        for rest in text.split(scheme).skip(1) {
            let address = rest
                .split(|c: char| c.is_whitespace() || "\"'`".contains(c))
                .next();
            let Some((user, _)) = address.and_then(|address| address.split_once('@')) else {
                continue;
            };
            if let Some((_, password)) = user.split_once(':')
                && !password.contains(['$', '{', '%', '_'])
            {
                found.push(("a URL", password.to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_secret_of_the_tree_is_refused_in_production() {
    let mut paths = Vec::new();
    files(&root(), &mut paths);
    let (mut seen, mut taken) = (0, BTreeSet::new());
    for path in paths {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for (name, value) in literals(&text) {
            seen += 1;
            if platform::config::weakness(&value).is_none() {
                taken.insert(format!("{}: {name} {value}", path.display()));
            }
        }
    }
    assert!(seen > 30, "{seen}");
    assert!(taken.is_empty(), "{taken:#?}");
}
