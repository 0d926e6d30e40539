//! Configuration: read once at boot from the environment, checked as a whole, then passed down.
//!
//! A section reads its variables through a [`Reader`], which collects every problem instead of stopping at the first.
//! Every variable may also be given as `NAME_FILE`, the path of a file that holds the value.

mod app;
mod billing;
mod data;
mod env;
mod http;
mod reader;
mod secrets;
mod strength;
mod web;

pub use app::{AppConfig, AppEnv, LogFilter, SentryConfig, Service};
pub use billing::{StripeConfig, StripeKeys};
pub use data::{DatabaseConfig, DirectConfig, PgUrlError, RedisConfig, pg_url};
pub use env::Env;
pub use http::HttpConfig;
pub use reader::{ConfigError, Problem, Reader};
pub use secrets::{NextAuthConfig, TokenConfig, VaultConfig};
pub use strength::{Weakness, published, weakness};
pub use web::WebConfig;
