//! The same prices make the same orders, fills and money at an exchange as in a backtest, and so as on paper.

use emulator::{Config, SymbolConfig};
use platform::SystemClock;
use serde_json::{Value, json};
use testkit::{paper::PaperAccount, wait_until};
use tokio::sync::Mutex;
use trading::{
    Amount, Market,
    backtest::{BotPlan, Ledger, LedgerOrder, MarketPlan, Plan, record},
    bot::{FeeCharge, Fees},
    candle::{Candle, PointOrder},
    order::OrderStatus,
};

use super::stand::{Stand, amount};
use crate::runner::stand::{dca, grid};

/// Prices in dollars, up and down through every line, step and exit of the bots.
const PRICES: [i64; 40] = [
    60_000, 59_950, 59_690, 59_400, 59_420, 59_110, 59_700, 60_080, 60_460, 60_230, 60_020, 59_640,
    59_330, 59_080, 58_810, 58_790, 59_240, 59_590, 59_960, 60_340, 60_720, 61_010, 61_240, 60_810,
    60_440, 60_450, 60_060, 59_720, 59_300, 59_310, 59_790, 60_190, 60_560, 60_130, 59_870, 59_480,
    59_060, 59_530, 60_010, 60_410,
];

/// Candles of a minute in each of which nothing but one price was paid.
fn candles(prices: &[i64]) -> impl Iterator<Item = Candle> {
    let prices = (0..).zip(prices);
    prices.map(|(minute, price)| {
        let price = Amount::from_int(*price);
        Candle {
            open_time: minute * 60_000,
            close_time: minute * 60_000 + 59_999,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: Amount::ONE,
        }
    })
}

/// What the kernel alone makes of the first prices.
fn backtest(market: &Market, configs: &[Value], prices: &[i64]) -> Ledger {
    let bot = |config: &Value| BotPlan {
        config: serde_json::from_value(config.clone()).unwrap(),
        account: 0,
        market: 0,
        others: Vec::new(),
    };
    let plan = Plan {
        accounts: vec![vec![("USDT".parse().unwrap(), amount("100000"))]],
        markets: vec![MarketPlan {
            market: market.clone(),
            fees: Fees::flat(amount("0.001"), FeeCharge::Received),
        }],
        bots: configs.iter().map(bot).collect(),
        commands: Vec::new(),
        point_order: PointOrder::Nearest,
        sample_ms: 3_600_000,
    };
    record(&plan, vec![candles(prices).map(Ok)]).unwrap().1
}

/// How many orders there are of each status that lasts.
fn counts(ledger: &Ledger) -> [usize; 3] {
    [
        OrderStatus::Open,
        OrderStatus::Filled,
        OrderStatus::Canceled,
    ]
    .map(|status| {
        let orders = ledger.orders.iter();
        orders.filter(|order| order.status == status).count()
    })
}

/// What an order is for, which is the same wherever it trades. Its number is not: at an exchange the ladder is placed while the
/// base order is on its way, in a backtest after it was filled.
fn place(order: &LedgerOrder) -> (u32, u32, String, u32, u32) {
    let purpose = format!("{:?}", order.purpose);
    (order.bot, order.deal, purpose, order.level, order.attempt)
}

/// Without the number, and without the times, which are those of the data here and those of the machine there.
fn timeless(mut order: LedgerOrder) -> LedgerOrder {
    order.number = 0;
    order.placed_at = 0;
    order.ended_at = order.ended_at.map(|_| 0);
    for fill in &mut order.fills {
        fill.at = 0;
    }
    order
}

async fn an_exchange_is_as_a_backtest(configs: &[Value]) {
    let config = Config::new(SystemClock::shared());
    let of_bitcoin = |symbol: &&SymbolConfig| symbol.market.symbol.base().as_str() == "BTC";
    let market = config
        .symbols
        .iter()
        .find(of_bitcoin)
        .unwrap()
        .market
        .clone();
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.start().await;
    let mut bots = Vec::new();
    for config in configs {
        bots.push(stand.bot(config).await);
    }
    let account = PaperAccount {
        connection: stand.connection,
        bots,
    };
    let db = Mutex::new(stand.connect().await);
    for played in 1..=PRICES.len() {
        if played > 1 {
            stand.price(&PRICES[played - 1].to_string());
        }
        let expected = backtest(&market, configs, &PRICES[..played]);
        wait_until(&format!("all of price {played} is done"), async || {
            let booked = account.ledger(&mut *db.lock().await).await;
            counts(&booked) == counts(&expected)
        })
        .await;
    }
    stand.agrees().await;
    let expected = backtest(&market, configs, &PRICES);
    let booked = account.ledger(&mut *db.lock().await).await;
    let [ours, theirs] = [booked, expected].map(|ledger| {
        let orders = ledger.orders.into_iter().map(timeless);
        let mut orders: Vec<_> = orders.collect();
        orders.sort_by_key(place);
        orders
    });
    assert_eq!(ours.len(), theirs.len());
    assert!(theirs.len() > 20, "{}", theirs.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
    stand.stop().await;
}

#[tokio::test]
async fn a_dca_bot_trades_at_an_exchange_as_in_a_backtest() {
    an_exchange_is_as_a_backtest(&[dca()]).await;
}

#[tokio::test]
async fn a_grid_trades_at_an_exchange_as_in_a_backtest() {
    an_exchange_is_as_a_backtest(&[grid("59000", "61000", 10)]).await;
}

#[tokio::test]
async fn bots_on_one_account_trade_at_an_exchange_as_in_a_backtest() {
    let small = json!({
        "type": "dca", "base_order": {"unit": "quote", "amount": "300"},
        "safety_orders": {"volume": "300", "step_percentage": "0.4", "max_count": 3},
        "take_profit": {"percentage": "0.5"},
    });
    an_exchange_is_as_a_backtest(&[grid("58900", "61100", 11), dca(), small]).await;
}
