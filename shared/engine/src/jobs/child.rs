//! The worker's side: a process of one job, without a database, a secret or a network.

use std::{
    fs,
    io::{self, BufRead, Write},
};

use rustix::process::{Resource, Rlimit, setpriority_process, setrlimit};

use super::{
    compute::compute,
    message::{Reporter, Task},
};
use crate::spec::FeedDir;

/// How much a worker gives way to the engine and everything else on the machine.
const NICENESS: i32 = 10;

/// The longest task, in bytes: the API takes bodies of a sixteenth of it.
const MOST_TASK: u64 = 16 << 20;

/// Runs a worker: reads a task from `input`, computes it, and writes progress and result to `output`. Changes the whole process:
/// lower priority, first to be killed when the machine is out of memory, and an address-space limit from the task.
///
/// # Errors
/// When there is no task, the limit cannot be set, or the engine no longer reads: a worker outlives its engine by 1,024 candles
/// at most.
pub fn work(input: impl BufRead, output: impl Write) -> io::Result<()> {
    give_way();
    let mut text = String::new();
    input.take(MOST_TASK).read_line(&mut text)?;
    let task: Task = serde_json::from_str(&text)?;
    limit_memory(task.memory_mb)?;
    let dir = FeedDir(task.feeds);
    compute(task.kind, &task.spec, &dir, &mut Reporter::new(output))
}

/// Lowers the priority of the process below that of bots, and makes it the first to be killed when the machine is out of memory.
/// A failure is written to standard error and changes nothing else.
fn give_way() {
    let unkind = setpriority_process(None, NICENESS).map_err(io::Error::from);
    for failed in [unkind, fs::write("/proc/self/oom_score_adj", "1000")] {
        if let Err(error) = failed {
            drop(writeln!(
                io::stderr(),
                "cannot lower the priority of a worker: {error}"
            ));
        }
    }
}

/// Limits the address space to what is mapped now and `mib` MiB more: beyond it an allocation fails and the process aborts,
/// without a core file.
fn limit_memory(mib: u32) -> io::Result<()> {
    let exactly = |most| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    let most = mapped()?.saturating_add(u64::from(mib) << 20);
    setrlimit(Resource::Core, exactly(0))?;
    Ok(setrlimit(Resource::As, exactly(most))?)
}

/// The address space of the process, in bytes.
fn mapped() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:")?.strip_suffix("kB"))
        .and_then(|kib| kib.trim().parse::<u64>().ok())
        .map(|kib| kib << 10)
        .ok_or_else(|| io::Error::other("/proc/self/status has no VmSize"))
}
