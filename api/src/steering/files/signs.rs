//! Signs as a file, and what each is in words.

use std::collections::BTreeMap;

use domain::{
    code::AgencyCode,
    rate::{
        BEFORE_DEADLINE_HOURS, BEFORE_MILESTONE_DAYS, EQUAL_ANSWERS, QUICK_ANSWER_MINUTES, Question,
        SHORT_ANSWER_CHARACTERS, Sign, Signs,
    },
    time::Instant,
};

use super::{
    book::{Book, Cell, Column, Fact, Kind, Row, Sheet, Table},
    words::{Names, level_name},
};
use crate::language::Language;

/// An answer of `GET /rates/signs` with all that must stand on its file.
pub struct SignsFile<'a> {
    /// What was asked.
    pub question: &'a Question,
    /// The instant, exclusive.
    pub as_of: Instant,
    /// The counts.
    pub signs: &'a BTreeMap<AgencyCode, Signs>,
    /// Their sum.
    pub total: &'a Signs,
    /// Who made the file.
    pub generated_by: &'a str,
    /// How things are called.
    pub names: Names<'a>,
}

impl SignsFile<'_> {
    /// For XLSX: one sheet with a row for each agency and the sum of them.
    pub fn book(&self) -> Book {
        let mut book = self.flat();
        let label = [Cell::text(self.names.say("Tổng cộng", "Total")), Cell::Empty, Cell::Empty];
        let total: Row = label.into_iter().chain(counts(self.total)).collect();
        book.sheets.iter_mut().for_each(|sheet| sheet.total = Some(total.clone()));
        book
    }

    /// For CSV: the same without the sum.
    pub fn flat(&self) -> Book {
        let name = self.names.say("Dấu hiệu cần xem xét", "Signs to look into");
        let rows = self.signs.iter().map(|(code, signs)| {
            let level = level_name(self.names.level_of(code), self.names.language);
            let agency = [Cell::text(code.as_str()), Cell::Text(self.names.agency_name(code)), Cell::text(level)];
            agency.into_iter().chain(counts(signs)).collect::<Row>()
        });
        let sheet = Sheet {
            table: Table { name: name.to_owned(), columns: self.columns() },
            rows: rows.collect(),
            total: None,
        };
        let title = self.names.say(
            "Dấu hiệu cần xem xét bên cạnh tỷ lệ trả lời (chỉ là số đếm, không phải kết luận)",
            "Signs beside the answer rate (counts, no verdict)",
        );
        Book { title: title.to_owned(), facts: self.facts(), sheets: vec![sheet] }
    }

    fn columns(&self) -> Vec<Column> {
        let say = |vietnamese, english| self.names.say(vietnamese, english);
        let agency = [
            Column::new(say("Mã cơ quan", "Agency code"), Kind::Code),
            Column::new(say("Cơ quan", "Agency"), Kind::Name),
            Column::new(say("Cấp", "Level"), Kind::Name),
        ];
        let signs = Sign::ALL.iter().map(|sign| Column::new(sign_name(*sign, self.names.language), Kind::Count));
        let share = Column::new(say("Tỷ lệ phản ánh lại", "Reopened share"), Kind::Share);
        agency.into_iter().chain(signs).chain([share]).collect()
    }

    /// Among them what each count is: a count must not be read without it.
    fn facts(&self) -> Vec<Fact> {
        let say = |vietnamese, english| self.names.say(vietnamese, english);
        let language = self.names.language;
        let mut facts = vec![
            Fact::new(say("Gửi từ", "Submitted from"), self.names.bound(self.question.from)),
            Fact::new(say("Gửi trước", "Submitted before"), self.names.bound(self.question.to)),
            Fact::new(say("Việc làm trước thời điểm", "Done before"), Cell::Instant(self.as_of)),
            self.names.filter_fact(&self.question.filter),
        ];
        let definitions = Sign::ALL.iter().filter(|sign| sign.threshold().is_some());
        facts.extend(
            definitions.map(|sign| Fact::new(sign_name(*sign, language), Cell::Text(sign_text(*sign, language)))),
        );
        facts.extend(self.names.origin_facts(self.generated_by));
        facts
    }
}

fn counts(signs: &Signs) -> impl Iterator<Item = Cell> {
    let counts = Sign::ALL.iter().map(|sign| Cell::Count(signs.of(*sign)));
    counts.chain([Cell::Share(signs.reopened_share())])
}

/// What a count is called.
fn sign_name(sign: Sign, language: Language) -> &'static str {
    match sign {
        Sign::Answers => language.choose("Số lần trả lời", "Answers"),
        Sign::QuickAnswers => language.choose("Trả lời ngay sau khi tiếp nhận", "Quick answers"),
        Sign::ShortAnswers => language.choose("Trả lời quá ngắn", "Short answers"),
        Sign::EqualAnswers => language.choose("Trả lời giống nhau", "Equal answers"),
        Sign::UnknownTexts => language.choose("Nội dung đã xóa", "Erased answers"),
        Sign::Reopened => language.choose("Bị phản ánh lại", "Reopened"),
        Sign::Extensions => language.choose("Gia hạn", "Extensions"),
        Sign::SentAway => language.choose("Chuyển đi, trả lại", "Sent away"),
        Sign::SentAwayLate => language.choose("Chuyển đi, trả lại sát hạn", "Sent away late"),
        Sign::Recategorised => language.choose("Đổi lĩnh vực", "Field corrected"),
        Sign::RecategorisedBeforeMilestone => {
            language.choose("Đổi lĩnh vực trước mốc", "Field corrected before a milestone")
        }
    }
}

/// What a count is.
pub fn sign_text(sign: Sign, language: Language) -> String {
    let say = |vietnamese: String, english: String| match language {
        Language::Vietnamese => vietnamese,
        Language::English => english,
    };
    match sign {
        Sign::Answers => say(
            "Số lần cơ quan trả lời, kể cả trả lời lại sau khi bị phản ánh lại".to_owned(),
            "Answers the agency gave, those after a reopening among them".to_owned(),
        ),
        Sign::QuickAnswers => say(
            format!(
                "Trả lời trong vòng {QUICK_ANSWER_MINUTES} phút kể từ khi cơ quan tiếp nhận hoặc công dân phản ánh lại"
            ),
            format!(
                "Answers within {QUICK_ANSWER_MINUTES} minutes after the agency acknowledged the petition or the citizen reopened it"
            ),
        ),
        Sign::ShortAnswers => say(
            format!("Trả lời có ít hơn {SHORT_ANSWER_CHARACTERS} ký tự"),
            format!("Answers of fewer than {SHORT_ANSWER_CHARACTERS} characters"),
        ),
        Sign::EqualAnswers => say(
            format!(
                "Trả lời có nội dung giống ít nhất {EQUAL_ANSWERS} câu trả lời khác của chính cơ quan đó trước thời điểm \
                 tính (không phân biệt dấu, chữ hoa, khoảng trắng)"
            ),
            format!(
                "Answers with the same words as at least {EQUAL_ANSWERS} others that the agency gave before the instant \
                 (marks, case and spaces aside)"
            ),
        ),
        Sign::UnknownTexts => say(
            "Trả lời mà nội dung đã bị xóa: không xác định được ngắn hay giống nhau".to_owned(),
            "Answers whose words were erased: whether they were short or equal is not known".to_owned(),
        ),
        Sign::Reopened => say(
            "Trả lời mà sau đó công dân phản ánh lại".to_owned(),
            "Answers after which the citizen reopened the petition".to_owned(),
        ),
        Sign::Extensions => {
            say("Số lần gia hạn trả lời".to_owned(), "How often the answer was promised for later".to_owned())
        }
        Sign::SentAway => say(
            "Số lần chuyển phản ánh cho cơ quan khác hoặc trả lại cơ quan điều phối".to_owned(),
            "Petitions passed to another agency or given back to the coordinator".to_owned(),
        ),
        Sign::SentAwayLate => say(
            format!(
                "Chuyển đi hoặc trả lại khi thời hạn trả lời còn dưới {BEFORE_DEADLINE_HOURS} giờ (tính theo đồng hồ, không \
                 theo giờ làm việc) hoặc đã quá hạn"
            ),
            format!(
                "Petitions sent away with less than {BEFORE_DEADLINE_HOURS} hours (of the clock, not of office time) left to \
                 answer, or after the deadline"
            ),
        ),
        Sign::Recategorised => {
            say("Số lần đổi lĩnh vực của phản ánh".to_owned(), "Petitions put into another field".to_owned())
        }
        Sign::RecategorisedBeforeMilestone => say(
            format!("Đổi lĩnh vực trong {BEFORE_MILESTONE_DAYS} ngày trước một mốc của chỉ tiêu có tính phản ánh này"),
            format!(
                "Fields corrected in the {BEFORE_MILESTONE_DAYS} days before a milestone of a target that counts the petition"
            ),
        ),
    }
}
