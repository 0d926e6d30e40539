//! What this build is.

/// The version of the workspace.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit that this binary was built from; `unknown` outside a release build.
pub const GIT_SHA: &str = match option_env!("GIT_SHA") {
    Some(sha) => sha,
    None => "unknown",
};

/// What `--version` prints.
pub fn version_line(service: &str) -> String {
    format!("{service} {VERSION} ({GIT_SHA})")
}
