//! What the page is about, to be chosen: a form whose address can be passed on.

use domain::{catalogue::AgencyLevel, rate::Target, time::Instant};
use maud::{Markup, html};

use super::level_word;
use crate::{
    dashboard::chosen::{Address, Chosen},
    language::Language,
    problem::{Fault, Problem},
    steering::level_name,
};

/// The form. After a mistake it holds what was sent, and says what is wrong with it.
pub fn controls(
    targets: &[&Target],
    address: &Address,
    chosen: Option<&Chosen>,
    problem: Option<&Problem>,
    now: Instant,
    language: Language,
) -> Markup {
    let say = |vietnamese, english| language.choose(vietnamese, english);
    let fault = |pointer: &str| problem?.faults.iter().find(|fault| fault.pointer == pointer);
    let wrong_day = fault("/as_of");
    let today = now.local_date();
    let day = match chosen {
        Some(chosen) if chosen.is_now => String::new(),
        Some(chosen) => chosen.as_of.local_date().to_string(),
        None => address.as_of.clone().unwrap_or_default(),
    };
    let level = chosen.and_then(|chosen| chosen.level);
    let target = chosen.map(|chosen| &chosen.target.code);
    let levels: Vec<Option<AgencyLevel>> = {
        let of_target = targets.iter().find(|other| Some(&other.code) == target).or(targets.first());
        let levels = of_target.map_or(&[][..], |target| &target.levels);
        std::iter::once(None).chain(levels.iter().copied().map(Some)).collect()
    };
    // The days that a slider may go through.
    let days = chosen.map(|chosen| (chosen.target.from.local_date(), chosen.target.to.local_date().min(today)));
    html! {
        @if let Some(problem) = problem {
            div .alert #wrong role="alert" {
                p { strong { (problem.told(language)) } }
                ul { @for fault in &problem.faults { li { (told(fault, language)) } } }
            }
        }
        form .controls #controls method="get" action="/dashboard" data-from=[days.map(|(from, _)| from)] data-to=[days.map(|(_, to)| to)]
            data-slide=(say("Kéo để chọn ngày", "Slide through the days")) {
            @if let Some(lang) = &address.lang { input type="hidden" name="lang" value=(lang); }
            @if targets.len() > 1 {
                div .field {
                    label for="target" { (say("Chỉ tiêu", "Target")) }
                    select #target name="target" {
                        @for one in targets {
                            option value=(one.code.as_str()) selected[Some(&one.code) == target] {
                                (language.choose(&one.name, &one.name_en))
                            }
                        }
                    }
                }
            } @else if address.target.is_some() {
                @for one in targets { input type="hidden" name="target" value=(one.code.as_str()); }
            }
            div .field {
                label for="as_of" { (say("Số liệu trước ngày", "As it stood before")) }
                input #as_of type="date" name="as_of" value=(day) max=(today) aria-describedby={ "as_of_hint" @if wrong_day.is_some() { " wrong" } }
                    aria-invalid=[wrong_day.map(|_| "true")];
                span .hint #as_of_hint { (say("Để trống: hiện tại", "Empty: now")) }
            }
            fieldset .field {
                legend { (say("Cấp", "Level")) }
                @for one in &levels {
                    @let id = format!("level-{}", if one.is_some() { level_word(*one) } else { "all" });
                    span .option {
                        input type="radio" name="level" id=(id) value=(level_word(*one)) checked[*one == level];
                        label for=(id) { (one.map_or(say("Tất cả", "All"), |one| level_name(one, language))) }
                    }
                }
            }
            button type="submit" { (say("Xem", "Show")) }
        }
    }
}

/// What is wrong with a field, by the name that it has on the form.
fn told(fault: &Fault, language: Language) -> String {
    let field = match fault.pointer.as_str() {
        "/as_of" => language.choose("Số liệu trước ngày", "As it stood before"),
        "/level" => language.choose("Cấp", "Level"),
        "/target" => language.choose("Chỉ tiêu", "Target"),
        other => other,
    };
    let more = fault.detail.as_deref().map(|detail| format!(" ({detail})")).unwrap_or_default();
    format!("{field}: {}{more}", fault.code.title(language).to_lowercase())
}
