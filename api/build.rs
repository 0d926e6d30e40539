//! Writes down the files of a built console for a release to embed. Development builds read them from disk, so that a
//! change of a page compiles nothing here.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let dist = package.join("console/dist");
    let mut out = io::stdout();
    writeln!(out, "cargo:rerun-if-changed=build.rs")?;
    let mut files = Vec::new();
    if variable("PROFILE")? == "release" {
        // The folder itself is in the repository, so that a build of the console is noticed.
        writeln!(out, "cargo:rerun-if-changed={}", dist.display())?;
        if dist.join("index.html").exists() {
            collect(&dist, &dist, &mut files)?;
        } else {
            let hint = "the console is not built and will not be in this binary: npm ci && npm run build in api/console";
            writeln!(out, "cargo:warning={hint}")?;
        }
    }
    files.sort();
    let mut table = String::from("/// Each file by its path in the build.\n");
    table.push_str("pub(super) static EMBEDDED: &[(&str, &[u8])] = &[\n");
    for (name, path) in files {
        let path = path.to_string_lossy();
        let _ = writeln!(table, "    ({name:?}, include_bytes!({path:?})),");
    }
    table.push_str("];\n");
    fs::write(
        PathBuf::from(variable("OUT_DIR")?).join("console.rs"),
        table,
    )
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.strip_prefix(root).map_err(io::Error::other)?;
        let name = name.to_string_lossy().replace('\\', "/");
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if !name.starts_with('.') {
            files.push((name, path));
        }
    }
    Ok(())
}
