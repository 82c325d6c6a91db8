//! What a notice says. Nothing that anybody wrote is in it, and no name: it may be read over a shoulder, and by those who carry it.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::NoticeKind;
use crate::{petition::PetitionCode, wording::Worded};

/// What a notice says, in both languages. `about` is what else it names: a device, a provider, an address of the agency's own.
pub fn told(kind: NoticeKind, petition: Option<&PetitionCode>, about: Option<&str>) -> Worded {
    let code = petition.map(PetitionCode::to_string).unwrap_or_default();
    let about = about.map(|about| format!(" ({about})")).unwrap_or_default();
    let (vietnamese, english) = match kind {
        NoticeKind::Received => {
            (format!("Phản ánh {code} đã được tiếp nhận."), format!("Petition {code} has been received."))
        }
        NoticeKind::Started => {
            (format!("Phản ánh {code} đang được xử lý."), format!("Petition {code} is being dealt with."))
        }
        NoticeKind::InformationRequested => (
            format!("Cơ quan xử lý đề nghị bạn bổ sung thông tin cho phản ánh {code}."),
            format!("You are asked for more information on petition {code}."),
        ),
        NoticeKind::Progressed => {
            (format!("Có thông báo tiến độ về phản ánh {code}."), format!("There is news of petition {code}."))
        }
        NoticeKind::Extended => (
            format!("Thời hạn trả lời phản ánh {code} được gia hạn."),
            format!("The answer to petition {code} is promised for a later day."),
        ),
        NoticeKind::Transferred => (
            format!("Phản ánh {code} đã được chuyển đến cơ quan khác xử lý."),
            format!("Another agency deals with petition {code} now."),
        ),
        NoticeKind::Answered => {
            (format!("Phản ánh {code} đã được trả lời."), format!("Petition {code} has been answered."))
        }
        NoticeKind::Rejected => (
            format!("Phản ánh {code} không được tiếp nhận; mở ứng dụng để xem lý do."),
            format!("Petition {code} was not accepted; the app says why."),
        ),
        NoticeKind::Merged => (
            format!("Phản ánh {code} được gộp với một phản ánh cùng nội dung và sẽ có chung câu trả lời."),
            format!("Petition {code} was put together with another about the same and will share its answer."),
        ),
        NoticeKind::Published => {
            (format!("Phản ánh {code} đã được công khai."), format!("Petition {code} is public now."))
        }
        NoticeKind::Unpublished => {
            (format!("Phản ánh {code} không còn công khai."), format!("Petition {code} is public no longer."))
        }
        NoticeKind::Reopened => (
            format!("Người gửi phản ánh lại phản ánh {code}."),
            format!("Petition {code} has been reopened by its sender."),
        ),
        NoticeKind::Closed => (format!("Phản ánh {code} đã kết thúc."), format!("Petition {code} is closed.")),
        NoticeKind::Arrived => (
            format!("Phản ánh {code} vừa được chuyển đến cơ quan của bạn."),
            format!("Petition {code} has come to your desk."),
        ),
        NoticeKind::Emergency => (
            format!("KHẨN CẤP: phản ánh {code} vừa được chuyển đến cơ quan của bạn."),
            format!("EMERGENCY: petition {code} has come to your desk."),
        ),
        NoticeKind::Supplemented => (
            format!("Người gửi đã bổ sung thông tin cho phản ánh {code}."),
            format!("The sender gave more information on petition {code}."),
        ),
        NoticeKind::Assigned => {
            (format!("Bạn được phân công xử lý phản ánh {code}."), format!("Petition {code} was handed to you."))
        }
        NoticeKind::Withdrawn => {
            (format!("Người gửi đã rút phản ánh {code}."), format!("Petition {code} was taken back by its sender."))
        }
        NoticeKind::AnswerDrafted => (
            format!("Dự thảo trả lời phản ánh {code} đang chờ bạn duyệt."),
            format!("A drafted answer to petition {code} waits for your approval."),
        ),
        NoticeKind::AnswerReturned => (
            format!("Dự thảo trả lời phản ánh {code} bị trả lại để làm lại."),
            format!("The drafted answer to petition {code} was sent back."),
        ),
        NoticeKind::AnswerApproved => (
            format!("Dự thảo trả lời phản ánh {code} đã được duyệt và gửi đi."),
            format!("The drafted answer to petition {code} was approved and given."),
        ),
        NoticeKind::Escalated => (format!("Phản ánh {code} đã quá hạn."), format!("Petition {code} is overdue.")),
        NoticeKind::NewDevice => (
            format!(
                "Tài khoản của bạn vừa được đăng nhập từ một thiết bị mới{about}. Nếu không phải bạn, hãy đổi mật khẩu ngay."
            ),
            format!("Your account was opened on a new device{about}. If it was not you, change the password now."),
        ),
        NoticeKind::IdentityLinked => (
            format!(
                "Một định danh{about} vừa được liên kết với tài khoản của bạn. Nếu không phải bạn, hãy gỡ liên kết và đổi mật khẩu ngay."
            ),
            format!(
                "An identity{about} was linked to your account. If it was not you, remove it and change the password now."
            ),
        ),
        NoticeKind::PasswordChanged => (
            "Mật khẩu tài khoản của bạn vừa được đổi. Nếu không phải bạn, hãy đặt lại mật khẩu ngay.".to_owned(),
            "The password of your account was changed. If it was not you, set another one now.".to_owned(),
        ),
        NoticeKind::WebhookPaused => (
            format!("Việc gửi thông báo đến hệ thống của cơ quan{about} đã tạm dừng vì không gửi được."),
            format!("Sending to your agency's system{about} was paused: nothing arrives there."),
        ),
    };
    Worded { vietnamese, english }
}

/// A text without its marks: an SMS that has any is two.
pub fn unmarked(text: &str) -> String {
    let plain = |c: char| match c {
        'đ' => 'd',
        'Đ' => 'D',
        c => c,
    };
    text.nfd().filter(|c| !is_combining_mark(*c)).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_names_its_petition_and_fits_one_sms() {
        let code = PetitionCode::parse("PAKN.20261126.000042").unwrap();
        for kind in NoticeKind::ALL {
            let Worded { vietnamese, english } = told(*kind, Some(&code), None);
            let is_of_account =
                vietnamese.to_lowercase().contains("tài khoản") || vietnamese.contains("hệ thống của cơ quan");
            assert_eq!(vietnamese.contains(code.as_str()), !is_of_account, "{kind}");
            assert_eq!(english.contains(code.as_str()), !is_of_account, "{kind}");
            let sms = unmarked(&vietnamese);
            assert!(sms.is_ascii() && sms.len() <= 160, "{kind}: {} {sms}", sms.len());
        }
        assert!(told(NoticeKind::NewDevice, None, Some("Android")).vietnamese.contains("(Android)"));
    }
}
