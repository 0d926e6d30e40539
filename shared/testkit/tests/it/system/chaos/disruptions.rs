//! What happens to engines, servers, networks, clocks and leases.

use std::time::Duration;

use emulator::{Action, SymbolStatus};
use rand::RngExt as _;
use sea_orm::sqlx::raw_sql;
use tokio::time::Instant;

use super::floor::Floor;

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Disruption {
    /// An engine is killed and another starts in its place.
    Kill,
    /// An engine is told to end, as a roll does, and another starts in its place.
    Roll,
    /// An engine is frozen, for shorter or longer than its lease lives.
    Freeze,
    /// All leases are taken from those who hold them.
    StealLeases,
    /// An engine does not reach Postgres.
    SplitFromPostgres,
    /// An engine does not reach Redis.
    SplitFromRedis,
    /// What an engine and Postgres say to each other waits, and is delivered in the end.
    StallPostgres,
    FlushRedis,
    RestartRedis,
    RestartPooler,
    CrashPostgres,
    /// The exchange's clock is ahead or behind.
    SkewClock,
    /// The exchange answers nothing.
    Maintenance,
    /// A market is halted.
    Halt,
    /// All sockets of the exchange break.
    DropStreams,
    /// All sockets of the exchange are closed as before a restart.
    ShutDownStreams,
}

/// What happens is drawn from these: the more often one is listed, the likelier it is.
const DISRUPTIONS: [Disruption; 24] = [
    Disruption::Kill,
    Disruption::Kill,
    Disruption::Kill,
    Disruption::Kill,
    Disruption::Roll,
    Disruption::Roll,
    Disruption::Freeze,
    Disruption::Freeze,
    Disruption::Freeze,
    Disruption::StealLeases,
    Disruption::SplitFromPostgres,
    Disruption::SplitFromPostgres,
    Disruption::StallPostgres,
    Disruption::SplitFromRedis,
    Disruption::FlushRedis,
    Disruption::RestartRedis,
    Disruption::RestartPooler,
    Disruption::CrashPostgres,
    Disruption::SkewClock,
    Disruption::SkewClock,
    Disruption::Maintenance,
    Disruption::Halt,
    Disruption::DropStreams,
    Disruption::ShutDownStreams,
];

/// What ends a disruption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    Thaw(usize),
    JoinPostgres(usize),
    JoinRedis(usize),
    SetClock,
    EndMaintenance,
    Trade(&'static str),
}

/// When a disruption ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    at: Instant,
    remedy: Remedy,
}

impl Floor {
    /// Has something go wrong.
    pub(super) async fn disrupt(&mut self) {
        let disruption = DISRUPTIONS[self.random.random_range(0..DISRUPTIONS.len())];
        let engine = self.random.random_range(0..self.engines.len());
        let long = Duration::from_millis(self.random.random_range(200..5_000));
        let is_frozen = self
            .due
            .iter()
            .any(|due| due.remedy == Remedy::Thaw(engine));
        if is_frozen
            && matches!(
                disruption,
                Disruption::Kill | Disruption::Roll | Disruption::Freeze
            )
        {
            return;
        }
        *self.disrupted.entry(disruption).or_default() += 1;
        if let Some(remedy) = self.carry_out(disruption, engine).await {
            self.due.retain(|due| due.remedy != remedy);
            let at = Instant::now() + long;
            self.due.push(Due { at, remedy });
        }
    }

    /// Carries a disruption out, and says what ends it.
    async fn carry_out(&mut self, disruption: Disruption, engine: usize) -> Option<Remedy> {
        match disruption {
            Disruption::Kill => self.replace(engine, true).await,
            Disruption::Roll => self.replace(engine, false).await,
            Disruption::Freeze => {
                self.engines[engine].copy.process.stop();
                return Some(Remedy::Thaw(engine));
            }
            Disruption::StealLeases => self.steal_leases().await,
            Disruption::SplitFromPostgres => {
                self.engines[engine].postgres.cut().await;
                return Some(Remedy::JoinPostgres(engine));
            }
            Disruption::StallPostgres => {
                self.engines[engine].postgres.freeze().await;
                return Some(Remedy::JoinPostgres(engine));
            }
            Disruption::SplitFromRedis => {
                self.engines[engine].redis.freeze().await;
                return Some(Remedy::JoinRedis(engine));
            }
            Disruption::FlushRedis => self.platform.redis.flush().await,
            Disruption::RestartRedis => {
                self.platform.redis.stop().await;
                self.platform.redis.restart().await;
            }
            Disruption::RestartPooler => self.platform.pgbouncer.restart().await,
            Disruption::CrashPostgres => {
                self.platform.postgres.kill().await;
                self.platform.postgres.restart().await;
            }
            at_exchange => return self.disrupt_exchange(at_exchange),
        }
        None
    }

    fn disrupt_exchange(&mut self, disruption: Disruption) -> Option<Remedy> {
        match disruption {
            Disruption::SkewClock => {
                let ms = self.random.random_range(-4_000..4_000);
                self.act(Action::SetSkew { ms });
                Some(Remedy::SetClock)
            }
            Disruption::Maintenance => {
                self.act(Action::SetMaintenance { is_on: true });
                Some(Remedy::EndMaintenance)
            }
            Disruption::Halt => {
                let symbol = ["BTCUSDT", "ETHUSDT"][self.random.random_range(0..2)];
                self.set_status(symbol, SymbolStatus::Halt);
                Some(Remedy::Trade(symbol))
            }
            Disruption::DropStreams => {
                self.act(Action::DropStreams {});
                None
            }
            _ => {
                self.act(Action::ShutDownStreams {});
                None
            }
        }
    }

    async fn replace(&mut self, engine: usize, is_killed: bool) {
        let taken = &mut self.engines[engine];
        if is_killed {
            taken.copy.process.kill().await;
        } else {
            taken.copy.process.terminate().await;
        }
        taken.start(&self.platform);
    }

    async fn steal_leases(&self) {
        let sql = "UPDATE leases SET node = NULL, epoch = epoch + 1";
        let mut db = self.database().await;
        raw_sql(sql).execute(&mut db).await.unwrap();
    }

    fn set_status(&self, symbol: &str, status: SymbolStatus) {
        self.act(Action::SetStatus {
            symbol: symbol.to_owned(),
            status,
        });
    }

    /// Ends the disruptions whose time is over.
    pub(super) async fn remedy_what_is_due(&mut self) {
        let now = Instant::now();
        let over: Vec<Due> = self.due.extract_if(.., |due| due.at <= now).collect();
        for due in over {
            self.remedy(due.remedy).await;
        }
    }

    async fn remedy(&self, remedy: Remedy) {
        match remedy {
            Remedy::Thaw(engine) => self.engines[engine].copy.process.cont(),
            Remedy::JoinPostgres(engine) => self.engines[engine].postgres.heal().await,
            Remedy::JoinRedis(engine) => self.engines[engine].redis.heal().await,
            Remedy::SetClock => self.act(Action::SetSkew { ms: 0 }),
            Remedy::EndMaintenance => self.act(Action::SetMaintenance { is_on: false }),
            Remedy::Trade(symbol) => self.set_status(symbol, SymbolStatus::Trading),
        }
    }

    /// Ends all disruptions and the exchange's faults, and waits until all processes are well.
    pub(super) async fn remedy_all(&mut self) {
        for due in std::mem::take(&mut self.due) {
            self.remedy(due.remedy).await;
        }
        self.act(Action::ClearFaults {});
        // Events that a fault has held back are lost: whoever reconnects reads everything again.
        self.act(Action::DropStreams {});
        for engine in &self.engines {
            engine.copy.becomes("ok").await;
        }
        self.api.becomes("ok").await;
    }
}
