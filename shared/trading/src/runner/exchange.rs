use super::BotSlot;
use crate::amount::{Amount, AmountError};
use crate::bot::{Fees, Funds};
use crate::market::{Market, RejectCode};
use crate::order::{LegId, OrderIntent, OrderNumber, OrderStatus, Side};
use crate::symbol::Asset;

/// Where the orders of a runner's bots go: the simulated exchange, or one that passes them on to a venue.
pub trait Exchange {
    /// Decides about an order that a bot asks for.
    fn place(&mut self, asked: &Asked<'_>, listing: &Listing) -> Decision;

    /// Cancels an order that is still open. None where it has ended, or ends later: the venue tells then.
    fn cancel(
        &mut self,
        bot: BotSlot,
        number: OrderNumber,
        market: usize,
        listing: &Listing,
    ) -> Option<Canceled>;

    /// How many accounts it has.
    fn accounts(&self) -> usize;

    /// What an account has free of both assets of a market.
    fn funds(&self, account: usize, market: &Market) -> Funds;

    /// Changes whenever anything of an account does.
    fn version(&self, account: usize) -> u64;

    /// What an account holds of an asset, free and reserved.
    ///
    /// # Errors
    /// When the sum has no exact form.
    fn total(&self, account: usize, asset: &Asset) -> Result<Amount, AmountError>;
}

/// A market as its bots see it.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Its rules.
    pub market: Market,
    /// What trading on it costs.
    pub fees: Fees,
    /// Its last price, once there was one.
    pub price: Option<Amount>,
}

/// An order that a bot asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Which bot.
    pub bot: BotSlot,
    /// Index of the account that is to pay.
    pub account: usize,
    /// Index of the market.
    pub market: usize,
    /// What is asked for.
    pub intent: &'a OrderIntent,
    /// Base that the bot owns on this leg: it may sell no other.
    pub owned: Result<Amount, AmountError>,
    /// Base that it has in open sells already.
    pub selling: Amount,
}

/// What an exchange decided about a new order.
#[derive(Clone, Copy, Debug)]
pub struct Decision {
    /// Set aside for it: quote of a buy, base of a sell; nothing where it is refused.
    pub reserved: Amount,
    /// It fills or ends at the next price, whatever that is.
    pub is_marketable: bool,
    /// Where it stands: [`OrderStatus::Sending`] where the answer comes later.
    pub status: OrderStatus,
    /// Why it is refused.
    pub reject: Option<RejectCode>,
    /// A sum of it has no exact form: its bot fails.
    pub fault: Option<AmountError>,
}

/// An order that was cancelled at once.
#[derive(Clone, Copy, Debug)]
pub struct Canceled {
    /// The leg that it traded on.
    pub leg: LegId,
    /// Whether it was to buy or to sell.
    pub side: Side,
    /// What was set aside for it, and is free again.
    pub reserved: Amount,
    /// The sum that is free now has no exact form: its bot fails.
    pub fault: Option<AmountError>,
}
