//! What happens to engines, servers, networks, clocks and leases.

use std::time::Duration;

use emulator::{Action, SymbolStatus};
use rand::RngExt as _;
use sea_orm::sqlx::raw_sql;
use tokio::time::Instant;

use super::floor::Floor;

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Blow {
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

/// Each as often as it stands here.
const BLOWS: [Blow; 24] = [
    Blow::Kill,
    Blow::Kill,
    Blow::Kill,
    Blow::Kill,
    Blow::Roll,
    Blow::Roll,
    Blow::Freeze,
    Blow::Freeze,
    Blow::Freeze,
    Blow::StealLeases,
    Blow::SplitFromPostgres,
    Blow::SplitFromPostgres,
    Blow::StallPostgres,
    Blow::SplitFromRedis,
    Blow::FlushRedis,
    Blow::RestartRedis,
    Blow::RestartPooler,
    Blow::CrashPostgres,
    Blow::SkewClock,
    Blow::SkewClock,
    Blow::Maintenance,
    Blow::Halt,
    Blow::DropStreams,
    Blow::ShutDownStreams,
];

/// What ends a blow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mend {
    Thaw(usize),
    JoinPostgres(usize),
    JoinRedis(usize),
    SetClock,
    EndMaintenance,
    Trade(&'static str),
}

/// When a blow ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    at: Instant,
    mend: Mend,
}

impl Floor {
    /// Has something go wrong.
    pub(super) async fn strike(&mut self) {
        let blow = BLOWS[self.random.random_range(0..BLOWS.len())];
        let seat = self.random.random_range(0..self.seats.len());
        let long = Duration::from_millis(self.random.random_range(200..5_000));
        let is_frozen = self.due.iter().any(|due| due.mend == Mend::Thaw(seat));
        if is_frozen && matches!(blow, Blow::Kill | Blow::Roll | Blow::Freeze) {
            return;
        }
        *self.struck.entry(blow).or_default() += 1;
        if let Some(mend) = self.fall(blow, seat).await {
            self.due.retain(|due| due.mend != mend);
            let at = Instant::now() + long;
            self.due.push(Due { at, mend });
        }
    }

    /// Carries a blow out, and says what ends it.
    async fn fall(&mut self, blow: Blow, seat: usize) -> Option<Mend> {
        match blow {
            Blow::Kill => self.replace(seat, true).await,
            Blow::Roll => self.replace(seat, false).await,
            Blow::Freeze => {
                self.seats[seat].engine.process.stop();
                return Some(Mend::Thaw(seat));
            }
            Blow::StealLeases => self.steal_leases().await,
            Blow::SplitFromPostgres => {
                self.seats[seat].postgres.cut().await;
                return Some(Mend::JoinPostgres(seat));
            }
            Blow::StallPostgres => {
                self.seats[seat].postgres.freeze().await;
                return Some(Mend::JoinPostgres(seat));
            }
            Blow::SplitFromRedis => {
                self.seats[seat].redis.freeze().await;
                return Some(Mend::JoinRedis(seat));
            }
            Blow::FlushRedis => self.platform.redis.flush().await,
            Blow::RestartRedis => {
                self.platform.redis.stop().await;
                self.platform.redis.restart().await;
            }
            Blow::RestartPooler => self.platform.pgbouncer.restart().await,
            Blow::CrashPostgres => {
                self.platform.postgres.kill().await;
                self.platform.postgres.restart().await;
            }
            at_exchange => return self.fall_at_exchange(at_exchange),
        }
        None
    }

    fn fall_at_exchange(&mut self, blow: Blow) -> Option<Mend> {
        match blow {
            Blow::SkewClock => {
                let ms = self.random.random_range(-4_000..4_000);
                self.act(Action::SetSkew { ms });
                Some(Mend::SetClock)
            }
            Blow::Maintenance => {
                self.act(Action::SetMaintenance { is_on: true });
                Some(Mend::EndMaintenance)
            }
            Blow::Halt => {
                let symbol = ["BTCUSDT", "ETHUSDT"][self.random.random_range(0..2)];
                self.set_status(symbol, SymbolStatus::Halt);
                Some(Mend::Trade(symbol))
            }
            Blow::DropStreams => {
                self.act(Action::DropStreams {});
                None
            }
            _ => {
                self.act(Action::ShutDownStreams {});
                None
            }
        }
    }

    async fn replace(&mut self, seat: usize, is_killed: bool) {
        let taken = &mut self.seats[seat];
        if is_killed {
            taken.engine.process.kill().await;
        } else {
            taken.engine.process.terminate().await;
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

    /// Ends the blows whose time is over.
    pub(super) async fn mend_what_is_due(&mut self) {
        let now = Instant::now();
        let over: Vec<Due> = self.due.extract_if(.., |due| due.at <= now).collect();
        for due in over {
            self.mend(due.mend).await;
        }
    }

    async fn mend(&self, mend: Mend) {
        match mend {
            Mend::Thaw(seat) => self.seats[seat].engine.process.cont(),
            Mend::JoinPostgres(seat) => self.seats[seat].postgres.heal().await,
            Mend::JoinRedis(seat) => self.seats[seat].redis.heal().await,
            Mend::SetClock => self.act(Action::SetSkew { ms: 0 }),
            Mend::EndMaintenance => self.act(Action::SetMaintenance { is_on: false }),
            Mend::Trade(symbol) => self.set_status(symbol, SymbolStatus::Trading),
        }
    }

    /// Ends all blows and the exchange's faults, and waits until all processes are well.
    pub(super) async fn mend_all(&mut self) {
        for due in std::mem::take(&mut self.due) {
            self.mend(due.mend).await;
        }
        self.act(Action::ClearFaults {});
        // What was to come and never did makes followers read everything again.
        self.act(Action::DropStreams {});
        for seat in &self.seats {
            seat.engine.becomes("ok").await;
        }
        self.api.becomes("ok").await;
    }
}
