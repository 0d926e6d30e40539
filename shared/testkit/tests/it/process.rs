use std::os::unix::process::ExitStatusExt;

use rustix::process::Signal;
use testkit::process::Binary;

fn shell(script: &str) -> Binary {
    Binary::at("/bin/sh").arg("-c").arg(script)
}

#[tokio::test]
async fn passes_arguments_and_only_its_own_environment() {
    let finished = shell("echo \"$GREETING\"; env | grep -c CARGO; exit 3")
        .env("GREETING", "hello")
        .run()
        .await;
    assert_eq!(finished.status.code(), Some(3));
    assert_eq!(finished.logs, "hello\n0\n");
}

#[tokio::test]
async fn waits_for_a_line_and_for_the_end() {
    let mut process =
        shell("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done").spawn();
    process.logged("ready").await;
    assert!(process.is_running());
    assert!(process.terminate().await.success());
    assert_eq!(process.logs(), "ready\nbye\n");
}

#[tokio::test]
#[should_panic(expected = "ended without writing")]
async fn tells_when_the_line_cannot_come_any_more() {
    shell("echo other").spawn().logged("ready").await;
}

#[tokio::test]
async fn a_stopped_process_can_be_killed() {
    let mut process = shell("echo ready; exec sleep 60").spawn();
    process.logged("ready").await;
    process.stop();
    process.kill().await;
    assert_eq!(process.exit().await.signal(), Some(Signal::KILL.as_raw()));
}
