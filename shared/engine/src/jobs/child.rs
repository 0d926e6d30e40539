//! The worker's side: a process of one job, without a database, a secret or a network.

use std::{
    fs,
    io::{self, BufRead, Write},
};

use rustix::process::{Resource, Rlimit, setpriority_process, setrlimit};

use super::{
    compute::compute,
    message::{Message, Task, line},
};
use crate::spec::FeedDir;

/// How much a worker gives way to the engine and everything else on the machine.
const NICENESS: i32 = 10;

/// The longest task, in bytes: the API takes bodies of a sixteenth of it.
const MOST_TASK: u64 = 16 << 20;

/// Says things to the engine.
pub(super) struct Mouth<W> {
    output: W,
}

impl<W: Write> Mouth<W> {
    /// Says something.
    ///
    /// # Errors
    /// When the engine is gone.
    pub(super) fn say(&mut self, message: &Message) -> io::Result<()> {
        self.output.write_all(&line(message)?)?;
        self.output.flush()
    }
}

/// Reads a task from `input`, computes it, and says on `output` how far it is and what came of it. Changes the whole
/// process: it gives way to others, is the first to be killed where the machine has no memory left, and may take only what
/// the task says.
///
/// # Errors
/// When there is no task, the limit cannot be set, or nobody listens any more: an engine that is gone leaves no worker
/// behind for longer than 1,024 candles take.
pub fn work(input: impl BufRead, output: impl Write) -> io::Result<()> {
    give_way();
    let mut text = String::new();
    input.take(MOST_TASK).read_line(&mut text)?;
    let task: Task = serde_json::from_str(&text)?;
    limit_memory(task.memory_mb)?;
    let dir = FeedDir(task.feeds);
    compute(task.kind, &task.spec, &dir, &mut Mouth { output })
}

/// Bots go first. What cannot be had here is no reason to compute nothing.
fn give_way() {
    let unkind = setpriority_process(None, NICENESS).map_err(io::Error::from);
    for failed in [unkind, fs::write("/proc/self/oom_score_adj", "1000")] {
        if let Err(error) = failed {
            drop(writeln!(
                io::stderr(),
                "a worker does not give way: {error}"
            ));
        }
    }
}

/// Takes no more than so many MiB besides what the program itself is: beyond it an allocation fails and the process aborts,
/// without a file of its memory.
fn limit_memory(mib: u32) -> io::Result<()> {
    let exactly = |most| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    let most = mapped()?.saturating_add(u64::from(mib) << 20);
    setrlimit(Resource::Core, exactly(0))?;
    Ok(setrlimit(Resource::As, exactly(most))?)
}

/// Bytes of address space that are taken now.
fn mapped() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:")?.strip_suffix("kB"))
        .and_then(|kib| kib.trim().parse::<u64>().ok())
        .map(|kib| kib << 10)
        .ok_or_else(|| io::Error::other("/proc/self/status has no VmSize"))
}
