//! Counting in this process, while Redis is away: this copy's share of the budget.

use std::{num::NonZeroU32, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};

use super::{Budget, Decision, LimitsConfig, RouteClass};

type Keyed =
    RateLimiter<String, DashMapStateStore<String>, DefaultClock, StateInformationMiddleware>;

pub(super) struct LocalLimiter {
    classes: [(RouteClass, Class); RouteClass::ALL.len()],
    clock: DefaultClock,
}

struct Class {
    limiter: Keyed,
    share: u32,
}

impl Class {
    fn new(budget: Budget, copies: u32) -> Self {
        let share = NonZeroU32::new(budget.per_minute / copies.max(1)).unwrap_or(NonZeroU32::MIN);
        Self {
            limiter: RateLimiter::dashmap(Quota::per_minute(share)).with_middleware(),
            share: share.get(),
        }
    }
}

impl LocalLimiter {
    pub(super) fn new(config: &LimitsConfig) -> Self {
        Self {
            classes: RouteClass::ALL
                .map(|class| (class, Class::new(config.budget(class), config.copies))),
            clock: DefaultClock::default(),
        }
    }

    pub(super) fn check(&self, class: RouteClass, who: &str) -> Decision {
        let Some((_, class)) = self.classes.iter().find(|(known, _)| *known == class) else {
            unreachable!("every class has a limiter");
        };
        let interval = Duration::from_mins(1) / class.share;
        let full_after = |used: u32| interval * used;
        match class.limiter.check_key(&who.to_owned()) {
            Ok(snapshot) => {
                let remaining = snapshot.remaining_burst_capacity();
                Decision {
                    allowed: true,
                    limit: class.share,
                    remaining,
                    reset: full_after(class.share.saturating_sub(remaining)),
                    retry_after: Duration::ZERO,
                }
            }
            Err(denied) => Decision {
                allowed: false,
                limit: class.share,
                remaining: 0,
                reset: full_after(class.share),
                retry_after: denied.wait_time_from(self.clock.now()),
            },
        }
    }

    pub(super) fn sweep(&self) {
        for (_, class) in &self.classes {
            class.limiter.retain_recent();
            class.limiter.shrink_to_fit();
        }
    }
}
