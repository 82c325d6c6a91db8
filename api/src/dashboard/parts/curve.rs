//! The rate over the time of the target, against its steps.

use chrono::{Datelike, Months, NaiveDate};
use domain::{
    rate::{CONFIDENCE, Estimate, MilestoneStatus, Target},
    time::Instant,
};
use maud::{Markup, html};

use super::{
    Shown, beneath,
    marks::{path, px},
};
use crate::{dashboard::reading::Moment, language::Language, steering::level_name};

/// A size that the picture is drawn in: letters do not shrink with the picture, so a phone gets one of its own.
struct Frame {
    name: &'static str,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// Every how many months one is named.
    months: u32,
}

const WIDE: Frame =
    Frame { name: "wide", width: 880.0, height: 330.0, left: 44.0, right: 14.0, top: 22.0, bottom: 28.0, months: 1 };
const NARROW: Frame =
    Frame { name: "narrow", width: 360.0, height: 280.0, left: 38.0, right: 8.0, top: 22.0, bottom: 26.0, months: 3 };

/// Where instants and rates are on a frame.
struct Scale<'a> {
    frame: &'a Frame,
    from: Instant,
    minutes: f64,
}

fn minutes(from: Instant, to: Instant) -> f64 {
    f64::from(i32::try_from(to.since(from).num_minutes()).unwrap_or(i32::MAX))
}

impl<'a> Scale<'a> {
    fn new(frame: &'a Frame, target: &Target) -> Self {
        Self { frame, from: target.from, minutes: minutes(target.from, target.to).max(1.0) }
    }

    fn x(&self, at: Instant) -> f64 {
        let room = self.frame.width - self.frame.left - self.frame.right;
        self.frame.left + (minutes(self.from, at) / self.minutes).clamp(0.0, 1.0) * room
    }

    fn y(&self, rate: f64) -> f64 {
        let room = self.frame.height - self.frame.top - self.frame.bottom;
        self.frame.top + (1.0 - rate.clamp(0.0, 1.0)) * room
    }

    fn line(&self, moments: &[Moment], rate: impl Fn(&Moment) -> Option<f64>) -> String {
        path(moments.iter().map(|moment| rate(moment).map(|rate| (self.x(moment.at), self.y(rate)))))
    }
}

/// The picture, its legend and its table.
pub fn curve(shown: &Shown<'_>) -> Markup {
    let levels = &shown.reading.levels;
    html! {
        section .curve aria-labelledby="h-curve" {
            h2 #h-curve { (shown.say("Tỷ lệ trả lời theo thời gian", "The answer rate over time")) }
            figure {
                ul .legend {
                    li { (sample("total")) (if levels.len() > 1 { shown.say("Chung", "Together") } else { shown.say("Tỷ lệ trả lời", "Answer rate") }) }
                    @if levels.len() > 1 {
                        @for (index, (level, _)) in levels.iter().enumerate() {
                            li { (sample(&format!("level level-{index}"))) (level_name(*level, shown.language)) }
                        }
                    }
                    li { (sample("step")) (shown.say("Mức cần đạt", "What is required")) }
                    @if shown.reading.forecast.len() > 1 {
                        li { (sample_of_forecast()) (shown.say("Dự báo, với khoảng ", "Forecast, with an interval of ")) (shown.language.percent_of(CONFIDENCE)) }
                    }
                }
                (picture(shown, &WIDE))
                (picture(shown, &NARROW))
            }
            @if let Some(why) = shown.reading.silence {
                p .small {
                    @if let Some((last, _)) = shown.reading.forecast.last().filter(|_| shown.reading.forecast.len() > 1) {
                        (shown.say("Dự báo đến ", "The forecast reaches to ")) (shown.language.day(last.local_date())) "; "
                        (shown.say("sau đó: ", "beyond: "))
                    } @else { (shown.say("Không có dự báo: ", "No forecast: ")) }
                    (shown.language.silence(why)) "."
                }
            }
            (beneath(shown.say("Bảng số liệu theo tuần", "The figures by week"), &table(shown)))
        }
    }
}

fn sample(class: &str) -> Markup {
    html! { svg .sample viewBox="0 0 24 8" aria-hidden="true" focusable="false" { path class=(class) d="M0 4L24 4" {} } }
}

fn sample_of_forecast() -> Markup {
    html! {
        svg .sample viewBox="0 0 24 8" aria-hidden="true" focusable="false" {
            path .band d="M0 0L24 0L24 8L0 8z" {}
            path .forecast d="M0 4L24 4" {}
        }
    }
}

/// The interval as an area: along its upper ends, and back along its lower ones.
fn band(scale: &Scale<'_>, forecast: &[(Instant, Estimate)]) -> String {
    let upper = forecast.iter().map(|(at, estimate)| (scale.x(*at), scale.y(estimate.high)));
    let lower = forecast.iter().rev().map(|(at, estimate)| (scale.x(*at), scale.y(estimate.low)));
    path(upper.chain(lower).map(Some)) + "z"
}

fn picture(shown: &Shown<'_>, frame: &Frame) -> Markup {
    let Shown { language, chosen, reading, .. } = *shown;
    let target = &chosen.target;
    let scale = Scale::new(frame, target);
    let (right, floor) = (frame.width - frame.right, frame.height - frame.bottom);
    let (title, text) = (format!("curve-{}-title", frame.name), format!("curve-{}-text", frame.name));
    let is_within = chosen.as_of > target.from && chosen.as_of < target.to;
    html! {
        svg class={ "chart " (frame.name) } viewBox={ "0 0 " (frame.width) " " (frame.height) } role="img"
            aria-labelledby={ (title) " " (text) } {
            title id=(title) { (shown.say("Tỷ lệ trả lời theo thời gian", "The answer rate over time")) }
            desc id=(text) { (told(shown)) }
            @for tenth in [0_u32, 2, 4, 6, 8, 10] {
                @let y = scale.y(f64::from(tenth) / 10.0);
                path .grid d={ "M" (frame.left) " " (px(y)) "L" (right) " " (px(y)) } {}
                text .axis x=(frame.left - 6.0) y=(px(y + 4.0)) text-anchor="end" { (language.required(tenth * 1_000)) }
            }
            @for (day, is_named) in months(target, frame.months) {
                @let x = scale.x(Instant::start_of_day(day));
                path .grid d={ "M" (px(x)) " " (px(floor)) "L" (px(x)) " " (px(floor + 4.0)) } {}
                @if is_named { text .axis x=(px(x + 3.0)) y=(px(floor + 18.0)) { (language.short_month(day.month0())) } }
            }
            @if reading.forecast.len() > 1 {
                path .band d=(band(&scale, &reading.forecast)) {}
                path .forecast d=(path(reading.forecast.iter().map(|(at, estimate)| Some((scale.x(*at), scale.y(estimate.rate)))))) {}
            }
            @for (index, step) in target.milestones.iter().enumerate() {
                @let before = target.milestones.iter().take(index).rfind(|other| other.level == step.level);
                @let from = before.map_or(target.from, |step| step.before);
                @let (y, x) = (scale.y(f64::from(step.required_basis_points) / 10_000.0), scale.x(step.before));
                path .step d={ "M" (px(scale.x(from))) " " (px(y)) "L" (px(x)) " " (px(y)) "m0 -6L" (px(x)) " " (px(y + 6.0)) } {}
                text .step-label x=(px(x)) y=(px(y - 10.0)) text-anchor="end" {
                    (language.required(step.required_basis_points)) " "
                    (shown.say("trước ", "before ")) (language.day_of_year(step.before.local_date()))
                    @if let Some(level) = step.level { ", " (level_name(level, language).to_lowercase()) }
                }
            }
            @if is_within {
                @let x = scale.x(chosen.as_of);
                path .now d={ "M" (px(x)) " " (frame.top - 8.0) "L" (px(x)) " " (px(floor)) } {}
            }
            @if reading.levels.len() > 1 {
                @for index in 0..reading.levels.len() {
                    path class={ "level level-" (index) } d=(scale.line(&reading.history, |moment| moment.levels.get(index)?.rate)) {}
                }
            }
            path .total d=(scale.line(&reading.history, |moment| moment.total.rate)) {}
            @for step in &reading.progress.milestones {
                @match (step.status, step.figures.rate) {
                    (MilestoneStatus::Met | MilestoneStatus::Missed, Some(rate)) => {
                        circle class={ "judged " (step.status.as_str()) } cx=(px(scale.x(step.milestone.before))) cy=(px(scale.y(rate))) r="5" {}
                    }
                    (MilestoneStatus::Ahead, _) | (_, None) => {}
                }
            }
            @for (at, estimate) in reading.forecast.iter().skip(1) {
                circle .point cx=(px(scale.x(*at))) cy=(px(scale.y(estimate.rate))) r="7" {
                    title { (expected(*at, estimate, language)) }
                }
            }
            @for moment in &reading.history {
                @if let Some(rate) = moment.total.rate {
                    circle .point cx=(px(scale.x(moment.at))) cy=(px(scale.y(rate))) r="7" {
                        title { (point(moment, language)) }
                    }
                }
            }
        }
    }
}

/// What a point says to whoever points at it.
fn point(moment: &Moment, language: Language) -> String {
    format!("{}: {}", language.before(moment.at), language.share(moment.total.rate))
}

/// What is expected, to whoever points at it.
fn expected(at: Instant, estimate: &Estimate, language: Language) -> String {
    format!("{}, {}: {}", language.choose("dự báo", "forecast"), language.before(at), language.estimate(estimate))
}

/// The first days of the months of a target, and whether each is named.
fn months(target: &Target, every: u32) -> Vec<(NaiveDate, bool)> {
    let (first, end) = (target.from.local_date(), target.to.local_date());
    let begin = first.with_day(1).unwrap_or(first);
    // Of a plan of many years only some are named.
    let years = u32::try_from(end.year() - first.year()).unwrap_or(1).max(1);
    let days = (0..).map_while(|month| begin.checked_add_months(Months::new(month)).filter(|day| *day < end));
    days.filter(|day| *day >= first).map(|day| (day, day.month0() % (every * years) == 0)).collect()
}

/// The picture in words.
fn told(shown: &Shown<'_>) -> String {
    let Shown { language, reading, .. } = *shown;
    let now =
        format!("{}: {}.", language.before(reading.progress.as_of), language.share(reading.progress.current.rate));
    let steps = reading.progress.milestones.iter().map(|step| {
        format!(
            " {} {} {}: {}, {}.",
            language.required(step.milestone.required_basis_points),
            shown.say("trước ngày", "before"),
            language.day(step.milestone.before.local_date()),
            language.milestone(step.status).to_lowercase(),
            language.share(step.figures.rate),
        )
    });
    let last = reading.forecast.last().filter(|_| reading.forecast.len() > 1);
    let ahead = last.map(|(at, estimate)| format!(" {}.", expected(*at, estimate, language)));
    now + &steps.collect::<String>() + &ahead.unwrap_or_default()
}

fn table(shown: &Shown<'_>) -> Markup {
    let Shown { language, chosen, reading, .. } = *shown;
    let several = reading.levels.len() > 1;
    html! {
        table {
            caption .hidden { (shown.say("Tỷ lệ trả lời theo tuần", "The answer rate by week")) }
            thead { tr {
                th scope="col" { (shown.say("Trước", "Before")) }
                th scope="col" { (shown.say("Đã trả lời", "Answered")) }
                th scope="col" { (shown.say("Trên tổng số", "Of")) }
                th scope="col" { (shown.say("Tỷ lệ", "Rate")) }
                @if several { @for (level, _) in &reading.levels { th scope="col" { (level_name(*level, language)) } } }
            } }
            tbody {
                @for moment in &reading.history {
                    tr {
                        th scope="row" { (language.day(moment.at.local_date())) }
                        td { (language.count(moment.total.counts.answered)) }
                        td { (language.count(chosen.target.definition.denominator(&moment.total.counts))) }
                        td { (language.share(moment.total.rate)) }
                        @if several { @for figures in &moment.levels { td { (language.share(figures.rate)) } } }
                    }
                }
                @for (at, estimate) in reading.forecast.iter().skip(1) {
                    tr .ahead {
                        th scope="row" { (language.day(at.local_date())) }
                        td colspan="2" { (shown.say("dự báo", "forecast")) }
                        td { (language.estimate(estimate)) }
                        @if several { @for _ in &reading.levels { td {} } }
                    }
                }
            }
        }
    }
}
