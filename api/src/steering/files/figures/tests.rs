use domain::{
    catalogue::Channel,
    code::{AgencyCode, CategoryCode},
    rate::Filter,
};

use super::{
    super::{csv, xlsx},
    *,
};
use crate::language::Language;

fn counts(submitted: u64, answered: u64) -> Counts {
    Counts {
        submitted,
        received: submitted,
        answered,
        answered_on_time: answered,
        pending_in_time: submitted - answered,
        ..Counts::default()
    }
}

fn tally(groups: impl IntoIterator<Item = (Key, Counts)>) -> Tally {
    let mut tally = Tally::default();
    for (key, counts) in groups {
        tally.total.add(&counts);
        tally.groups.insert(key, counts);
    }
    tally
}

fn agency(code: &str, counts: Counts) -> (Key, Counts) {
    (Key { agency: Some(AgencyCode::parse(code).unwrap()), ..Key::default() }, counts)
}

fn by_agency() -> Tally {
    tally([
        agency("ubnd-256", counts(10, 7)),
        agency("ubnd-261", counts(4, 0)),
        agency("ubnd-09163", counts(3, 3)),
        agency("dieu-phoi", counts(2, 0)),
    ])
}

fn question(group_by: &[Dimension]) -> Question {
    Question {
        from: Some(Instant::parse("2022-01-01").unwrap()),
        to: None,
        filter: Filter { channels: vec![Channel::Mobile], ..Filter::default() },
        group_by: group_by.to_vec(),
    }
}

/// Shows the file of an answer in Vietnamese.
fn with_file<T>(group_by: &[Dimension], tally: &Tally, show: impl FnOnce(&RatesFile<'_>) -> T) -> T {
    let agency = |code: &AgencyCode| match code.as_str() {
        "ubnd-256" => Some(("UBND thành phố Bắc Ninh".to_owned(), AgencyLevel::District)),
        "ubnd-261" => Some(("UBND thành phố Từ Sơn".to_owned(), AgencyLevel::District)),
        "ubnd-09163" => Some(("UBND phường Vũ Ninh".to_owned(), AgencyLevel::Commune)),
        _ => None,
    };
    show(&RatesFile {
        question: &question(group_by),
        as_of: Instant::parse("2022-09-01").unwrap(),
        definition: Definition::Eligible,
        tally,
        generated_by: "pakn",
        names: Names { language: Language::Vietnamese, agency: &agency, unit: &|_| None, category: &|_| None },
    })
}

fn figures_of(row: &Row) -> &[Cell] {
    &row[row.len() - 17..]
}

#[test]
fn by_agency_each_level_has_its_sheet_and_every_total_is_the_sum_of_its_rows() {
    let book = with_file(&[Dimension::Agency], &by_agency(), |file| file.book());
    let names: Vec<&str> = book.sheets.iter().map(|sheet| sheet.table.name.as_str()).collect();
    assert_eq!(names, ["Tổng hợp", "Cấp huyện", "Cấp xã", "Điều phối"]);
    for sheet in &book.sheets {
        let total = figures_of(sheet.total.as_ref().unwrap());
        for (at, cell) in total.iter().take(13).enumerate() {
            let parts = sheet.rows.iter().map(|row| {
                let Cell::Count(count) = figures_of(row)[at] else { panic!("{row:?}") };
                count
            });
            assert_eq!(*cell, Cell::Count(parts.sum()), "{} {at}", sheet.table.name);
        }
        for row in sheet.rows.iter().chain(&sheet.total) {
            assert_eq!(row.len(), sheet.table.columns.len());
        }
    }
    let total = book.sheets[0].total.as_ref().unwrap();
    assert_eq!(figures_of(total)[..1], [Cell::Count(19)]);
    assert_eq!(figures_of(total)[13], Cell::Share(Some(10.0 / 19.0)));
}

#[test]
fn by_level_alone_the_summary_says_it_all() {
    let level = |level, counts| (Key { level: Some(level), ..Key::default() }, counts);
    let tally = tally([level(AgencyLevel::Commune, counts(3, 1)), level(AgencyLevel::District, counts(2, 2))]);
    let book = with_file(&[Dimension::Level], &tally, |file| file.book());
    assert_eq!(book.sheets.len(), 1);
    let levels: Vec<&Cell> = book.sheets[0].rows.iter().map(|row| &row[1]).collect();
    assert_eq!(levels, [&Cell::text("Cấp huyện"), &Cell::text("Cấp xã")]);
}

#[test]
fn without_a_heading_there_is_one_row_without_a_key() {
    let book = with_file(&[], &tally([(Key::default(), counts(0, 0))]), |file| file.book());
    let sheet = &book.sheets[0];
    assert_eq!((book.sheets.len(), sheet.rows.len(), sheet.total.as_ref()), (1, 1, None));
    assert_eq!(sheet.rows[0][..13], vec![Cell::Count(0); 13]);
    assert_eq!(sheet.rows[0][13..], vec![Cell::Share(None); 4]);
}

#[test]
fn every_dimension_has_its_code_and_its_name() {
    let key = Key {
        level: None,
        agency: None,
        unit: Some(None),
        category: Some(CategoryCode::parse("chieu_sang").unwrap()),
        channel: Some(Channel::Mobile),
        month: Some("2022-08".into()),
    };
    let group_by = [Dimension::Month, Dimension::Unit, Dimension::Category, Dimension::Channel];
    let book = with_file(&group_by, &tally([(key, counts(1, 1))]), |file| file.book());
    let expected =
        ["2022-08", "Tháng 08/2022", "", "Không nêu vị trí", "chieu_sang", "chieu_sang", "mobile", "Thiết bị di động"];
    assert_eq!(book.sheets[0].rows[0][..8], expected.map(Cell::text));
    assert_eq!(book.sheets[0].table.columns.len(), 8 + 17);
}

#[test]
fn the_csv_has_every_group_once_with_the_definition_beside_it() {
    let book = with_file(&[Dimension::Agency], &by_agency(), |file| file.flat());
    let bytes = csv(&book).unwrap();
    let mut reader = ::csv::Reader::from_reader(&bytes[3..]);
    let headings = reader.headers().unwrap().clone();
    let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let column = |heading: &str| {
        let at = headings.iter().position(|found| found == heading).unwrap();
        rows.iter().map(|row| row.get(at).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(column("Mã cơ quan"), ["dieu-phoi", "ubnd-09163", "ubnd-256", "ubnd-261"]);
    assert_eq!(column("Mã cấp"), ["coordinator", "commune", "district", "district"]);
    assert_eq!(column("Cơ quan")[2], "UBND thành phố Bắc Ninh");
    assert_eq!(column("Tổng số"), ["2", "3", "10", "4"]);
    assert_eq!(column("Tỷ lệ trả lời"), ["0.0000", "1.0000", "0.7000", "0.0000"]);
    assert_eq!(column("Tỷ lệ hài lòng"), [""; 4]);
    assert_eq!(column("Tính đến trước thời điểm"), ["2022-09-01 00:00:00"; 4]);
    assert_eq!(column("Gửi trước"), ["Không giới hạn"; 4]);
    assert_eq!(column("Phạm vi lọc"), ["Kênh: Thiết bị di động"; 4]);
    assert_eq!(column("Cách tính tỷ lệ trả lời"), ["Đã trả lời / (tổng số − từ chối) (eligible)"; 4]);
}

#[test]
fn the_same_answer_gives_the_same_bytes() {
    let book = with_file(&[Dimension::Agency], &by_agency(), |file| file.book());
    let created = Instant::parse("2022-09-01").unwrap();
    let write = || xlsx(&book, created, &std::env::temp_dir()).unwrap();
    assert_eq!(write(), write());
}
