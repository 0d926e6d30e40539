mod conditional;
mod csrf;
mod early;
mod envelope;
mod rate_limit;
