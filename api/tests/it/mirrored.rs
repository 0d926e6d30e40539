//! The tests of the routes lie as the routes do: what `src/routes/bots/create.rs` answers is tested in
//! `tests/it/routes/bots/create.rs`, and the same for each `mod.rs`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The Rust files below a folder, by their paths within it.
fn files_below(root: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.insert(path.strip_prefix(root).unwrap().to_owned());
            }
        }
    }
    files
}

#[test]
fn every_file_of_routes_is_tested_in_the_file_of_the_same_path() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (routes, tests) = (package.join("src/routes"), package.join("tests/it/routes"));
    let files = files_below(&routes);
    assert!(files.len() > 50, "only {} files of routes", files.len());
    let untested: Vec<_> = files
        .into_iter()
        .filter(|file| {
            let route = fs::read_to_string(routes.join(file)).unwrap();
            let test = fs::read_to_string(tests.join(file)).unwrap_or_default();
            let only_declares = file.ends_with("mod.rs") && !route.contains("#[utoipa::path(");
            test.is_empty() || !only_declares && !test.contains("::test]")
        })
        .collect();
    assert!(
        untested.is_empty(),
        "without a test file of the same path that has tests: {untested:?}"
    );
}
