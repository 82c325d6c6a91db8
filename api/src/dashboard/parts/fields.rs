//! The fields that petitions are about.

use maud::{Markup, html};

use super::{Shown, marks::share_bar};

/// The table, those with the most petitions first.
pub fn fields(shown: &Shown<'_>) -> Markup {
    let language = shown.language;
    let mut fields: Vec<_> = shown.reading.fields.iter().collect();
    fields.sort_by(|(code, one), (other_code, other)| {
        other.counts.submitted.cmp(&one.counts.submitted).then_with(|| code.cmp(other_code))
    });
    let headings = [
        shown.say("Lĩnh vực", "Field"),
        shown.say("Tổng số", "Submitted"),
        shown.say("Quá hạn", "Overdue"),
        shown.say("Tỷ lệ trả lời", "Answer rate"),
        shown.say("Đúng hạn", "On time"),
    ];
    html! {
        section .fields aria-labelledby="h-fields" {
            h2 #h-fields { (shown.say("Lĩnh vực", "Fields")) }
            @if fields.is_empty() {
                p .nothing { (shown.say("Chưa có dữ liệu.", "No data yet.")) }
            } @else {
                div .scroll tabindex="0" role="group" aria-labelledby="h-fields" {
                    table {
                        caption .hidden { (shown.say("Theo lĩnh vực", "By field")) }
                        thead { tr { @for heading in headings { th scope="col" { (heading) } } } }
                        tbody {
                            @for (code, figures) in fields {
                                tr {
                                    th scope="row" { (shown.names.category_name(code)) }
                                    td { (language.count(figures.counts.submitted)) }
                                    td { (language.count(figures.counts.pending_overdue)) }
                                    td .with-bar { span { (language.share(figures.rate)) } (share_bar(figures.rate, shown.required())) }
                                    td { (language.share(figures.on_time_rate)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
