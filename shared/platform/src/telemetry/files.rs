//! Daily log files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tracing_appender::rolling::{InitError, RollingFileAppender, Rotation};

/// Days that one process keeps.
const DAYS: usize = 14;

/// Files of one service, of all its hosts together. A container's host name changes with every roll-out, so the
/// files of former hosts are nobody's to prune but their successor's.
const FILES_PER_SERVICE: usize = 60;

/// Opens `{service}.{host}.{date}.log` under `dir`, creating it where it does not exist.
///
/// # Errors
/// When the directory or the file cannot be created.
pub(super) fn open(
    dir: &Path,
    service: &str,
    host: &str,
) -> Result<RollingFileAppender, InitError> {
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(format!("{service}.{host}"))
        .filename_suffix("log")
        .max_log_files(DAYS)
        .build(dir)?;
    // A directory that cannot be tidied can still be written to.
    drop(prune(dir, service, FILES_PER_SERVICE));
    Ok(appender)
}

/// Deletes all but the `keep` newest files of a service.
fn prune(dir: &Path, service: &str, keep: usize) -> io::Result<()> {
    let prefix = format!("{service}.");
    let mut files: Vec<(std::time::SystemTime, PathBuf)> = fs::read_dir(dir)?
        .filter_map(Result::ok)
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with(&prefix) && name.ends_with(".log")
        })
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort_by(|a, b| b.cmp(a));
    for (_, path) in files.into_iter().skip(keep) {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// The machine's or container's name, in characters fit for a file name. Not from `HOSTNAME`: that is the bind address.
pub(super) fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name
        .trim()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(64)
        .collect();
    if name.is_empty() {
        "localhost".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        time::{Duration, SystemTime},
    };

    #[test]
    fn keeps_the_newest_of_its_own_service() {
        let dir = tempfile::tempdir().unwrap();
        for age in 0..5_u64 {
            let file =
                fs::File::create(dir.path().join(format!("api.host{age}.2024-01-0{age}.log")))
                    .unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(age * 60))
                .unwrap();
        }
        fs::write(dir.path().join("gateway.host.2020-01-01.log"), "x").unwrap();
        fs::write(dir.path().join("api.txt"), "x").unwrap();
        super::prune(dir.path(), "api", 2).unwrap();
        let mut left: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(
            left,
            [
                "api.host0.2024-01-00.log",
                "api.host1.2024-01-01.log",
                "api.txt",
                "gateway.host.2020-01-01.log"
            ]
        );
    }
}
