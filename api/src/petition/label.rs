//! What happened, in a sentence for a citizen or officer.

use domain::{
    petition::{ErasureBasis, Escalation, EventData, Inheritance, RatingLevel, Resumed},
    time::Instant,
};
use persistence::CatalogueDay;

use super::{history_view::Reader, refs::CategoryRef};
use crate::{app::agency_name, language::Language};

/// The sentence for an event, as that reader is told it.
pub(super) fn label(data: &EventData, reader: Reader, catalogue: &CatalogueDay, language: Language) -> String {
    let say = |vietnamese: &str, english: &str| language.choose(vietnamese, english).to_owned();
    match data {
        EventData::Submitted(submitted) => {
            let agency = agency_name(catalogue, &submitted.routing.agency);
            match (&submitted.intake, language) {
                (None, Language::Vietnamese) => format!("Đã gửi, chuyển đến {agency}"),
                (None, Language::English) => format!("Sent, routed to {agency}"),
                (Some(intake), Language::Vietnamese) => {
                    let came_at = intake.came_at.to_local_rfc3339();
                    format!("Tiếp nhận qua kênh khác lúc {came_at}, đã nhập và chuyển đến {agency}")
                }
                (Some(intake), Language::English) => {
                    format!(
                        "Came another way at {}, was entered and routed to {agency}",
                        intake.came_at.to_local_rfc3339()
                    )
                }
            }
        }
        EventData::Received {} => say("Đã tiếp nhận", "Received"),
        EventData::Assigned { assignee: Some(_) } => say("Phân công cán bộ xử lý", "Handed to an officer"),
        EventData::Assigned { assignee: None } => say("Bỏ phân công", "Handed to nobody"),
        EventData::Started { .. } => say("Bắt đầu xử lý", "Work has begun"),
        EventData::InformationRequested { .. } => say(
            "Đề nghị người gửi bổ sung thông tin; tạm dừng tính hạn",
            "The sender was asked for more; the clock stands still",
        ),
        EventData::Supplemented { resumed, .. } => {
            say("Người gửi đã bổ sung thông tin", "The sender gave what was asked for") + &goes_on(resumed, language)
        }
        EventData::Extended { due_at, .. } => {
            let due = due_at.to_local_rfc3339();
            match language {
                Language::Vietnamese => format!("Gia hạn trả lời đến {due}; hạn ban đầu vẫn là căn cứ đánh giá"),
                Language::English => {
                    format!("The answer is promised for {due}; it is judged by the first deadline all the same")
                }
            }
        }
        EventData::Progressed { .. } => say("Thông báo tiến độ", "Told how it stands"),
        EventData::AnswerDrafted { .. } => {
            say("Dự thảo trả lời, chờ lãnh đạo duyệt", "An answer was drafted for the leader")
        }
        EventData::AnswerApproved { resumed, .. } => {
            say("Lãnh đạo duyệt; đã trả lời", "The drafted answer was approved and given")
                + &went_on(resumed.as_ref(), language)
        }
        EventData::AnswerReturned { .. } => say("Trả lại dự thảo để làm lại", "The drafted answer was sent back"),
        EventData::Transferred { to, asked, resumed, .. } => {
            let to = agency_name(catalogue, to);
            let moved = match (asked.as_ref().map(|asked| agency_name(catalogue, asked)), language) {
                (None, Language::Vietnamese) => format!("Chuyển đến {to}"),
                (None, Language::English) => format!("Passed to {to}"),
                (Some(asked), Language::Vietnamese) => {
                    format!("Đề nghị chuyển đến {asked}; đã qua nhiều nơi nên chuyển về {to}")
                }
                (Some(asked), Language::English) => format!("Meant for {asked}; having travelled, it went to {to}"),
            };
            moved + &went_on(resumed.as_ref(), language)
        }
        EventData::Returned { resumed, .. } => {
            say("Trả lại cơ quan điều phối", "Given back to the coordinator") + &went_on(resumed.as_ref(), language)
        }
        EventData::Answered { resumed, .. } => say("Đã trả lời", "Answered") + &went_on(resumed.as_ref(), language),
        EventData::Rejected { .. } => say("Từ chối", "Rejected"),
        EventData::Withdrawn { .. } => say("Người gửi rút phản ánh", "Taken back by the sender"),
        EventData::Merged { code, .. } => match language {
            Language::Vietnamese => format!("Gộp vào {code}, dùng chung câu trả lời"),
            Language::English => format!("Put to {code}, whose answer it shares"),
        },
        // Whose petition that was, and that there is one of that code, is for staff alone to know.
        EventData::Absorbed { code, .. } => match (reader, language) {
            (Reader::Staff, Language::Vietnamese) => format!("Nhận gộp {code}"),
            (Reader::Staff, Language::English) => format!("{code} was put to this one"),
            (Reader::Sender | Reader::Public, _) => {
                say("Nhận gộp một phản ánh cùng nội dung", "Another petition about the same was put to this one")
            }
        },
        EventData::Noted { .. } => say("Ghi chú nội bộ", "Internal note"),
        EventData::Recategorised { category, priority, deadlines } => {
            let field = CategoryRef::of(catalogue, category, language).name;
            let due = instant(deadlines.answer);
            match language {
                Language::Vietnamese => format!("Đổi lĩnh vực, mức độ: {field}, {priority}; hạn trả lời: {due}"),
                Language::English => format!("Field and priority are now {field}, {priority}; deadline: {due}"),
            }
        }
        EventData::Published { .. } => say("Công khai", "Shown to everybody"),
        EventData::Unpublished { .. } => say("Thôi công khai", "Shown to the public no longer"),
        EventData::Reopened { deadlines, .. } => {
            let due = instant(deadlines.answer);
            match language {
                Language::Vietnamese => format!("Người gửi phản ánh lại; hạn trả lời mới: {due}"),
                Language::English => format!("Reopened by the sender; the new deadline is {due}"),
            }
        }
        EventData::Rated { level, .. } => match level {
            RatingLevel::Satisfied => say("Người gửi đánh giá: hài lòng", "Rated by the sender: satisfied"),
            RatingLevel::Acceptable => say("Người gửi đánh giá: chấp nhận", "Rated by the sender: acceptable"),
            RatingLevel::Unsatisfied => say("Người gửi đánh giá: không hài lòng", "Rated by the sender: unsatisfied"),
        },
        EventData::Closed {} => say("Kết thúc", "Closed"),
        EventData::DeadlinesSet(deadlines) => {
            let due = instant(deadlines.answer);
            match language {
                Language::Vietnamese => format!("Xác định hạn trả lời: {due}"),
                Language::English => format!("Deadline set: {due}"),
            }
        }
        EventData::Escalated { to } => match to {
            Escalation::Leader => say("Quá hạn: báo cáo lãnh đạo cơ quan", "Overdue: raised to the agency's leader"),
            Escalation::Coordinator => say("Quá hạn: báo cáo cơ quan điều phối", "Overdue: raised to the coordinator"),
        },
        EventData::CarriedOver { to, basis, ended_on, .. } => {
            let (to, day) = (agency_name(catalogue, to), ended_on.format("%d/%m/%Y"));
            let why = match basis {
                Inheritance::SoleHeir => say("là cơ quan kế thừa", "which took over from it"),
                Inheritance::Place => {
                    say("là cơ quan kế thừa tại nơi phản ánh", "which took over from it at the place")
                }
                Inheritance::SeveralHeirs => say(
                    "vì có nhiều cơ quan kế thừa, chưa xác định được theo địa điểm",
                    "since several took over from it and the place does not say which",
                ),
                Inheritance::NoStaff => {
                    say("vì cơ quan kế thừa chưa có cán bộ tiếp nhận", "since who took over from it has no staff yet")
                }
                Inheritance::NoHeir => say("vì không có cơ quan kế thừa", "since nobody took over from it"),
            };
            match language {
                Language::Vietnamese => {
                    format!(
                        "Cơ quan đang xử lý kết thúc hoạt động từ {day}; chuyển đến {to}, {why}; các thời hạn giữ nguyên"
                    )
                }
                Language::English => {
                    format!("The agency that had it ended on {day}; carried over to {to}, {why}; all deadlines stay")
                }
            }
        }
        EventData::Erased { basis, .. } => match basis {
            ErasureBasis::Request => {
                say("Đã xóa nội dung theo yêu cầu của người gửi", "What was written was erased, as the sender asked")
            }
            ErasureBasis::Retention => say(
                "Đã xóa nội dung vì hết thời hạn lưu giữ",
                "What was written was erased: its time to be kept was over",
            ),
        },
    }
}

fn instant(at: Option<Instant>) -> String {
    at.map_or_else(|| "–".to_owned(), Instant::to_local_rfc3339)
}

fn went_on(resumed: Option<&Resumed>, language: Language) -> String {
    resumed.map(|resumed| goes_on(resumed, language)).unwrap_or_default()
}

/// How long the clock stood still, and until when it runs now.
fn goes_on(resumed: &Resumed, language: Language) -> String {
    let (hours, minutes) = (resumed.paused_seconds / 3600, resumed.paused_seconds / 60 % 60);
    let due = instant(resumed.due_at);
    match language {
        Language::Vietnamese => format!("; đã tạm dừng {hours} giờ {minutes} phút làm việc, hạn trả lời: {due}"),
        Language::English => {
            format!("; the clock stood still for {hours} h {minutes} min of office time, deadline: {due}")
        }
    }
}
