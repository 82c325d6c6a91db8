//! What waits, for how long, and whether answers came in time.

use domain::rate::{Bucket, Counts};
use maud::{Markup, html};

use super::{Shown, marks::parts_bar};
use crate::dashboard::reading::Overdue;

/// How much was answered in time; what is open, by the month it was sent in; the oldest of what is overdue.
pub fn lateness(shown: &Shown<'_>) -> Markup {
    let Shown { language, reading, .. } = *shown;
    let counts = &reading.progress.current.counts;
    html! {
        section .lateness aria-labelledby="h-lateness" {
            h2 #h-lateness { (shown.say("Đúng hạn và quá hạn", "On time and overdue")) }
            p {
                (shown.say("Đúng hạn: ", "On time: ")) strong { (language.share(reading.progress.current.on_time_rate)) }
                " (" (language.count(counts.answered_on_time)) " / "
                (language.count(counts.answered + counts.pending_overdue)) " "
                (shown.say("đã trả lời hoặc đã quá hạn", "answered or overdue")) "). "
                (shown.say("Quá hạn, chưa trả lời: ", "Overdue and not answered: "))
                @if counts.pending_overdue > 0 {
                    a href=(shown.petitions(Bucket::PendingOverdue, &[])) { strong { (language.count(counts.pending_overdue)) } }
                } @else { strong { "0" } }
                "."
            }
            div .pair { (by_month(shown)) (oldest(shown, &reading.oldest)) }
        }
    }
}

fn open(counts: &Counts) -> u64 {
    counts.pending_in_time + counts.pending_overdue
}

fn by_month(shown: &Shown<'_>) -> Markup {
    let language = shown.language;
    let waiting: Vec<_> = shown.reading.months.iter().filter(|(_, counts)| open(counts) > 0).collect();
    let most = waiting.iter().map(|(_, counts)| open(counts)).max().unwrap_or(0);
    html! {
        @if waiting.is_empty() {
            p .nothing { (shown.say("Không có phản ánh nào đang chờ trả lời.", "Nothing waits for an answer.")) }
        } @else {
            div .scroll tabindex="0" role="group" aria-labelledby="h-lateness" {
                table .months {
                    caption { (shown.say("Chưa trả lời, theo tháng gửi", "Not answered, by the month they were sent in")) }
                    thead { tr {
                        th scope="col" { (shown.say("Tháng gửi", "Sent in")) }
                        th scope="col" { span .key.overdue {} (shown.say("Quá hạn", "Overdue")) }
                        th scope="col" { span .key.in-time {} (shown.say("Trong hạn", "In time")) }
                        th scope="col" { span .hidden { (shown.say("Biểu đồ", "Chart")) } }
                    } }
                    tbody {
                        @for (month, counts) in waiting {
                            tr {
                                th scope="row" { (month_name(month)) }
                                td { (language.count(counts.pending_overdue)) }
                                td { (language.count(counts.pending_in_time)) }
                                td .picture { (parts_bar(&[("overdue", counts.pending_overdue), ("in-time", counts.pending_in_time)], most)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `2022-08` as `8/2022`.
fn month_name(month: &str) -> String {
    month.split_once('-').map_or_else(|| month.to_owned(), |(year, month)| format!("{month}/{year}"))
}

fn oldest(shown: &Shown<'_>, oldest: &[Overdue]) -> Markup {
    let language = shown.language;
    html! {
        @if !oldest.is_empty() {
            div .scroll tabindex="0" role="group" aria-label=(shown.say("Quá hạn lâu nhất", "The oldest that are overdue")) {
                table .oldest {
                    caption { (shown.say("Quá hạn, gửi sớm nhất", "Overdue, and sent first")) }
                    thead { tr {
                        th scope="col" { (shown.say("Mã", "Code")) }
                        th scope="col" { (shown.say("Ngày gửi", "Sent")) }
                        th scope="col" { (shown.say("Cơ quan", "Agency")) }
                        th scope="col" { (shown.say("Lĩnh vực", "Field")) }
                    } }
                    tbody {
                        @for petition in oldest {
                            tr {
                                th scope="row" { (petition.code) }
                                td { (language.day(petition.submitted_at.local_date())) }
                                td .words { (shown.names.agency_name(&petition.agency)) }
                                td .words { @if let Some(code) = &petition.category { (shown.names.category_name(code)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
