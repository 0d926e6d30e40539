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
        .filter_map(|line| line.trim_end_matches(" |").rsplit_once('|'))
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
