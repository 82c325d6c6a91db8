//! What citizens say of the answers.

use domain::rate::share;
use maud::{Markup, html};

use super::{Shown, marks::parts_bar};

/// The share of those who are content, and the three judgements.
pub fn satisfaction(shown: &Shown<'_>) -> Markup {
    let language = shown.language;
    let figures = &shown.reading.progress.current;
    let counts = &figures.counts;
    let judgements = [
        ("satisfied", shown.say("Hài lòng", "Satisfied"), counts.satisfied),
        ("acceptable", shown.say("Chấp nhận", "Acceptable"), counts.acceptable),
        ("unsatisfied", shown.say("Không hài lòng", "Unsatisfied"), counts.unsatisfied),
    ];
    html! {
        section .satisfaction aria-labelledby="h-satisfaction" {
            h2 #h-satisfaction { (shown.say("Mức độ hài lòng", "Satisfaction")) }
            @if counts.rated == 0 {
                p .nothing { (shown.say("Chưa có đánh giá nào của người dân.", "No citizen has rated an answer yet.")) }
            } @else {
                p {
                    (shown.say("Hài lòng hoặc chấp nhận: ", "Satisfied or acceptable: ")) strong { (language.share(figures.satisfaction_rate)) }
                    " " (shown.say("của", "of")) " " (language.count(counts.rated)) " "
                    (shown.say("lượt đánh giá", "ratings"))
                    " (" (language.count(counts.answered)) " " (shown.say("đã trả lời", "answered")) ")."
                }
                (parts_bar(&judgements.map(|(class, _, count)| (class, count)), counts.rated))
                table {
                    caption .hidden { (shown.say("Đánh giá của người dân", "What citizens say")) }
                    thead { tr {
                        th scope="col" { (shown.say("Đánh giá", "Judgement")) }
                        th scope="col" { (shown.say("Số lượt", "Ratings")) }
                        th scope="col" { (shown.say("Tỷ lệ", "Share")) }
                    } }
                    tbody {
                        @for (class, name, count) in judgements {
                            tr {
                                th scope="row" { span class={ "key " (class) } {} (name) }
                                td { (language.count(count)) }
                                td { (language.share(share(count, counts.rated))) }
                            }
                        }
                    }
                }
            }
        }
    }
}
