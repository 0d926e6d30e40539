//! A server process and the directory that it works in.

use std::{
    fs::{self, File},
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
};

use rustix::process::{Pid, Signal, getuid, kill_process};
use tempfile::TempDir;

use crate::{services::tool, wait_until};

/// Postgres and PgBouncer refuse to run as root; `nobody` and `nogroup` exist on every Debian.
const NOBODY: u32 = 65_534;

/// A directory that the servers' user owns.
#[derive(Debug)]
pub(super) struct Home(TempDir);

impl Home {
    pub(super) fn new(name: &str) -> Self {
        let dir = tempfile::Builder::new()
            .prefix(&format!("bbx-{name}-"))
            .tempdir()
            .expect("a temporary directory");
        own(dir.path(), 0o700);
        Self(dir)
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file that only the server can read.
    pub(super) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::write(&path, text).expect("write a server's configuration");
        own(&path, 0o600);
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.path().join("log")).unwrap_or_default()
    }
}

fn own(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set permissions");
    if getuid().is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("give to nobody");
    }
}

/// `program` of the servers' tools, as the servers' user, dying with this thread.
pub(super) fn command(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if getuid().is_root() {
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
    }
    command
        .arg("--")
        .arg(tool(program))
        .stdin(Stdio::null())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C.UTF-8");
    command
}

/// A running server.
#[derive(Debug)]
pub(super) struct Daemon {
    child: Child,
}

impl Daemon {
    /// Starts `command` with its output going to `home`'s log.
    pub(super) fn spawn(home: &Home, command: &mut Command) -> Self {
        let log = File::options()
            .create(true)
            .append(true)
            .open(home.path().join("log"))
            .expect("open the server's log");
        let child = command
            .current_dir("/")
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// How it ended, if it did.
    pub(super) fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("wait for the server")
    }

    /// Asks it to end and waits until it did.
    pub(super) async fn end(&mut self, signal: Signal) {
        if self.exited().is_none() {
            kill_process(self.pid(), signal).expect("signal the server");
        }
        let child = std::cell::RefCell::new(&mut self.child);
        wait_until("the server ended", || async {
            let ended = child.borrow_mut().try_wait();
            ended.expect("wait for the server").is_some()
        })
        .await;
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
