use serde::{Deserialize, Serialize};

use super::average::{Bollinger, Ema, Macd, Wma};
use super::momentum::{Change, Rsi, Stochastic};
use super::range::{Adx, Atr, Donchian, SuperTrend};
use super::volume::{Obv, VolumeRatio, Vwap};
use super::window::Window;
use super::{Bar, Definition, Price, Source, Values, float};

/// What an indicator remembers between candles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorState(Kind);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Price(Price),
    Volume,
    Sma(Source, Window),
    Ema(Source, Ema),
    Wma(Source, Wma),
    Rsi(Rsi),
    Macd(Macd),
    Bollinger(Bollinger),
    Atr(Atr),
    Adx(Adx),
    Stochastic(Stochastic),
    Change(Change),
    Vwap(Vwap),
    Obv(Obv),
    Donchian(Donchian),
    SuperTrend(SuperTrend),
    VolumeRatio(VolumeRatio),
}

impl IndicatorState {
    /// Before the first candle.
    pub fn new(definition: Definition) -> Self {
        Self(match definition {
            Definition::Price { field } => Kind::Price(field),
            Definition::Volume {} => Kind::Volume,
            Definition::Sma { period, source } => Kind::Sma(source, Window::new(period)),
            Definition::Ema { period, source } => Kind::Ema(source, Ema::new(period)),
            Definition::Wma { period, source } => Kind::Wma(source, Wma::new(period)),
            Definition::Rsi { period } => Kind::Rsi(Rsi::new(period)),
            Definition::Macd { fast, slow, signal } => Kind::Macd(Macd::new(fast, slow, signal)),
            Definition::Bollinger { period, deviations } => {
                Kind::Bollinger(Bollinger::new(period, float(deviations)))
            }
            Definition::Atr { period } => Kind::Atr(Atr::new(period)),
            Definition::Adx { period } => Kind::Adx(Adx::new(period)),
            Definition::Stochastic {
                period,
                smooth_k,
                smooth_d,
            } => Kind::Stochastic(Stochastic::new(period, smooth_k, smooth_d)),
            Definition::Roc { period } => Kind::Change(Change::rate(period)),
            Definition::Mom { period } => Kind::Change(Change::momentum(period)),
            Definition::Vwap {} => Kind::Vwap(Vwap::new()),
            Definition::Obv {} => Kind::Obv(Obv::new()),
            Definition::Donchian { period, offset } => {
                Kind::Donchian(Donchian::new(period, offset))
            }
            Definition::SuperTrend { period, multiplier } => {
                Kind::SuperTrend(SuperTrend::new(period, float(multiplier)))
            }
            Definition::VolumeRatio { period } => Kind::VolumeRatio(VolumeRatio::new(period)),
        })
    }

    /// Takes a closed candle in; gives the values at it, by line.
    #[inline]
    pub fn push(&mut self, bar: &Bar) -> Values {
        let close = bar.close.0;
        match &mut self.0 {
            Kind::Price(price) => single(of(bar, *price)),
            Kind::Volume => single(bar.volume.0),
            Kind::Sma(source, window) => {
                window.push(sourced(bar, *source));
                single(window.mean_if_full())
            }
            Kind::Ema(source, ema) => single(ema.push(sourced(bar, *source))),
            Kind::Wma(source, wma) => single(wma.push(sourced(bar, *source))),
            Kind::Rsi(rsi) => single(rsi.push(close)),
            Kind::Macd(macd) => macd.push(close),
            Kind::Bollinger(bands) => bands.push(close),
            Kind::Atr(atr) => single(atr.push(bar)),
            Kind::Adx(adx) => adx.push(bar),
            Kind::Stochastic(stochastic) => stochastic.push(bar),
            Kind::Change(change) => single(change.push(close)),
            Kind::Vwap(vwap) => single(vwap.push(bar)),
            Kind::Obv(obv) => single(obv.push(bar)),
            Kind::Donchian(channel) => channel.push(bar),
            Kind::SuperTrend(trend) => trend.push(bar),
            Kind::VolumeRatio(ratio) => single(ratio.push(bar)),
        }
    }
}

const fn single(value: f64) -> Values {
    [value, f64::NAN, f64::NAN]
}

fn of(bar: &Bar, price: Price) -> f64 {
    match price {
        Price::Open => bar.open.0,
        Price::High => bar.high.0,
        Price::Low => bar.low.0,
        Price::Close => bar.close.0,
        Price::Typical => bar.typical(),
    }
}

#[inline]
fn sourced(bar: &Bar, source: Source) -> f64 {
    match source {
        Source::Price(price) => of(bar, price),
        Source::Volume => bar.volume.0,
    }
}
