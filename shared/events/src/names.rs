//! The names of channels and keys in Redis, each behind the configured prefix.

use std::sync::Arc;

use platform::{
    ids::{EVENT_CHANNELS, UserId},
    redis::Redis,
};

use crate::{channel::MarketChannel, epoch::Epoch};

/// Makes names under one prefix.
#[derive(Debug, Clone)]
pub struct Names(Arc<str>);

impl Names {
    /// Names that begin with `prefix`, such as `bbx:`.
    pub fn new(prefix: &str) -> Self {
        Self(prefix.into())
    }

    /// Names under the prefix of a connection.
    pub fn of(redis: &Redis) -> Self {
        Self::new(&redis.key(""))
    }

    /// The pub/sub channel that carries a user's events.
    pub fn events_of(&self, user: UserId) -> String {
        self.events(user.event_channel())
    }

    /// The pub/sub channels of private events, all of them.
    pub fn all_events(&self) -> Vec<String> {
        (0..EVENT_CHANNELS).map(|n| self.events(n)).collect()
    }

    /// Revocations, disconnects, maintenance, broadcasts.
    pub fn control(&self) -> String {
        self.named("ctl")
    }

    /// Gateways ask here for what they need from the engine.
    pub fn ask(&self) -> String {
        self.named("ask")
    }

    /// Says that a shard has new events to relay.
    pub fn wake(&self) -> String {
        self.named("wake")
    }

    /// Where one subscriber sends itself messages, to see that its subscription lives.
    pub fn probe(&self, node: &str) -> String {
        self.named(&format!("probe:{node}"))
    }

    /// The list of answers to a question about sockets.
    pub fn sockets(&self, question: &str) -> String {
        self.named(&format!("sockets:{question}"))
    }

    /// The pub/sub channel of market data.
    pub fn market(&self, channel: &MarketChannel) -> String {
        self.named(&format!("mkt:{}", channel.carried()))
    }

    /// The market channel that a pub/sub channel carries.
    pub fn market_of(&self, name: &str) -> Option<MarketChannel> {
        let carried = name.strip_prefix(&*self.0)?.strip_prefix("mkt:")?;
        MarketChannel::from_carried(carried)
    }

    /// The key of the newest market data: the snapshot that a subscription starts with.
    pub fn latest(&self, channel: &MarketChannel) -> String {
        self.named(&format!("last:{}", channel.carried()))
    }

    /// The replay stream of a user: entry id `<seq>-0`, one field holding the frame.
    pub fn replay(&self, user: UserId, epoch: &Epoch) -> String {
        self.named(&format!("replay:{user}:{epoch}"))
    }

    fn events(&self, channel: u8) -> String {
        self.named(&format!("ev:{channel}"))
    }

    fn named(&self, name: &str) -> String {
        format!("{}{name}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use platform::ids::UserId;
    use uuid::Uuid;

    use super::{MarketChannel, Names};

    #[test]
    fn names_carry_the_prefix() {
        let names = Names::new("test:");
        assert_eq!(names.control(), "test:ctl");
        assert_eq!(names.all_events().len(), 16);
        assert_eq!(names.all_events()[15], "test:ev:15");
        let channel = "ticker:okx:BTC-USDT".parse().unwrap();
        assert_eq!(names.market_of(&names.market(&channel)), Some(channel));
        assert_eq!(names.market_of("other:mkt:ticker:okx:BTC-USDT"), None);
    }

    #[test]
    fn the_market_of_a_paper_account_is_its_users_alone() {
        let names = Names::new("test:");
        let (ann, bob) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let name = "ticker:paper-0190d3b0-7a70-7cc0-8000-000000000001:BTC-USDT";
        let parsed: MarketChannel = name.parse().unwrap();
        let of = |user| parsed.clone().of(user);
        assert_ne!(of(ann), of(bob));
        assert_eq!(names.market(&of(ann)), format!("test:mkt:{ann}:{name}"));
        assert_eq!(names.latest(&of(ann)), format!("test:last:{ann}:{name}"));
        assert_eq!(names.market_of(&names.market(&of(ann))), Some(of(ann)));
        assert_eq!(of(ann).as_str(), name, "clients write it without");
        // What everybody may read is the same for everybody.
        let public: MarketChannel = "ticker:okx:BTC-USDT".parse().unwrap();
        assert_eq!(public.clone().of(ann), public.clone().of(bob));
        assert_eq!(
            names.market(&public.of(ann)),
            "test:mkt:ticker:okx:BTC-USDT"
        );
        let foreign = format!("test:mkt:{ann}:ticker:okx:BTC-USDT");
        assert_eq!(names.market_of(&foreign), None);
    }
}
