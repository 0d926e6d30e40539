//! A Redis to kill, freeze, fill and flush.

use std::net::{Ipv4Addr, SocketAddr};

use platform::config::RedisConfig;
use rustix::process::{Signal, kill_process};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    ATTEMPTS,
    daemon::{Daemon, Home, command},
    free_port,
};
use crate::wait_until;

/// A private Redis with production's limits.
#[derive(Debug)]
pub struct OwnRedis {
    home: Home,
    port: u16,
    daemon: Option<Daemon>,
}

impl OwnRedis {
    /// An empty one on a free port.
    pub async fn start() -> Self {
        let mut own = Self {
            home: Home::new("redis"),
            port: 0,
            daemon: None,
        };
        for _ in 0..ATTEMPTS {
            own.port = free_port();
            if own.launch().await {
                return own;
            }
        }
        panic!("Redis does not start:\n{}", own.home.log());
    }

    /// True when it answers; false when it ended instead, as when the port was taken.
    async fn launch(&mut self) -> bool {
        self.home.write(
            "redis.conf",
            &format!(
                "bind 127.0.0.1\nport {}\ndir {}\nsave \"\"\nappendonly no\nmaxmemory 256mb\n\
                 maxmemory-policy allkeys-lru\nclient-output-buffer-limit pubsub 8mb 4mb 10\n",
                self.port,
                self.home.path().display()
            ),
        );
        let mut start = command("redis-server");
        start.arg(self.home.path().join("redis.conf"));
        let mut daemon = Daemon::spawn(&self.home, &mut start);
        let own = format!("process_id:{}\r", daemon.id());
        let address = self.addr();
        while daemon.exited().is_none() {
            if ask(address, "INFO server")
                .await
                .is_ok_and(|answer| answer.contains(&own))
            {
                self.daemon = Some(daemon);
                return true;
            }
            tokio::task::yield_now().await;
        }
        false
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// What a process reads from `REDIS_*`.
    pub fn config(&self) -> RedisConfig {
        RedisConfig {
            host: Ipv4Addr::LOCALHOST.to_string(),
            port: self.port,
            password: None,
            tls: None,
            prefix: "own:".to_owned(),
        }
    }

    /// Sends one command in Redis' inline form and answers its raw reply.
    ///
    /// # Panics
    /// When Redis does not answer.
    pub async fn command(&self, command: &str) -> String {
        ask(self.addr(), command).await.expect("Redis answers")
    }

    /// Loses every key.
    pub async fn flush(&self) {
        assert_eq!(self.command("FLUSHALL").await, "+OK\r\n");
    }

    /// Ends it, keeping the port.
    pub async fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.end(Signal::KILL).await;
        }
    }

    /// Ends it and starts an empty one at the same address.
    pub async fn restart(&mut self) {
        self.stop().await;
        wait_until("the port is free again", || async {
            TcpStream::connect(self.addr()).await.is_err()
        })
        .await;
        assert!(
            self.launch().await,
            "Redis does not start again:\n{}",
            self.home.log()
        );
    }

    /// Keeps its connections open and answers nothing.
    ///
    /// # Panics
    /// When it does not run.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Goes on after [`OwnRedis::freeze`].
    ///
    /// # Panics
    /// When it does not run.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let daemon = self.daemon.as_ref().expect("Redis runs");
        kill_process(daemon.pid(), signal).expect("signal Redis");
    }
}

async fn ask(address: SocketAddr, command: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream
        .write_all(format!("{command}\r\nQUIT\r\n").as_bytes())
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    // The last reply is QUIT's own.
    let end = answer.strip_suffix("+OK\r\n").map_or(0, str::len);
    answer.truncate(end);
    Ok(answer)
}
