//! The built binaries, run as an operator runs them.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    io::Write,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::NamedTempFile;

use crate::wait_until;

/// A binary with arguments and an environment of its own: nothing of the test's is passed on.
#[derive(Debug, Clone)]
pub struct Binary {
    path: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    input: String,
}

impl Binary {
    /// The API and the engine.
    pub fn api() -> Self {
        Self::named("api")
    }

    /// The WebSocket gateway.
    pub fn gateway() -> Self {
        Self::named("gateway")
    }

    /// The migrator.
    pub fn migrator() -> Self {
        Self::named("migrator")
    }

    /// The binary `name` of the build that this test belongs to.
    ///
    /// # Panics
    /// When it has not been built.
    pub fn named(name: &str) -> Self {
        // The test is target/<profile>/deps/it-<hash>.
        let test = env::current_exe().expect("the test's own path");
        let path = test
            .ancestors()
            .nth(2)
            .expect("the target directory")
            .join(name);
        assert!(
            path.exists(),
            "{} is not built: cargo build --bins",
            path.display()
        );
        Self::at(path)
    }

    /// Any program.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            input: String::new(),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Gives it this on standard input; without, there is nothing to read.
    #[must_use]
    pub fn input(mut self, text: impl Into<String>) -> Self {
        self.input = text.into();
        self
    }

    /// Starts it. It is killed when the answer is dropped, and with the thread that started it.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn spawn(self) -> Process {
        let log = NamedTempFile::new().expect("a log file");
        let output = File::options()
            .append(true)
            .open(log.path())
            .expect("open the log");
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "--"])
            .arg(&self.path)
            .args(&self.arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(&self.environment)
            .stdin(Stdio::piped())
            .stdout(output.try_clone().expect("share the log"))
            .stderr(output);
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        if let Some(mut stdin) = child.stdin.take() {
            // One that ends without reading breaks the pipe.
            stdin.write_all(self.input.as_bytes()).ok();
        }
        Process { child, log }
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it cannot be started, or runs past the deadline of a test.
    pub async fn run(self) -> Finished {
        let mut process = self.spawn();
        let status = process.exit().await;
        Finished {
            status,
            logs: process.logs(),
        }
    }
}

/// How a process ended and what it wrote.
#[derive(Debug)]
pub struct Finished {
    /// Its exit status.
    pub status: ExitStatus,
    /// Standard output and error, in the order in which they were written.
    pub logs: String,
}

/// A running binary.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: NamedTempFile,
}

impl Process {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Standard output and error so far.
    pub fn logs(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap_or_default()
    }

    /// Waits until it has written `text`.
    ///
    /// # Panics
    /// With its logs, when it ended without, or did not within the deadline of a test.
    pub async fn logged(&mut self, text: &str) {
        let process = std::cell::RefCell::new(&mut *self);
        let written = || async {
            let mut process = process.borrow_mut();
            let ended = !process.is_running();
            let logs = process.logs();
            assert!(
                !ended || logs.contains(text),
                "the process ended without writing {text:?}:\n{logs}"
            );
            logs.contains(text)
        };
        wait_until(&format!("the process wrote {text:?}"), written).await;
    }

    /// True until it ended.
    ///
    /// # Panics
    /// When the system does not know it.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("wait for it").is_none()
    }

    /// Waits until it ended.
    ///
    /// # Panics
    /// When it runs past the deadline of a test.
    pub async fn exit(&mut self) -> ExitStatus {
        let child = std::cell::RefCell::new(&mut self.child);
        wait_until("the process ended", || async {
            let ended = child.borrow_mut().try_wait();
            ended.expect("wait for it").is_some()
        })
        .await;
        self.child.wait().expect("wait for it")
    }

    /// Asks it to end (SIGTERM) and waits until it did.
    pub async fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.exit().await
    }

    /// Kills it (SIGKILL).
    pub async fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.exit().await;
    }

    /// Freezes it (SIGSTOP), as a paused machine would.
    pub fn stop(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on (SIGCONT).
    pub fn cont(&self) {
        self.signal(Signal::CONT);
    }

    /// Sends any signal.
    ///
    /// # Panics
    /// When it has ended and was waited for.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("signal the process");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
