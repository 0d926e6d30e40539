//! Request weight of addresses and orders of accounts.

use std::{collections::HashMap, net::IpAddr};

use trading::order::Millis;

use crate::{config::RateLimits, error::ApiError};

const MINUTE: Millis = 60_000;
const FIVE_MINUTES: Millis = 5 * MINUTE;
const TEN_SECONDS: Millis = 10_000;
const DAY: Millis = 24 * 60 * MINUTE;

/// A count within a window of the clock.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    start: Millis,
    count: u32,
}

impl Window {
    /// The count of the window that holds `now`.
    fn at(&mut self, now: Millis, length: Millis) -> &mut u32 {
        let start = now - now.rem_euclid(length);
        if self.start != start {
            *self = Self { start, count: 0 };
        }
        &mut self.count
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Address {
    weight: Window,
    requests: Window,
    /// Until then every request is answered 429.
    limited_until: Millis,
    /// Requests since it was told to wait.
    ignored: u32,
    banned_until: Millis,
}

#[derive(Clone, Copy, Debug, Default)]
struct Orders {
    ten_seconds: Window,
    day: Window,
}

/// Counts of everybody.
pub(crate) struct Limiter {
    limits: RateLimits,
    addresses: HashMap<IpAddr, Address>,
    accounts: HashMap<String, Orders>,
}

/// Whole seconds until a time, at least one.
fn seconds(until: Millis, now: Millis) -> u64 {
    u64::try_from((until - now + 999) / 1_000)
        .unwrap_or(0)
        .max(1)
}

/// First millisecond after the window that holds `now`.
fn end(now: Millis, length: Millis) -> Millis {
    now - now.rem_euclid(length) + length
}

impl Limiter {
    pub(crate) fn new(limits: RateLimits) -> Self {
        Self {
            limits,
            addresses: HashMap::new(),
            accounts: HashMap::new(),
        }
    }

    pub(crate) const fn limits(&self) -> &RateLimits {
        &self.limits
    }

    /// Charges a request to its address, or refuses it: with 429, and with 418 when the address goes on asking.
    pub(crate) fn charge(&mut self, ip: IpAddr, weight: u32, now: Millis) -> Result<(), ApiError> {
        let limits = self.limits;
        let address = self.addresses.entry(ip).or_default();
        if address.banned_until > now {
            return Err(ApiError::Banned {
                until: address.banned_until,
                retry_after_s: seconds(address.banned_until, now),
            });
        }
        if address.limited_until > now {
            return Err(address.refuse(&limits, now));
        }
        let requests = address.requests.at(now, FIVE_MINUTES);
        *requests += 1;
        if *requests > limits.requests_per_5_minutes {
            address.limit(end(now, FIVE_MINUTES));
            return Err(address.wait(&limits, now));
        }
        let used = address.weight.at(now, MINUTE);
        if *used + weight > limits.weight_per_minute {
            address.limit(end(now, MINUTE));
            return Err(address.wait(&limits, now));
        }
        *used += weight;
        Ok(())
    }

    /// Gives a request's weight back: those that place or cancel an order are free.
    pub(crate) fn refund(&mut self, ip: IpAddr, weight: u32, now: Millis) {
        let address = self.addresses.entry(ip).or_default();
        let used = address.weight.at(now, MINUTE);
        *used = used.saturating_sub(weight);
    }

    /// Weight that an address has used in this minute.
    pub(crate) fn used(&mut self, ip: IpAddr, now: Millis) -> u32 {
        *self.addresses.entry(ip).or_default().weight.at(now, MINUTE)
    }

    /// Tells an address to wait, as if it had used up its weight.
    pub(crate) fn limit(&mut self, ip: IpAddr, retry_after_s: u64, now: Millis) -> ApiError {
        let limits = self.limits;
        let address = self.addresses.entry(ip).or_default();
        let wait = i64::try_from(retry_after_s)
            .unwrap_or(DAY / 1_000)
            .min(DAY / 1_000);
        address.limit(now + wait * 1_000);
        address.wait(&limits, now)
    }

    /// Counts an order of an account, or refuses it.
    pub(crate) fn charge_order(&mut self, user: &str, now: Millis) -> Result<(), ApiError> {
        let limits = self.limits;
        let orders = self.accounts.entry(user.to_owned()).or_default();
        if *orders.ten_seconds.at(now, TEN_SECONDS) >= limits.orders_per_10_seconds {
            return Err(ApiError::TooManyOrders {
                limit: limits.orders_per_10_seconds,
                interval: "10 SECOND",
                retry_after_s: seconds(end(now, TEN_SECONDS), now),
            });
        }
        if *orders.day.at(now, DAY) >= limits.orders_per_day {
            return Err(ApiError::TooManyOrders {
                limit: limits.orders_per_day,
                interval: "1 DAY",
                retry_after_s: seconds(end(now, DAY), now),
            });
        }
        *orders.ten_seconds.at(now, TEN_SECONDS) += 1;
        *orders.day.at(now, DAY) += 1;
        Ok(())
    }

    /// Orders that an account has placed in these ten seconds and today.
    pub(crate) fn orders(&mut self, user: &str, now: Millis) -> [u32; 2] {
        let orders = self.accounts.entry(user.to_owned()).or_default();
        [
            *orders.ten_seconds.at(now, TEN_SECONDS),
            *orders.day.at(now, DAY),
        ]
    }
}

impl Address {
    fn limit(&mut self, until: Millis) {
        self.limited_until = until;
        self.ignored = 0;
    }

    fn wait(&self, limits: &RateLimits, now: Millis) -> ApiError {
        ApiError::TooMuchWeight {
            limit: limits.weight_per_minute,
            retry_after_s: seconds(self.limited_until, now),
        }
    }

    /// Refuses a request that came although the address was told to wait.
    fn refuse(&mut self, limits: &RateLimits, now: Millis) -> ApiError {
        self.ignored += 1;
        if self.ignored < limits.requests_until_ban {
            return self.wait(limits, now);
        }
        self.banned_until = now + i64::try_from(limits.ban_s).unwrap_or(0) * 1_000;
        self.limited_until = 0;
        ApiError::Banned {
            until: self.banned_until,
            retry_after_s: seconds(self.banned_until, now),
        }
    }
}
