mod conditional;
mod csrf;
mod envelope;
mod rate_limit;
