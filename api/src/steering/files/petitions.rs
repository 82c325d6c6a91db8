//! The petitions behind a count, as a list.

use domain::rate::{Bucket, Stage};
use persistence::Counted;

use super::{
    book::{Cell, Column, Fact, Kind, Row, Table},
    words::{Names, channel_name},
};

/// The list's columns.
pub fn table(names: &Names<'_>) -> Table {
    let columns = [
        ("Mã phản ánh", "Petition", Kind::Code),
        ("Gửi lúc", "Submitted", Kind::Instant),
        ("Mã cơ quan", "Agency code", Kind::Code),
        ("Cơ quan", "Agency", Kind::Name),
        ("Mã đơn vị", "Unit code", Kind::Code),
        ("Đơn vị hành chính", "Administrative unit", Kind::Name),
        ("Mã lĩnh vực", "Field code", Kind::Code),
        ("Lĩnh vực", "Field", Kind::Name),
        ("Kênh", "Channel", Kind::Name),
        ("Tình trạng", "Counted as", Kind::Name),
        ("Từ lúc", "Since", Kind::Instant),
    ];
    let columns = columns.map(|(vietnamese, english, kind)| Column::new(names.say(vietnamese, english), kind));
    Table { name: names.say("Danh sách", "Petitions").to_owned(), columns: columns.into() }
}

/// What stands on the list: which count it is of.
pub fn bucket_fact(bucket: Bucket, names: &Names<'_>) -> Fact {
    Fact::new(names.say("Số liệu", "Count"), Cell::text(bucket.as_str()))
}

/// A petition's row.
pub fn row(counted: &Counted, names: &Names<'_>) -> Row {
    let Counted { code, submitted_at, heading, standing, since, petition: _ } = counted;
    let (unit, category) = (heading.unit.as_ref(), heading.category.as_ref());
    let stage = match standing.stage {
        Stage::Rejected => names.say("Từ chối", "Rejected"),
        Stage::AnsweredOnTime => names.say("Trả lời đúng hạn", "Answered on time"),
        Stage::AnsweredLate => names.say("Trả lời quá hạn", "Answered late"),
        Stage::PendingInTime => names.say("Chưa trả lời, trong hạn", "Pending in time"),
        Stage::PendingOverdue => names.say("Chưa trả lời, quá hạn", "Pending overdue"),
        Stage::AwaitingInTime => names.say("Chờ bổ sung, trong hạn", "Awaiting citizen, in time"),
        Stage::AwaitingOverdue => names.say("Chờ bổ sung, quá hạn", "Awaiting citizen, overdue"),
    };
    vec![
        Cell::text(code.as_str()),
        Cell::Instant(*submitted_at),
        Cell::text(heading.agency.as_str()),
        Cell::Text(names.agency_name(&heading.agency)),
        Cell::text(unit.map_or("", |code| code.as_str())),
        Cell::Text(unit.map(|code| names.unit_name(code)).unwrap_or_default()),
        Cell::text(category.map_or("", |code| code.as_str())),
        Cell::Text(category.map(|code| names.category_name(code)).unwrap_or_default()),
        Cell::text(channel_name(heading.channel, names.language)),
        Cell::text(stage),
        Cell::Instant(*since),
    ]
}
