//! What the year has beside its main course: questions to the citizen, publication, ratings, petitions sent back as unsettled, and
//! their end.

use domain::{
    account::Actor,
    petition::{Command, RatingLevel, Status},
    time::Instant,
};

use super::{
    DemoError,
    chance::{between, one, percent},
    office::{DAY, HOUR, MINUTE},
    year::{Fate, Step, Year},
};

/// In a hundred petitions: shown to everybody; asked about; of these answered; answers rated.
const PUBLISHED: u32 = 70;
const ASKED: u32 = 6;
const SUPPLEMENTED: u32 = 80;
const RATED: u32 = 38;
/// Of a hundred that are not content: they say that it is not settled.
const REOPENED: u32 = 45;

const QUESTIONS: [&str; 4] = [
    "Đề nghị ông/bà bổ sung vị trí cụ thể (số nhà, ngõ hoặc điểm mốc gần nhất) để cán bộ kiểm tra.",
    "Đề nghị ông/bà cho biết thời gian xảy ra sự việc và gửi thêm hình ảnh nếu có.",
    "Đề nghị ông/bà nói rõ hơn nội dung phản ánh: sự việc còn tiếp diễn không, xảy ra vào khung giờ nào?",
    "Cán bộ đã đến hiện trường nhưng chưa xác định được điểm phản ánh; đề nghị ông/bà mô tả thêm.",
];

const SUPPLEMENTS: [&str; 4] = [
    "Vị trí ngay cạnh nhà văn hóa, đối diện trạm biến áp. Sự việc vẫn chưa được khắc phục.",
    "Thường xảy ra từ 18 giờ đến 22 giờ hằng ngày, cuối tuần nặng hơn.",
    "Tôi xin bổ sung: điểm này cách ngã ba khoảng 50 m, phía bên phải đường theo hướng vào trung tâm.",
    "Hôm nay tôi kiểm tra lại thì tình trạng vẫn như cũ, mong cơ quan sớm xử lý.",
];

const REOPENINGS: [&str; 3] = [
    "Trả lời đã xử lý nhưng thực tế chưa có thay đổi, đề nghị kiểm tra lại.",
    "Sau hai ngày tình trạng lại như cũ, mong cơ quan xử lý dứt điểm.",
    "Nội dung trả lời chưa đúng điều tôi phản ánh.",
];

const THANKS: [&str; 3] =
    ["Cảm ơn cơ quan đã xử lý nhanh.", "Đã xử lý, cảm ơn.", "Tôi ghi nhận, mong duy trì kiểm tra thường xuyên."];

const COMPLAINTS: [&str; 2] = ["Xử lý chưa triệt để.", "Chờ quá lâu mà kết quả không rõ ràng."];

impl Year<'_> {
    /// Has the coordinator look whether everybody may read what came in.
    pub(super) fn consider_publication(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let case = self.cases.get(index)?;
        let public = !case.petition.hide_identity && matches!(case.fate, Fate::Answer | Fate::Return | Fate::Transfer);
        if public && percent(&mut self.afterwards, PUBLISHED) {
            let length = between(&mut self.afterwards, HOUR, 16 * HOUR);
            self.later(index, Step::Publish, self.office.after(now, length));
        }
        Ok(())
    }

    pub(super) fn publish(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let coordinator = self.desks.coordinator(&mut self.afterwards)?;
        self.give(index, Command::Publish { title: None, content: None }, coordinator, now)
    }

    /// Some petitions cannot be dealt with as they are.
    pub(super) fn consider_question(&mut self, index: usize, now: Instant) {
        if percent(&mut self.afterwards, ASKED) {
            let length = between(&mut self.afterwards, 30 * MINUTE, 8 * HOUR);
            self.later(index, Step::Ask, self.office.after(now, length));
        }
    }

    pub(super) fn ask(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let question = one(&mut self.afterwards, &QUESTIONS).copied().unwrap_or_default();
        let message = self.seal(question);
        let officer = self.officer(index)?;
        self.give(index, Command::RequestInformation { message }, officer, now)?;
        if percent(&mut self.afterwards, SUPPLEMENTED) {
            let length = between(&mut self.afterwards, 3 * HOUR, 4 * DAY);
            self.later(index, Step::Supplement, Some(now.plus(chrono::Duration::microseconds(length))));
        }
        Ok(())
    }

    pub(super) fn supplement(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let words = one(&mut self.afterwards, &SUPPLEMENTS).copied().unwrap_or_default();
        let content = self.seal(words);
        let citizen = self.sender(index)?;
        self.give(index, Command::Supplement { content, attachments: Vec::new() }, &citizen, now)
    }

    /// What a citizen does with an answer, and what comes of it when nothing is done.
    pub(super) fn follow_answer(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        self.later(index, Step::Close, Some(self.catalogue.policy.reopening_ends(now)));
        if percent(&mut self.afterwards, RATED) {
            let length = between(&mut self.afterwards, HOUR, 6 * DAY);
            self.later(index, Step::Rate, Some(now.plus(chrono::Duration::microseconds(length))));
        }
        Ok(())
    }

    pub(super) fn rate(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let petition = &self.cases.get(index)?.petition;
        if petition.rating.is_some() {
            return Ok(());
        }
        let first = petition.reopenings == 0;
        // Late answers please less.
        let content = if petition.answered_on_time() { 70 } else { 45 };
        let level = match between(&mut self.afterwards, 0, 99) {
            mark if mark < content => RatingLevel::Satisfied,
            mark if mark < content + 20 => RatingLevel::Acceptable,
            _ => RatingLevel::Unsatisfied,
        };
        let comment = match level {
            RatingLevel::Satisfied | RatingLevel::Acceptable => one(&mut self.afterwards, &THANKS),
            RatingLevel::Unsatisfied => one(&mut self.afterwards, &COMPLAINTS),
        };
        let comment = comment.copied().filter(|_| percent(&mut self.afterwards, 30));
        let comment = comment.map(|words| self.seal(words));
        let citizen = self.sender(index)?;
        self.give(index, Command::Rating { level, comment }, &citizen, now)?;
        if level == RatingLevel::Unsatisfied && first && percent(&mut self.afterwards, REOPENED) {
            let length = between(&mut self.afterwards, MINUTE, DAY);
            self.later(index, Step::Reopen, Some(now.plus(chrono::Duration::microseconds(length))));
        }
        Ok(())
    }

    pub(super) fn reopen(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let words = one(&mut self.afterwards, &REOPENINGS).copied().unwrap_or_default();
        let reason = self.seal(words);
        let citizen = self.sender(index)?;
        let case = self.cases.get_mut(index)?;
        case.booked = false;
        case.ready_at = Some(now.plus(chrono::Duration::microseconds(DAY)));
        self.give(index, Command::Reopen { reason }, &citizen, now)
    }

    /// The system ends what nobody reopened in time; not what has been answered anew since.
    pub(super) fn close(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let petition = &self.cases.get(index)?.petition;
        let over = petition.answer.is_some_and(|answer| self.catalogue.policy.reopening_ends(answer.at) <= now);
        if petition.status == Status::Answered && over {
            self.give(index, Command::Close, &Actor::System, now)?;
        }
        Ok(())
    }

    fn sender(&self, index: usize) -> Result<Actor, DemoError> {
        Ok(Actor::Citizen(self.cases.get(index)?.petition.submitter))
    }
}
