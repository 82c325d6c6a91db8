//! The rate: counts first, over the petitions of a period, each as it stood at an instant.
//!
//! A petition counts for the agency that has it at `as_of`, in the status it has at `as_of`; `as_of` is exclusive, so "before
//! 1 September" is `2022-09-01T00:00+07:00`. Nothing here reads a clock: the same events and the same instant always give the
//! same figures.
//!
//! There is no official formula ([`Definition`] has the three that published Vietnamese figures follow), so every rate is
//! given with the counts behind it.

mod bucket;
mod deed;
mod figures;
mod forecast;
mod history;
mod progress;
mod report;
mod series;
mod signs;
mod standing;
mod tally;
mod target;

pub use bucket::Bucket;
pub use deed::{Act, AnswerText, Deed, TextPrint, deeds};
pub use figures::{Counts, Definition, Figures, share};
pub use forecast::{CONFIDENCE, Estimate, FORECAST_WEEKS, Forecast, NoForecast, Pace};
pub use history::{TargetHistory, TargetVersion, Unchanged};
pub use progress::{MilestoneProgress, MilestoneStatus, Progress, progress};
pub use report::{Line, Report, Reporting};
pub use series::Interval;
pub use signs::{
    BEFORE_DEADLINE_HOURS, BEFORE_MILESTONE_DAYS, Copies, EQUAL_ANSWERS, QUICK_ANSWER_MINUTES, SHORT_ANSWER_CHARACTERS,
    Sign, SignQuestion, SignTally, Signs, Threshold,
};
pub use standing::{Heading, Month, Span, Stage, Standing, spans};
pub use tally::{Dimension, Filter, Key, Question, Readings, SeenAs, Tally, tallies};
pub use target::{
    MOST_MILESTONES, Milestone, MilestoneFault, PeriodFault, RateFault, Target, basis_points, check_period,
    milestone_faults,
};
