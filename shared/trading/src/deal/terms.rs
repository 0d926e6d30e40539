use super::{EntryPlan, ExitPolicy};

/// The rules that a deal was opened under. Later edits of its bot's configuration are for later deals.
pub trait DealTerms {
    /// What the deal buys.
    fn entries(&self) -> EntryPlan<'_>;

    /// When it is sold.
    fn exits(&self) -> ExitPolicy<'_>;
}
