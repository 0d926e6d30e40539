use super::level::{Exit, Level, PreviewError};
use crate::amount::{Amount, Exact, MAX_DECIMALS, Rounding};
use crate::bot::{BotSetup, Budget, Command, Output, State};
use crate::order::{Fill, LegId, Millis, OrderIntent, OrderSize, OrderType, Purpose, Side};
use crate::paper::{Account, BotSlot, Event, PaperOrder, Session, SessionError, Sink, fee_on};
use crate::pnl::Position;

/// Points after which a start has long come to rest.
const MOST_TURNS: usize = 32;
/// Buys that are followed as the price falls: more than any configuration has.
const MOST_BUYS: usize = 512;
/// Quote of an account on which funds do not matter: well within what amounts can express.
const AMPLE: i64 = 1_000_000_000;

/// A bot in a simulation of its own.
#[derive(Clone)]
pub(super) struct Probe {
    session: Session,
    at: Millis,
    log: Log,
    /// Quote of the account before the start.
    funds: Amount,
    /// Worth of the account before the start, in quote.
    equity: Amount,
}

/// What a fall through all buys came to.
pub(super) struct Fall {
    pub(super) levels: Vec<Level>,
    pub(super) loss: Option<Amount>,
}

#[derive(Clone, Default)]
struct Log {
    events: usize,
    fills: Vec<(OrderIntent, Fill)>,
    realised: Amount,
    /// A deal has come to its end: where a tick is as large as a take-profit, that happens at a price that stands still.
    has_closed: bool,
}

impl Sink for Log {
    fn receive(&mut self, _at: Millis, _bot: BotSlot, event: Event<'_>) {
        match event {
            Event::Fill(intent, fill) => {
                self.events += 1;
                self.fills.push((intent.clone(), fill.clone()));
            }
            Event::Output(Output::Place(_)) => self.events += 1,
            Event::Output(Output::TradeClosed(trade)) => {
                self.realised = self.realised.plus(trade.realised).unwrap_or(self.realised);
            }
            Event::Output(Output::DealClosed(_)) => self.has_closed = true,
            Event::Output(_)
            | Event::Input(_)
            | Event::Placed(_)
            | Event::Update(_)
            | Event::Failed(_) => {}
        }
    }
}

impl Probe {
    /// Starts the bot and lets the price stand still until nothing happens any more.
    pub(super) fn start(
        setup: &BotSetup,
        budget: &Budget,
        price: Amount,
        at: Millis,
    ) -> Result<Self, PreviewError> {
        let symbol = &setup.terms.market.symbol;
        let ample = Amount::from_int(AMPLE);
        let needs = setup.bot.needs();
        let quote = match budget.free_quote {
            // Its orders are a share of what is free.
            Some(free) if needs.funds => free,
            Some(_) | None => ample,
        };
        let balances = [
            (symbol.quote().clone(), quote),
            (symbol.base().clone(), needs.supply),
        ];
        let account = Account::new(balances)?;
        let mut session = Session::default();
        let account = session.add_account(account);
        let market = session.add_market(setup.terms.market.clone(), setup.terms.fees);
        let bot = session.add_bot(setup.clone(), State::new(setup), account, market)?;
        let mut probe = Self {
            session,
            at,
            log: Log::default(),
            funds: quote,
            equity: Amount::ZERO,
        };
        probe.point(price)?;
        probe.equity = probe.worth(price)?;
        probe
            .session
            .command(bot, at, Command::Start, &mut probe.log)?;
        for _ in 0..MOST_TURNS {
            let before = probe.log.events;
            if before == 0 {
                probe.wait();
            }
            probe.point(price)?;
            if probe.log.events == before && before > 0 || probe.log.has_closed {
                break;
            }
        }
        Ok(probe)
    }

    /// Goes on to the bot's next timer, if it has one.
    fn wait(&mut self) {
        let state = self.session.bots().first().map(|entry| &entry.state);
        if let Some((due, _)) = state.and_then(State::next_timer) {
            self.at = self.at.max(due);
        }
    }

    fn point(&mut self, price: Amount) -> Result<(), SessionError> {
        self.at += 1;
        self.session.point(0, self.at, price, &mut self.log)?;
        self.session.fault().map_or(Ok(()), Err)
    }

    /// Quote that the start has spent or reserved.
    pub(super) fn used(&self) -> Result<Amount, PreviewError> {
        let account = self
            .session
            .accounts()
            .first()
            .ok_or(SessionError::Unknown)?;
        let market = self.session.market(0).ok_or(SessionError::Unknown)?;
        let free = account.balance(market.symbol.quote()).free;
        Ok(self.funds.minus(free)?)
    }

    /// What the bot holds.
    pub(super) fn position(&self) -> Result<Position, PreviewError> {
        let entry = self.session.bots().first().ok_or(SessionError::Unknown)?;
        Ok(entry.state.position()?)
    }

    fn worth(&self, price: Amount) -> Result<Amount, PreviewError> {
        let account = self
            .session
            .accounts()
            .first()
            .ok_or(SessionError::Unknown)?;
        let market = self.session.market(0).ok_or(SessionError::Unknown)?;
        let base = account.total(market.symbol.base())?;
        Ok(account
            .total(market.symbol.quote())?
            .plus(base.valued_at(price)?)?)
    }

    fn open(&self, side: Side) -> impl Iterator<Item = (Amount, &PaperOrder)> {
        let orders = self.session.orders(0);
        orders.filter_map(move |order| {
            let limit = order.intent.kind.limit()?;
            (order.intent.side == side).then_some((limit, order))
        })
    }

    fn highest_buy(&self) -> Option<Amount> {
        self.open(Side::Buy).map(|(limit, _)| limit).max()
    }

    /// Quote that the first round earns: what was bought is sold by what waits for it, or the nearest buy fills and is sold.
    pub(super) fn round(mut self, price: Amount) -> Result<Option<Amount>, PreviewError> {
        let mut exits: Vec<Amount> = self.exits().map(|(limit, _)| limit).collect();
        if exits.is_empty() {
            let Some(buy) = self.highest_buy().filter(|buy| *buy <= price) else {
                return Ok(None);
            };
            let sells = self.open(Side::Sell);
            let resting: Vec<_> = sells.map(|(_, order)| order.intent.number).collect();
            self.point(buy)?;
            let is_new = |order: &PaperOrder| !resting.contains(&order.intent.number);
            let new = self.open(Side::Sell).find(|(_, order)| is_new(order));
            exits.extend(new.map(|(limit, _)| limit));
        }
        exits.sort_unstable();
        let before = self.log.realised;
        for exit in &exits {
            self.point(*exit)?;
        }
        let earned = self.log.realised.minus(before)?;
        Ok((!exits.is_empty() && !earned.is_zero()).then_some(earned))
    }

    fn exits(&self) -> impl Iterator<Item = (Amount, &PaperOrder)> {
        self.open(Side::Sell)
            .filter(|(_, order)| order.intent.purpose == Purpose::TakeProfit)
    }

    /// Lets the price fall from buy to buy, and then to the stop-loss if there is one.
    pub(super) fn fall(mut self, price: Amount) -> Result<Fall, PreviewError> {
        let mut levels = self.at_start()?;
        self.note_exits(&mut levels)?;
        let mut seen = self.log.fills.len();
        for _ in 0..MOST_BUYS {
            let Some(limit) = self.highest_buy().filter(|limit| *limit <= price) else {
                break;
            };
            self.point(limit)?;
            let fills = self.log.fills.split_off(seen);
            for (intent, fill) in &fills {
                let is_known = levels
                    .iter()
                    .any(|level| (level.purpose, level.level) == (intent.purpose, intent.level));
                if intent.purpose == Purpose::Safety && !is_known {
                    levels.push(level_of(intent, fill, false));
                }
            }
            self.log.fills.extend(fills);
            self.note_exits(&mut levels[..])?;
            seen = self.log.fills.len();
            if self.has_stopped() {
                break;
            }
        }
        let loss = self.loss()?;
        Ok(Fall { levels, loss })
    }

    /// The orders of the start: those that filled at once, then those that rest.
    fn at_start(&self) -> Result<Vec<Level>, PreviewError> {
        let market = self.session.market(0).ok_or(SessionError::Unknown)?;
        let entry = self.session.bots().first().ok_or(SessionError::Unknown)?;
        let first = self.log.fills.first().map(|(intent, _)| intent.deal);
        let is_of_first = |intent: &OrderIntent| first.is_none_or(|deal| intent.deal == deal);
        let bought = |intent: &OrderIntent| intent.side == Side::Buy && is_of_first(intent);
        let fills = self.log.fills.iter();
        let filled = fills.filter(|(intent, _)| bought(intent));
        let mut levels: Vec<Level> = filled
            .map(|(intent, fill)| level_of(intent, fill, true))
            .collect();
        for order in self.session.orders(0) {
            let intent = &order.intent;
            let (Some(price), OrderSize::Base(quantity)) = (intent.kind.limit(), intent.size)
            else {
                continue;
            };
            if intent.purpose == Purpose::TakeProfit || !is_of_first(intent) {
                continue;
            }
            let quote = price.times(quantity)?;
            let fees = &entry.setup.terms.fees;
            let (fee_asset, fee) =
                fee_on(intent.side, (quantity, quote), fees.maker, market, fees)?;
            levels.push(Level {
                purpose: intent.purpose,
                level: intent.level,
                side: intent.side,
                kind: intent.kind,
                price,
                quantity,
                quote,
                fee,
                fee_asset: fee_asset.clone(),
                is_placed_at_start: true,
                average: None,
                exits: Vec::new(),
            });
        }
        Ok(levels)
    }

    /// Notes at the entry that filled last what the deal holds then, and what waits to sell it.
    fn note_exits(&self, levels: &mut [Level]) -> Result<(), PreviewError> {
        let is_entry = |purpose| matches!(purpose, Purpose::Base | Purpose::Safety);
        let last = self.log.fills.last().map(|(intent, _)| intent);
        let Some(last) = last.filter(|intent| is_entry(intent.purpose)) else {
            return Ok(());
        };
        let position = self.position()?;
        let key = (last.purpose, last.level);
        if let Some(level) = levels
            .iter_mut()
            .find(|level| (level.purpose, level.level) == key)
            && position.quantity.is_positive()
        {
            let average = Exact::of(position.cost).over(position.quantity)?;
            level.average = Some(average.rounded(MAX_DECIMALS, Rounding::HalfEven)?);
            level.exits = self
                .exits()
                .filter_map(|(price, order)| match order.intent.size {
                    OrderSize::Base(quantity) => Some(Exit { price, quantity }),
                    OrderSize::Quote(_) => None,
                })
                .collect();
            level.exits.sort_unstable_by_key(|exit| exit.price);
        }
        Ok(())
    }

    /// What the account is worth less once the stop-loss has sold, if there is one.
    fn loss(&mut self) -> Result<Option<Amount>, PreviewError> {
        for _ in 0..MOST_TURNS {
            let entry = self.session.bots().first().ok_or(SessionError::Unknown)?;
            let watch = entry.state.watch(&entry.setup, LegId::FIRST);
            let tick = entry.setup.terms.market.tick_size;
            let now = self.session.price(0).unwrap_or_default();
            // A market order to buy is the next deal's.
            let sells = |order: &PaperOrder| {
                (order.intent.kind, order.intent.side) == (OrderType::Market, Side::Sell)
            };
            let is_selling = self.session.orders(0).any(sells);
            if self.has_stopped() && !is_selling {
                return Ok(Some(self.equity.minus(self.worth(now)?)?));
            }
            let next = match watch.below.filter(|_| !watch.every) {
                Some(below) => below.floor_to(tick)?.min(now),
                None if is_selling => now,
                None => return Ok(None),
            };
            self.wait();
            self.point(next)?;
        }
        Ok(None)
    }

    /// Whether a stop-loss has sold anything.
    fn has_stopped(&self) -> bool {
        let sells = |intent: &OrderIntent| {
            intent.side == Side::Sell
                && matches!(intent.purpose, Purpose::StopLoss | Purpose::Close)
        };
        self.log.fills.iter().any(|(intent, _)| sells(intent))
    }
}

fn level_of(intent: &OrderIntent, fill: &Fill, is_placed_at_start: bool) -> Level {
    Level {
        purpose: intent.purpose,
        level: intent.level,
        side: intent.side,
        kind: intent.kind,
        price: fill.price,
        quantity: fill.quantity,
        quote: fill.quote,
        fee: fill.fee.amount,
        fee_asset: fill.fee.asset.clone(),
        is_placed_at_start,
        average: None,
        exits: Vec::new(),
    }
}
