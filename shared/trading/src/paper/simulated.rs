use super::book::reservation;
use super::{Account, AccountError, Book, Execution, PaperOrder};
use crate::amount::{Amount, AmountError};
use crate::bot::Funds;
use crate::market::{Market, RejectCode};
use crate::order::{OrderIntent, OrderNumber, OrderStatus, OrderType, Side, TimeInForce};
use crate::runner::{Asked, BotSlot, Canceled, Decision, Exchange, Listing};
use crate::symbol::Asset;

/// The simulated exchange: paper accounts, and a book for each market.
#[derive(Clone, Debug, Default)]
pub struct Simulated {
    pub(super) accounts: Vec<Account>,
    /// By index of the market.
    pub(super) books: Vec<Book>,
    /// Kept between points for its allocation.
    pub(super) done: Vec<(PaperOrder, Execution)>,
}

impl Exchange for Simulated {
    fn place(&mut self, asked: &Asked<'_>, listing: &Listing) -> Decision {
        let intent = asked.intent;
        let is_marketable = is_marketable(intent, listing.price);
        let (reserved, fault) = match reservation(intent, listing.price, &listing.fees) {
            Ok(reserved) => (reserved, None),
            Err(error) => (Amount::ZERO, Some(error)),
        };
        let order = PaperOrder {
            bot: asked.bot,
            account: asked.account,
            intent: intent.clone(),
            reserved,
            is_marketable,
        };
        match self.refusal(asked, listing, &order, fault) {
            Ok(()) => {
                self.books[asked.market].insert(order);
                Decision {
                    reserved,
                    is_marketable,
                    status: OrderStatus::Open,
                    reject: None,
                    fault: None,
                }
            }
            Err((code, fault)) => Decision {
                reserved: Amount::ZERO,
                is_marketable,
                status: OrderStatus::Rejected,
                reject: Some(code),
                fault,
            },
        }
    }

    fn cancel(
        &mut self,
        bot: BotSlot,
        number: OrderNumber,
        market: usize,
        listing: &Listing,
    ) -> Option<Canceled> {
        let order = self.books.get_mut(market)?.remove(bot, number)?;
        let account = &mut self.accounts[order.account];
        let released = order.release(&listing.market, account);
        Some(Canceled {
            leg: order.intent.leg,
            side: order.intent.side,
            reserved: order.reserved,
            fault: released.err(),
        })
    }

    fn accounts(&self) -> usize {
        self.accounts.len()
    }

    fn funds(&self, account: usize, market: &Market) -> Funds {
        let free = |asset| {
            let of = self.accounts.get(account);
            of.map_or(Amount::ZERO, |of| of.balance(asset).free)
        };
        Funds {
            base: free(market.symbol.base()),
            quote: free(market.symbol.quote()),
        }
    }

    fn version(&self, account: usize) -> u64 {
        self.accounts.get(account).map_or(0, Account::version)
    }

    fn total(&self, account: usize, asset: &Asset) -> Result<Amount, AmountError> {
        let total = self.accounts.get(account).map(|of| of.total(asset));
        total.unwrap_or(Ok(Amount::ZERO))
    }
}

type Refusal = (RejectCode, Option<AmountError>);

impl Simulated {
    /// Reserves what an order takes, or says why it is refused.
    fn refusal(
        &mut self,
        asked: &Asked<'_>,
        listing: &Listing,
        order: &PaperOrder,
        fault: Option<AmountError>,
    ) -> Result<(), Refusal> {
        let may_sell = may_sell(asked, order.reserved);
        if let Some(error) = may_sell.as_ref().err().copied().or(fault) {
            return Err((RejectCode::Refused, Some(error)));
        }
        if order.is_marketable && is_post_only(order) && listing.price.is_some() {
            return Err((RejectCode::WouldTake, None));
        }
        let open = self.books[asked.market].count(asked.account);
        let most = listing.market.max_orders;
        if most.is_some_and(|most| open >= usize::try_from(most).unwrap_or(usize::MAX)) {
            return Err((RejectCode::TooManyOrders, None));
        }
        // The rest of the account's base is another bot's.
        if may_sell == Ok(false) {
            return Err((RejectCode::InsufficientBalance, None));
        }
        let account = &mut self.accounts[asked.account];
        match account.reserve(order.reserved_asset(&listing.market), order.reserved) {
            Ok(()) => Ok(()),
            Err(AccountError::Insufficient) => Err((RejectCode::InsufficientBalance, None)),
            Err(AccountError::Amount(error)) => Err((RejectCode::Refused, Some(error))),
        }
    }
}

/// Whether the bot owns base for another sell, beside those that are open.
fn may_sell(asked: &Asked<'_>, reserved: Amount) -> Result<bool, AmountError> {
    if asked.intent.side == Side::Buy {
        return Ok(true);
    }
    Ok(asked.selling.plus(reserved)? <= asked.owned?)
}

fn is_post_only(order: &PaperOrder) -> bool {
    matches!(
        order.intent.kind,
        OrderType::Limit {
            time_in_force: TimeInForce::PostOnly,
            ..
        }
    )
}

/// Whether the next point fills or ends an order that arrives at this price.
fn is_marketable(intent: &OrderIntent, price: Option<Amount>) -> bool {
    match (intent.kind, price) {
        (
            OrderType::Limit {
                price: limit,
                time_in_force,
            },
            Some(price),
        ) => {
            let reaches = match intent.side {
                Side::Buy => limit >= price,
                Side::Sell => limit <= price,
            };
            reaches || time_in_force == TimeInForce::ImmediateOrCancel
        }
        (OrderType::Market, _) | (OrderType::Limit { .. }, None) => true,
    }
}
