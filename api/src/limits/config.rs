//! Budgets.

use std::time::Duration;

use platform::config::Reader;

/// What a route costs us, or a guesser gains by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RouteClass {
    /// Passwords and refresh tokens.
    Auth,
    /// Reads.
    Read,
    /// Writes.
    Write,
    /// Orders and bots.
    Trade,
    /// Pausing, stopping and closing: apart, so that nothing else can use it up.
    Stop,
    /// Calls from other systems.
    Webhook,
    /// Signals from outside, before it is known to which bot: many users' come from one address.
    Hook,
    /// Signals to one bot.
    Signal,
    /// Questions to an exchange, whose limits all users share.
    Venue,
}

impl RouteClass {
    /// Every class.
    pub const ALL: [Self; 9] = [
        Self::Auth,
        Self::Read,
        Self::Write,
        Self::Trade,
        Self::Stop,
        Self::Webhook,
        Self::Hook,
        Self::Signal,
        Self::Venue,
    ];

    /// Its name in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Read => "read",
            Self::Write => "write",
            Self::Trade => "trade",
            Self::Stop => "stop",
            Self::Webhook => "webhook",
            Self::Hook => "hook",
            Self::Signal => "signal",
            Self::Venue => "venue",
        }
    }
}

/// How much one caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Requests a minute, sustained; as many may come at once.
    pub per_minute: u32,
}

/// The budgets by class.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    /// Passwords and refresh tokens, an address.
    pub auth: Budget,
    /// Reads, a user (or an address without one).
    pub read: Budget,
    /// Writes, a user.
    pub write: Budget,
    /// Orders and bots, a user.
    pub trade: Budget,
    /// Pausing, stopping and closing, a user.
    pub stop: Budget,
    /// Calls from other systems, an address.
    pub webhook: Budget,
    /// Signals from outside, an address.
    pub hook: Budget,
    /// Signals from outside, a bot.
    pub signal: Budget,
    /// Requests that have an exchange asked, a user.
    pub venue: Budget,
    /// How many copies of the api run: each takes that part of a budget while Redis is away.
    pub copies: u32,
    /// How long a request waits for Redis to count it: above what Redis takes, and what a caller does not notice.
    pub timeout: Duration,
}

impl LimitsConfig {
    /// `RATE_LIMIT_{AUTH,READ,WRITE,TRADE,STOP,WEBHOOK,HOOK,SIGNAL,VENUE}_PER_MINUTE`, `RATE_LIMIT_COPIES`, `RATE_LIMIT_TIMEOUT_MS`.
    pub fn read(reader: &mut Reader) -> Self {
        let mut budget = |name: &str, default: u32| Budget {
            per_minute: reader.number_or(name, default, 1..=1_000_000),
        };
        Self {
            auth: budget("RATE_LIMIT_AUTH_PER_MINUTE", 30),
            read: budget("RATE_LIMIT_READ_PER_MINUTE", 600),
            write: budget("RATE_LIMIT_WRITE_PER_MINUTE", 120),
            trade: budget("RATE_LIMIT_TRADE_PER_MINUTE", 120),
            stop: budget("RATE_LIMIT_STOP_PER_MINUTE", 60),
            webhook: budget("RATE_LIMIT_WEBHOOK_PER_MINUTE", 300),
            hook: budget("RATE_LIMIT_HOOK_PER_MINUTE", 1200),
            signal: budget("RATE_LIMIT_SIGNAL_PER_MINUTE", 60),
            venue: budget("RATE_LIMIT_VENUE_PER_MINUTE", 30),
            copies: reader.number_or("RATE_LIMIT_COPIES", 2, 1..=1_000),
            timeout: Duration::from_millis(reader.number_or(
                "RATE_LIMIT_TIMEOUT_MS",
                100,
                1..=2_000,
            )),
        }
    }

    /// The budget of a class.
    pub fn budget(&self, class: RouteClass) -> Budget {
        match class {
            RouteClass::Auth => self.auth,
            RouteClass::Read => self.read,
            RouteClass::Write => self.write,
            RouteClass::Trade => self.trade,
            RouteClass::Stop => self.stop,
            RouteClass::Webhook => self.webhook,
            RouteClass::Hook => self.hook,
            RouteClass::Signal => self.signal,
            RouteClass::Venue => self.venue,
        }
    }
}
