//! The agencies of each level, in the order of their rate. Few petitions make no rank: an agency with one petition that it answered
//! would lead every table. Those come after the others, with their counts and without a number.

use std::cmp::Reverse;

use domain::{
    catalogue::AgencyLevel,
    rate::{Bucket, Counts},
};
use maud::{Markup, html};

use super::{
    Shown,
    marks::{share_bar, trend},
};
use crate::{
    dashboard::reading::{AgencyFigures, CHANGE_WEEKS},
    steering::level_name,
};

/// Over how many petitions a rate must be taken for its agency to have a rank.
const RANKED_FROM: u64 = 10;
/// How many rows are shown at once; the others are folded away.
const SHOWN_AT_ONCE: usize = 12;

/// An agency in its place.
struct Placed<'a> {
    /// Its rank; those of one rate share it.
    rank: Option<usize>,
    agency: &'a AgencyFigures,
}

/// The tables, one for each level.
pub fn ranking(shown: &Shown<'_>) -> Markup {
    html! {
        section .ranking aria-labelledby="h-ranking" {
            h2 #h-ranking { (shown.say("Xếp hạng cơ quan", "The agencies in order")) }
            p .small {
                (shown.say("Theo tỷ lệ trả lời. Cơ quan có dưới ", "By answer rate. Agencies with fewer than "))
                (RANKED_FROM)
                (shown.say(" phản ánh được tính thì không xếp hạng. ", " petitions to count have no rank. "))
                (shown.say("Xu hướng: 12 tuần; thay đổi: ", "Trend: 12 weeks; change: "))
                (CHANGE_WEEKS)
                (shown.say(" tuần, điểm phần trăm.", " weeks, in percentage points."))
                @if shown.reading.idle_agencies > 0 {
                    " " (shown.language.count(u64::try_from(shown.reading.idle_agencies).unwrap_or(0)))
                    (shown.say(" cơ quan chưa có phản ánh nào.", " agencies have no petition."))
                }
            }
            @for (level, _) in &shown.reading.levels { (of_level(shown, *level)) }
        }
    }
}

fn of_level(shown: &Shown<'_>, level: AgencyLevel) -> Markup {
    let placed = placed(shown, level);
    let (first, rest) = placed.split_at(SHOWN_AT_ONCE.min(placed.len()));
    let name = level_name(level, shown.language);
    let more = format!(
        "{name}: {} {}",
        shown.language.count(u64::try_from(rest.len()).unwrap_or(0)),
        shown.say("cơ quan còn lại", "more agencies"),
    );
    html! {
        div .of-level {
            h3 { (name) }
            @if placed.is_empty() {
                p .nothing { (shown.say("Chưa có dữ liệu.", "No data yet.")) }
            } @else {
                div .scroll tabindex="0" role="group" aria-label=(name) { (table(shown, name, first)) }
            }
            @if !rest.is_empty() { (super::beneath(&more, &table(shown, &more, rest))) }
        }
    }
}

/// Ranked ones by rate, of equal ones the one with more petitions first; then the others, those with more petitions first.
fn placed<'a>(shown: &Shown<'a>, level: AgencyLevel) -> Vec<Placed<'a>> {
    let whole = |counts: &Counts| shown.chosen.target.definition.denominator(counts);
    let rate = |agency: &AgencyFigures| agency.figures.rate.unwrap_or(0.0);
    let mut agencies: Vec<&AgencyFigures> =
        shown.reading.agencies.iter().filter(|agency| agency.level == level).collect();
    agencies.sort_by_cached_key(|agency| (Reverse(whole(&agency.figures.counts)), agency.code.clone()));
    let is_ranked = |agency: &&AgencyFigures| whole(&agency.figures.counts) >= RANKED_FROM;
    let (mut ranked, others): (Vec<_>, Vec<_>) = agencies.into_iter().partition(is_ranked);
    ranked.sort_by(|one, other| rate(other).total_cmp(&rate(one)));
    let rank = |agency: &AgencyFigures| ranked.iter().filter(|other| rate(other) > rate(agency)).count() + 1;
    let ranked = ranked.iter().map(|agency| Placed { rank: Some(rank(agency)), agency });
    ranked.chain(others.into_iter().map(|agency| Placed { rank: None, agency })).collect()
}

fn table(shown: &Shown<'_>, caption: &str, rows: &[Placed<'_>]) -> Markup {
    let language = shown.language;
    let headings = [
        shown.say("Hạng", "Rank"),
        shown.say("Cơ quan", "Agency"),
        shown.say("Tổng số", "Submitted"),
        shown.say("Đã trả lời", "Answered"),
        shown.say("Quá hạn", "Overdue"),
        shown.say("Tỷ lệ trả lời", "Answer rate"),
        shown.say("Đúng hạn", "On time"),
        shown.say("Xu hướng", "Trend"),
    ];
    html! {
        table .ranked {
            caption .hidden { (caption) }
            thead { tr { @for heading in headings { th scope="col" { (heading) } } } }
            tbody {
                @for Placed { rank, agency } in rows {
                    @let figures = &agency.figures;
                    tr .unranked[rank.is_none()] {
                        td .rank { (rank.map_or("–".to_owned(), |rank| rank.to_string())) }
                        th scope="row" { (shown.names.agency_name(&agency.code)) }
                        td { (language.count(figures.counts.submitted)) }
                        td { (language.count(figures.counts.answered)) }
                        td {
                            @if figures.counts.pending_overdue > 0 {
                                a href=(shown.petitions(Bucket::PendingOverdue, &[("agency", agency.code.as_str())])) {
                                    (language.count(figures.counts.pending_overdue))
                                }
                            } @else { "0" }
                        }
                        td .with-bar { span { (language.share(figures.rate)) } (share_bar(figures.rate, shown.required())) }
                        td { (language.share(figures.on_time_rate)) }
                        td .with-trend { (trend(&agency.trend)) span { (language.points(agency.change())) } }
                    }
                }
            }
        }
    }
}
