//! The fold that figures come from, so that a question costs the same however many petitions there are.
//!
//! - A petition's history is kept as *spans*: stretches of time through which it counts the same way ([`domain::rate::Span`]).
//!   Where a span begins it is added, where it ends it is taken away.
//! - These changes are summed by *blocks of time*: ten minutes, the hour, the local day, and 8, 64, 512, 4,096 days, for several
//!   *grains* (which headings are told apart). What was so before an instant is the sum of a few dozen blocks (where headings are
//!   few, of one a scale, which keep running sums); the smallest block, which the instant cuts, is read from the spans.
//! - Sums of days and more are made when the day is over (`roll`). What comes to a block later than that (a late consumer, a
//!   transaction that was committed late) is added to it then.
//! - What agencies did ([`domain::rate::Deed`]) is kept as it was, one row each; signs are counted from these rows (`signs`).
//! - The fold follows the log behind a *checkpoint* (`advance`). Histories are always read whole, so the order in which events
//!   come does not matter. What the log has beyond the checkpoint is counted from the log itself, in the same snapshot
//!   (`figures`): a fold that is late makes an answer slower and never wrong.
//!
//! All of it follows from the log. `pakn rebuild` makes it anew, `pakn verify` compares it with a replay (`check`).

mod advance;
mod behind;
mod block;
mod cells;
mod check;
mod deeds;
mod figures;
mod headings;
mod names;
mod narrowed;
mod period;
mod roll;
mod signs;
mod spans;

pub use advance::Folding;
pub use behind::{Behind, Counted};
pub(crate) use check::{FoldCheck, FoldedPage};
