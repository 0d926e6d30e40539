use crate::amount::{Amount, AmountError};
use crate::bot::{Command, State};
use crate::candle::{Candle, CandleError, PointOrder, Timeline, TimelinePoint};
use crate::order::Millis;
use crate::paper::{Account, AccountError, BotSlot, Event, Session, SessionError, Sink};
use crate::pnl::{EquityCurve, EquityPoint, Figures};
use crate::symbol::Asset;

use super::ledger::Ledger;
use super::plan::Plan;
use super::recorder::Recorder;
use super::report::{AccountReport, MarketReport, Report};
use super::tally::Tally;

/// Why a backtest cannot be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// A candle cannot be used.
    #[error("market {market}: {source}")]
    Candle {
        /// Whose feed.
        market: usize,
        /// What is wrong.
        source: CandleError,
    },
    /// The plan names an account or a market that it does not have, or has not one feed per market.
    #[error("the plan names an account, market or feed that it does not have")]
    Plan,
    /// The bots of an account trade against different quotes: its equity has no unit.
    #[error("all bots of an account must trade against the same quote")]
    MixedQuotes,
    /// No candle at all.
    #[error("there are no candles")]
    Empty,
    /// The session failed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// An account cannot be made.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A sum has no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// One market's stream, a candle at a time.
struct Feed<I> {
    candles: I,
    timeline: Timeline,
    activity: u64,
    is_reordered: bool,
    report: MarketReport,
}

/// Equity of one account.
struct AccountEquity {
    quote: Option<Asset>,
    markets: Vec<usize>,
    version: Option<u64>,
    cash: Amount,
    /// Base held, by position in `markets`.
    holdings: Vec<Amount>,
    curve: Option<EquityCurve>,
}

/// Plays candles through the kernel's session, the same that trades live paper accounts.
///
/// Candles are taken one at a time; markets advance together, by time. Every bot is started before the first point. What
/// is kept does not grow with the number of candles or fills.
///
/// # Errors
/// See [`BacktestError`].
pub fn run<I>(plan: &Plan, feeds: Vec<I>) -> Result<Report, BacktestError>
where
    I: Iterator<Item = Result<Candle, CandleError>>,
{
    run_with(plan, feeds, &mut ())
}

/// The same, while `sink` hears everything that happens.
///
/// # Errors
/// See [`BacktestError`].
pub fn run_with<I, S>(plan: &Plan, feeds: Vec<I>, sink: &mut S) -> Result<Report, BacktestError>
where
    I: Iterator<Item = Result<Candle, CandleError>>,
    S: Sink,
{
    if feeds.len() != plan.markets.len() {
        return Err(BacktestError::Plan);
    }
    let mut run = Run::new(plan, feeds, sink)?;
    run.play()?;
    run.report()
}

/// The same, with every order and fill of it: for comparing it with another run, because those are kept however many they
/// are.
///
/// # Errors
/// See [`BacktestError`].
pub fn record<I>(plan: &Plan, feeds: Vec<I>) -> Result<(Report, Ledger), BacktestError>
where
    I: Iterator<Item = Result<Candle, CandleError>>,
{
    let mut recorder = Recorder::default();
    let report = run_with(plan, feeds, &mut recorder)?;
    let balances = report.accounts.iter().map(|one| one.balances.clone());
    let ledger = Ledger {
        balances: balances.collect(),
        orders: recorder.orders(),
    };
    Ok((report, ledger))
}

struct Run<'a, I, S> {
    plan: &'a Plan,
    session: Session,
    sinks: Sinks<'a, S>,
    feeds: Vec<Feed<I>>,
    equities: Vec<AccountEquity>,
    commands: usize,
    from: Millis,
    to: Millis,
}

/// What a report needs, and whoever listens besides.
struct Sinks<'a, S> {
    tally: Tally,
    sink: &'a mut S,
}

impl<S: Sink> Sink for Sinks<'_, S> {
    fn receive(&mut self, at: Millis, bot: BotSlot, event: Event<'_>) {
        self.tally.receive(at, bot, event);
        self.sink.receive(at, bot, event);
    }
}

impl<'a, I, S> Run<'a, I, S>
where
    I: Iterator<Item = Result<Candle, CandleError>>,
    S: Sink,
{
    fn new(plan: &'a Plan, feeds: Vec<I>, sink: &'a mut S) -> Result<Self, BacktestError> {
        let mut session = Session::default();
        let mut equities = Vec::new();
        for balances in &plan.accounts {
            session.add_account(Account::new(balances.iter().cloned())?);
            equities.push(AccountEquity {
                quote: None,
                markets: Vec::new(),
                version: None,
                cash: Amount::ZERO,
                holdings: Vec::new(),
                curve: None,
            });
        }
        for market in &plan.markets {
            session.add_market(market.market.clone(), market.fees);
        }
        for bot in &plan.bots {
            let legs: Vec<(usize, usize)> = std::iter::once((bot.account, bot.market))
                .chain(bot.others.iter().copied())
                .collect();
            for (account, market) in &legs {
                let listed = plan.markets.get(*market).ok_or(BacktestError::Plan)?;
                let of_account = equities.get_mut(*account).ok_or(BacktestError::Plan)?;
                of_account.trade_on(*market, listed.market.symbol.quote())?;
            }
            let setup = plan.setup(bot).ok_or(BacktestError::Plan)?;
            let state = State::new(&setup);
            session.add_bot_on(setup, state, &legs)?;
        }
        let mut tally = Tally::default();
        for entry in session.bots() {
            tally.add_bot(entry);
        }
        let feeds = feeds.into_iter().map(Feed::new).collect();
        Ok(Self {
            plan,
            session,
            sinks: Sinks { tally, sink },
            feeds,
            equities,
            commands: 0,
            from: 0,
            to: 0,
        })
    }

    fn play(&mut self) -> Result<(), BacktestError> {
        for market in 0..self.feeds.len() {
            self.advance(market)?;
        }
        let first = self.next_market().ok_or(BacktestError::Empty)?;
        self.from = self.feeds[first].next_at().ok_or(BacktestError::Empty)?;
        self.open_curves()?;
        for bot in 0..self.plan.bots.len() {
            let slot = BotSlot(u32::try_from(bot).map_err(|_| BacktestError::Plan)?);
            self.session
                .command(slot, self.from, Command::Start, &mut self.sinks)?;
        }
        while let Some(market) = self.next_market() {
            let timeline = &mut self.feeds[market].timeline;
            let Some(TimelinePoint { point, closes, .. }) = timeline.peek() else {
                break;
            };
            timeline.take();
            self.run_commands(point.at)?;
            self.session
                .point(market, point.at, point.price, &mut self.sinks)?;
            if let Some(fault) = self.session.fault() {
                return Err(fault.into());
            }
            if let Some(candle) = closes {
                self.session.candle(market, &candle, &mut self.sinks)?;
                self.close_candle(market, &candle)?;
            }
        }
        Ok(())
    }

    /// Equity before the first trade: every account at the first prices.
    fn open_curves(&mut self) -> Result<(), AmountError> {
        for (of_account, account) in self.equities.iter_mut().zip(self.session.accounts()) {
            let Some(quote) = &of_account.quote else {
                self.sinks.tally.add_account(None);
                continue;
            };
            let mut equity = account.total(quote)?;
            for market in &of_account.markets {
                let held = account.total(self.plan.markets[*market].market.symbol.base())?;
                if let Some(first) = self.feeds[*market].timeline.peek() {
                    equity = equity.plus(held.valued_at(first.point.price)?)?;
                }
            }
            self.sinks.tally.add_account(Some(equity));
            of_account.curve = Some(EquityCurve::new(
                EquityPoint {
                    at: self.from,
                    equity,
                },
                self.plan.sample_ms,
            ));
        }
        Ok(())
    }

    /// The market whose next point comes first; the lower index when two come at once.
    #[inline]
    fn next_market(&self) -> Option<usize> {
        if let [feed] = self.feeds.as_slice() {
            return feed.timeline.peek().map(|_| 0);
        }
        let next = |(market, feed): (usize, &Feed<I>)| feed.next_at().map(|at| (at, market));
        self.feeds
            .iter()
            .enumerate()
            .filter_map(next)
            .min()
            .map(|(_, market)| market)
    }

    fn run_commands(&mut self, at: Millis) -> Result<(), BacktestError> {
        while let Some(command) = self
            .plan
            .commands
            .get(self.commands)
            .filter(|command| command.at <= at)
        {
            self.commands += 1;
            // A signal waits for the next price, as on an account that is played live.
            let at = match command.command {
                // One that came before there were any prices is over.
                Command::Signal { .. } if command.at < self.from => continue,
                Command::Signal { .. } => at,
                _ => command.at,
            };
            self.session.command(
                BotSlot(command.bot),
                at,
                command.command.clone(),
                &mut self.sinks,
            )?;
        }
        Ok(())
    }

    fn advance(&mut self, market: usize) -> Result<(), BacktestError> {
        let low_first =
            self.plan.point_order == PointOrder::WorseForPosition && self.holds_base(market)?;
        self.feeds[market]
            .advance(low_first, self.sinks.tally.activity())
            .map_err(|source| BacktestError::Candle {
                market,
                source: *source,
            })
    }

    fn holds_base(&self, market: usize) -> Result<bool, AmountError> {
        for entry in self.session.bots() {
            for leg in entry.setup.terms.legs() {
                let is_here = entry.market_of(leg) == market;
                if is_here && entry.state.position_on(leg)?.quantity.is_positive() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn close_candle(&mut self, market: usize, candle: &Candle) -> Result<(), BacktestError> {
        self.to = self.to.max(candle.close_time);
        self.feeds[market].close(self.sinks.tally.activity());
        for (of_account, account) in self.equities.iter_mut().zip(self.session.accounts()) {
            if of_account.markets.contains(&market) {
                of_account.mark(account, &self.session, candle.close_time, self.plan)?;
            }
        }
        self.advance(market)
    }

    fn report(self) -> Result<Report, BacktestError> {
        let tally = &self.sinks.tally;
        if let Some(error) = tally.failure() {
            return Err(error.into());
        }
        let mut bots = Vec::new();
        for (index, entry) in self.session.bots().iter().enumerate() {
            let mark = |leg| {
                let market = entry.market_of(leg);
                self.session.price(market).unwrap_or_default()
            };
            bots.push(tally.report(index, entry, mark, self.to)?);
        }
        let mut accounts = Vec::new();
        for (index, of_account) in self.equities.iter().enumerate() {
            let balances = self.session.accounts()[index].balances();
            let figures = of_account.curve.as_ref().zip(tally.closed(index));
            let samples = of_account.curve.as_ref().map(EquityCurve::samples);
            accounts.push(AccountReport {
                quote: of_account.quote.clone(),
                balances: balances.iter().cloned().collect(),
                figures: figures
                    .map(|(curve, closed)| Figures::of(curve, closed))
                    .transpose()?,
                equity: samples.unwrap_or_default(),
            });
        }
        let markets = self.feeds.into_iter().map(|feed| feed.report).collect();
        Ok(Report {
            from: self.from,
            to: self.to,
            bots,
            accounts,
            markets,
        })
    }
}

impl<I> Feed<I>
where
    I: Iterator<Item = Result<Candle, CandleError>>,
{
    fn new(candles: I) -> Self {
        Self {
            candles,
            timeline: Timeline::default(),
            activity: 0,
            is_reordered: false,
            report: MarketReport {
                candles: 0,
                reordered: 0,
                missing: 0,
            },
        }
    }

    fn next_at(&self) -> Option<Millis> {
        self.timeline.peek().map(|next| next.point.at)
    }

    /// Takes the next candle, if there is one.
    fn advance(&mut self, low_first: bool, activity: u64) -> Result<(), Box<CandleError>> {
        let Some(candle) = self.candles.next().transpose().map_err(Box::new)? else {
            return Ok(());
        };
        self.is_reordered = self.timeline.begin(candle, low_first).map_err(Box::new)?;
        self.activity = activity;
        self.report.candles = self.timeline.candles();
        let gap = self.timeline.peek().and_then(|first| first.gap);
        self.report.missing += gap.map_or(0, |gap| gap.missing);
        Ok(())
    }

    fn close(&mut self, activity: u64) {
        if self.is_reordered && activity != self.activity {
            self.report.reordered += 1;
        }
    }
}

impl AccountEquity {
    /// Counts a market in on which a bot trades with the account.
    fn trade_on(&mut self, market: usize, quote: &Asset) -> Result<(), BacktestError> {
        if self.quote.get_or_insert_with(|| quote.clone()) != quote {
            return Err(BacktestError::MixedQuotes);
        }
        if !self.markets.contains(&market) {
            self.markets.push(market);
            self.holdings.push(Amount::ZERO);
        }
        Ok(())
    }

    /// Marks the account to market.
    fn mark(
        &mut self,
        account: &Account,
        session: &Session,
        at: Millis,
        plan: &Plan,
    ) -> Result<(), AmountError> {
        let (Some(quote), Some(curve)) = (&self.quote, &mut self.curve) else {
            return Ok(());
        };
        if self.version != Some(account.version()) {
            self.version = Some(account.version());
            self.cash = account.total(quote)?;
            for (held, market) in self.holdings.iter_mut().zip(&self.markets) {
                *held = account.total(plan.markets[*market].market.symbol.base())?;
            }
        }
        let mut equity = self.cash;
        for (held, market) in self.holdings.iter().zip(&self.markets) {
            if let Some(price) = session.price(*market).filter(|_| !held.is_zero()) {
                equity = equity.plus(held.valued_at(price)?)?;
            }
        }
        curve.record(at, equity)
    }
}
