//! Servers of the test's own, to kill, freeze, flush and restart. Each is killed when dropped.
//!
//! They must be started on the test's own thread or runtime: they are told to die with the thread that started them,
//! so that a killed test leaves none behind.

mod daemon;
mod pgbouncer;
mod postgres;
mod redis;

use std::net::{Ipv4Addr, TcpListener};

pub use pgbouncer::OwnPgBouncer;
pub use postgres::OwnPostgres;
pub use redis::OwnRedis;

/// How often a server is started on another port when somebody else was faster at taking the first.
const ATTEMPTS: usize = 5;

/// A port that is free now, below the range from which the system takes ports for outgoing connections.
pub fn free_port() -> u16 {
    loop {
        let port = rand::random_range(10_000..20_000);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

fn random_password() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}
