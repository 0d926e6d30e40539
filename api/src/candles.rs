//! Sources of candles, read before anything is made that trades on them.

use engine::spec::CandleSource;
use trading::{Amount, candle::Candle};

use crate::{
    error::{ApiError, FieldCode},
    state::AppState,
};

/// The first candle of a source.
///
/// # Errors
/// 422 at `pointer` where it has none.
pub(crate) async fn first_candle(
    state: &AppState,
    source: &CandleSource,
    tick: Amount,
    pointer: &'static str,
) -> Result<Candle, ApiError> {
    read_first(state, source, tick, pointer, 1).await
}

/// Reads up to `most` candles of a file, or one of a synthetic source; gives the first.
///
/// # Errors
/// 422 at `pointer` where there are none or one of them is broken.
pub(crate) async fn read_first(
    state: &AppState,
    source: &CandleSource,
    tick: Amount,
    pointer: &'static str,
    most: usize,
) -> Result<Candle, ApiError> {
    let most = match source {
        CandleSource::File { .. } => most,
        CandleSource::Synthetic { .. } => 1,
    };
    let (dir, source) = (state.feeds.clone(), source.clone());
    let unusable =
        move |message: String| ApiError::field(pointer, FieldCode::UnusableCandles, message);
    tokio::task::spawn_blocking(move || {
        let mut candles = source
            .open(&dir, tick)
            .map_err(|error| unusable(error.to_string()))?;
        let first = match candles.next() {
            Some(Ok(candle)) => candle,
            Some(Err(error)) => return Err(unusable(source.said(&error))),
            None => return Err(unusable(source.said(&"there are no candles"))),
        };
        match candles.take(most - 1).find_map(Result::err) {
            Some(error) => Err(unusable(source.said(&error))),
            None => Ok(first),
        }
    })
    .await
    .map_err(ApiError::internal)?
}
