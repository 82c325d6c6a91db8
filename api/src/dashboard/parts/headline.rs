//! The rate in one number and one sentence, and what the steps ask.

use domain::rate::{MilestoneProgress, MilestoneStatus};
use maud::{Markup, html};

use super::Shown;
use crate::{
    dashboard::words::NOTHING,
    language::Language,
    steering::{channel_name, definition_text, level_name},
};

/// The first thing that is read.
pub fn headline(shown: &Shown<'_>) -> Markup {
    let Shown { language, chosen, reading, .. } = shown;
    let figures = &reading.progress.current;
    let counts = &figures.counts;
    let channels: Vec<String> =
        chosen.target.channels.iter().map(|channel| channel_name(*channel, *language).to_lowercase()).collect();
    html! {
        section .headline aria-labelledby="h-rate" {
            h2 #h-rate .eyebrow { (shown.say("Tỷ lệ trả lời", "Answer rate")) ", " (language.before(chosen.as_of)) }
            @if counts.submitted == 0 {
                p .nothing {
                    (shown.say("Chưa có dữ liệu: chưa có phản ánh, kiến nghị nào trong phạm vi này.", "No data yet: there is no petition within this scope."))
                }
            } @else {
                p .figure { (language.share(figures.rate)) }
                p .sentence {
                    @let (answered, whole) = (language.count(counts.answered), language.count(chosen.target.definition.denominator(counts)));
                    (shown.say("Đã trả lời ", "")) strong { (answered) } (shown.say(" trên ", " of ")) strong { (whole) }
                    (shown.say(" phản ánh, kiến nghị", " petitions have been answered"))
                    " (" (channels.join(", ")) "; " (shown.levels()) ")."
                }
                dl .counts {
                    @for (term, count) in [
                        (shown.say("Tổng số", "Submitted"), counts.submitted),
                        (shown.say("Từ chối", "Rejected"), counts.rejected),
                        (shown.say("Đã trả lời", "Answered"), counts.answered),
                        (shown.say("Chờ, trong hạn", "Open, in time"), counts.pending_in_time),
                        (shown.say("Chờ, quá hạn", "Open, overdue"), counts.pending_overdue),
                    ] {
                        div { dt { (term) } dd { (language.count(count)) } }
                    }
                }
                @if reading.levels.len() > 1 {
                    p .levels {
                        @for (index, (level, figures)) in reading.levels.iter().enumerate() {
                            @if index > 0 { " · " }
                            (level_name(*level, *language)) " "
                            strong { (language.share(figures.rate)) }
                        }
                    }
                }
            }
            p .small {
                (shown.say("Cách tính: ", "How it is taken: ")) (definition_text(chosen.target.definition, *language)) ". "
                @if chosen.is_now {
                    a href={ "/dashboard?" (shown.exactly().query()) } { (shown.say("Địa chỉ của đúng số liệu này", "The address of these very figures")) } "."
                }
            }
        }
    }
}

/// The steps of the target: what each asks, how it stands, what it takes.
pub fn steps(shown: &Shown<'_>) -> Markup {
    let Shown { language, chosen, reading, .. } = shown;
    let headings = [
        shown.say("Trước ngày", "Before"),
        shown.say("Cần đạt", "Required"),
        shown.say("Tỷ lệ", "Rate"),
        shown.say("Đánh giá", "Judgement"),
        shown.say("Cần trả lời thêm", "Answers needed"),
        shown.say("Mỗi ngày làm việc", "Per working day"),
        shown.say("Dự báo (khoảng)", "Forecast (interval)"),
    ];
    html! {
        section .steps aria-labelledby="h-steps" {
            h2 #h-steps { (shown.say("Các mốc và việc cần làm", "The steps, and what they take")) }
            @if let Some(next) = reading.progress.milestones.iter().find(|step| step.status == MilestoneStatus::Ahead) {
                p .needed { (needed(shown, next)) }
            }
            div .scroll tabindex="0" role="group" aria-labelledby="h-steps" {
                table {
                    caption .hidden { (shown.say("Các mốc của chỉ tiêu", "The steps of the target")) }
                    thead { tr { @for heading in headings { th scope="col" { (heading) } } } }
                    tbody {
                        @for step in &reading.progress.milestones {
                            tr {
                                th scope="row" {
                                    (language.day(step.milestone.before.local_date()))
                                    @if let Some(level) = step.milestone.level { br; (level_name(level, *language)) }
                                }
                                td { (language.required(step.milestone.required_basis_points)) }
                                td { (language.share(step.figures.rate)) }
                                td { span class={ "status " (step.status.as_str()) } { (language.milestone(step.status)) } }
                                @match step.status {
                                    MilestoneStatus::Met | MilestoneStatus::Missed => {
                                        td { (NOTHING) } td { (NOTHING) } td { (NOTHING) }
                                    }
                                    MilestoneStatus::Ahead => {
                                        td { strong { (step.answers_needed.map_or(NOTHING.to_owned(), |needed| language.count(needed))) } }
                                        td { (step.answers_per_working_day.map_or(NOTHING.to_owned(), |rate| language.decimal(rate))) }
                                        td {
                                            @match &step.forecast {
                                                Some(Ok(estimate)) => { (language.estimate(estimate)) },
                                                Some(Err(why)) => {
                                                    @if let Some(rate) = step.projected_rate { (language.expected(rate)) }
                                                    span .why { (language.silence(*why)) }
                                                }
                                                None => { (NOTHING) },
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            p .small {
                (language.choose(&chosen.target.name, &chosen.target.name_en)) "."
                @if let Some(changed_at) = chosen.changed_at {
                    " " (shown.say("Chỉ tiêu đã được thay đổi sau đó, ngày ", "The target was changed after that, on ")) (language.day(changed_at.local_date())) "."
                }
            }
        }
    }
}

/// What the next step takes, in words.
fn needed(shown: &Shown<'_>, step: &MilestoneProgress) -> Markup {
    let language = shown.language;
    let required = language.required(step.milestone.required_basis_points);
    let day = language.day(step.milestone.before.local_date());
    let is_enough = |rate: f64| rate * 10_000.0 >= f64::from(step.milestone.required_basis_points);
    html! {
        @match (step.answers_needed, language) {
            (None | Some(0), Language::Vietnamese) => { "Đã ở mức " strong { (required) } " cần đạt trước " (day) "." },
            (None | Some(0), Language::English) => { "The " strong { (required) } " required before " (day) " is reached." },
            (Some(needed), Language::Vietnamese) => {
                "Để đạt " strong { (required) } " trước " (day) " cần trả lời thêm " strong { (language.count(needed)) } " phản ánh"
            },
            (Some(needed), Language::English) => {
                strong { (language.count(needed)) } " more answers are needed for " strong { (required) } " before " (day)
            },
        }
        @if step.answers_needed.is_some_and(|needed| needed > 0) {
            @if let Some(rate) = step.answers_per_working_day {
                (shown.say(", mỗi ngày làm việc ", ": ")) strong { (language.decimal(rate)) } (shown.say("", " a working day"))
            }
            "."
        }
        @if let Some(rate) = step.projected_rate {
            " " (shown.say("Giữ nhịp hiện nay, đến lúc đó đạt ", "At the present pace it comes to ")) strong { (language.expected(rate)) }
            (if is_enough(rate) { shown.say(": đủ mức cần đạt.", ": enough.") } else { shown.say(": dưới mức cần đạt.", ": below what is required.") })
        }
    }
}
