use std::{env::temp_dir, io::Read};

use super::*;
use crate::steering::files::book::Sheet;

fn created() -> Instant {
    Instant::parse("2022-09-01").unwrap()
}

fn table(name: &str, columns: &[(&str, Kind)]) -> Table {
    Table { name: name.into(), columns: columns.iter().map(|(heading, kind)| Column::new(*heading, *kind)).collect() }
}

fn writer(facts: &[Fact]) -> XlsxWriter {
    XlsxWriter::new("Tỷ lệ trả lời", facts, created(), &temp_dir()).unwrap()
}

/// A part of the file, as XML.
fn part(file: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file)).unwrap();
    let mut xml = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut xml).unwrap();
    xml
}

/// The cell's element.
fn cell<'a>(xml: &'a str, reference: &str) -> &'a str {
    let from = xml.find(&format!("<c r=\"{reference}\"")).unwrap_or_else(|| panic!("no {reference} in {xml}"));
    let rest = &xml[from..];
    let closed = rest.find("/>").map(|at| at + 2);
    let ended = rest.find("</c>").map(|at| at + 4);
    let end = match (closed, ended) {
        // An empty element closes before any child begins.
        (Some(closed), _) if !rest[1..closed - 2].contains('<') => closed,
        (_, Some(ended)) => ended,
        _ => panic!("{rest}"),
    };
    &rest[..end]
}

#[test]
fn a_formula_is_a_text_with_the_quote_prefix_and_nothing_added() {
    let mut writer = writer(&[]);
    writer.begin(table("Bảng", &[("=cột", Kind::Name)])).unwrap();
    let texts = ["=cmd|' /C calc'!A0", "+84912345678", "-1+2", "@SUM(1)", "\t=1", "\r=1", "＝1+1"];
    for text in texts {
        writer.row(&[Cell::text(text)]).unwrap();
    }
    let file = writer.finish().unwrap();
    let sheet = part(&file, "xl/worksheets/sheet1.xml");
    assert!(!sheet.contains("<f>"), "{sheet}");
    let styles = part(&file, "xl/styles.xml");
    let xfs: Vec<&str> = styles.split("<cellXfs").nth(1).unwrap().split("<xf ").skip(1).collect();
    for (row, text) in (4..).zip(texts) {
        let cell = cell(&sheet, &format!("A{row}"));
        assert!(cell.contains("t=\"inlineStr\""), "{cell}");
        let style: usize = cell.split("s=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        assert!(xfs[style].contains("quotePrefix=\"1\""), "{}", xfs[style]);
        let plain = text.replace(['\r', '\t'], "");
        assert!(cell.contains(&plain), "{cell}");
        assert!(!cell.contains(&format!("'{plain}")), "{cell}");
    }
}

#[test]
fn numbers_are_numbers_instants_are_local_dates_and_nothing_is_an_empty_cell() {
    let kinds = [Kind::Count, Kind::Count, Kind::Share, Kind::Share, Kind::Instant, Kind::Name];
    let columns: Vec<(&str, Kind)> = kinds.into_iter().map(|kind| ("cột", kind)).collect();
    let mut writer = writer(&[Fact::new("Tính đến trước", Cell::Instant(created()))]);
    writer.begin(table("Bảng", &columns)).unwrap();
    let row = [
        Cell::Count(1_234_567),
        Cell::Net(-3),
        Cell::Share(Some(0.733)),
        Cell::Share(None),
        Cell::Instant(Instant::parse("2022-08-31T17:30:00Z").unwrap()),
        Cell::Empty,
    ];
    writer.row(&row).unwrap();
    let ancient = Cell::Instant(Instant::parse("1800-01-01T00:00:00+07:00").unwrap());
    writer.row(&[vec![ancient], vec![Cell::Empty; 5]].concat()).unwrap();
    let sheet = part(&writer.finish().unwrap(), "xl/worksheets/sheet1.xml");
    let value = |reference| cell(&sheet, reference).split("<v>").nth(1).map(|rest| rest.split('<').next().unwrap());
    // 2022-09-01 is day 44805 of Excel; half past midnight there.
    assert_eq!(value("B2"), Some("44805"));
    assert_eq!(value("A5"), Some("1234567"));
    assert_eq!(value("B5"), Some("-3"));
    assert_eq!(value("C5"), Some("0.733"));
    assert_eq!(value("D5"), None);
    let time: f64 = value("E5").unwrap().parse().unwrap();
    assert!((time - (44_805.0 + 0.5 / 24.0)).abs() < 1e-9, "{time}");
    assert_eq!(value("F5"), None);
    assert!(cell(&sheet, "A6").contains("1800-01-01T00:00:00+07:00"));
}

#[test]
fn the_heading_is_frozen_and_filtered_without_the_total() {
    let mut writer = writer(&[Fact::new("Kỳ", Cell::text("2022")), Fact::new("Cách tính", Cell::text("eligible"))]);
    writer.begin(table("Cấp xã", &[("Cơ quan", Kind::Name), ("Tổng số", Kind::Count)])).unwrap();
    writer.row(&[Cell::text("UBND phường Vũ Ninh"), Cell::Count(3)]).unwrap();
    writer.row(&[Cell::text("UBND xã Hòa Long"), Cell::Count(4)]).unwrap();
    writer.total(&[Cell::text("Tổng cộng"), Cell::Count(7)]).unwrap();
    let file = writer.finish().unwrap();
    let sheet = part(&file, "xl/worksheets/sheet1.xml");
    assert!(cell(&sheet, "A1").contains("Tỷ lệ trả lời – Cấp xã"));
    assert!(cell(&sheet, "B3").contains("eligible"));
    assert!(cell(&sheet, "A5").contains("Cơ quan"));
    assert!(sheet.contains("<pane ySplit=\"5\" topLeftCell=\"A6\""), "{sheet}");
    assert!(sheet.contains("<autoFilter ref=\"A5:B7\"/>"), "{sheet}");
    assert!(cell(&sheet, "B8").contains("<v>7</v>"));
    assert!(part(&file, "docProps/core.xml").contains("2022-08-31T17:00:00Z"));
}

#[test]
fn a_full_sheet_goes_on_on_a_further_one_with_the_same_heading() {
    let mut writer = writer(&[]);
    // The title, an empty row, the heading, three rows, and the one kept for the total.
    writer.rows = 7;
    writer.begin(table("Cấp xã", &[("Số", Kind::Count)])).unwrap();
    for number in 0..7 {
        writer.row(&[Cell::Count(number)]).unwrap();
    }
    writer.total(&[Cell::Count(21)]).unwrap();
    let file = writer.finish().unwrap();
    let workbook = part(&file, "xl/workbook.xml");
    for name in ["Cấp xã", "Cấp xã (2)", "Cấp xã (3)"] {
        assert!(workbook.contains(&format!("name=\"{name}\"")), "{workbook}");
    }
    let last = part(&file, "xl/worksheets/sheet3.xml");
    assert!(cell(&last, "A3").contains("Số") && cell(&last, "A4").contains("<v>6</v>"));
    assert!(cell(&last, "A5").contains("<v>21</v>"));
    let first = part(&file, "xl/worksheets/sheet1.xml");
    assert!(cell(&first, "A6").contains("<v>2</v>") && !first.contains("A7"));
}

#[test]
fn a_text_longer_than_a_cell_is_refused_not_cut() {
    let mut writer = writer(&[]);
    writer.begin(table("Bảng", &[("Nội dung", Kind::Name)])).unwrap();
    writer.row(&[Cell::text("ư".repeat(32_767))]).unwrap();
    // Two UTF-16 units each.
    let refused = writer.row(&[Cell::text("😀".repeat(16_384))]);
    assert!(
        matches!(&refused, Err(FileError::TextTooLong { column, length: 32_768, max: 32_767 }) if column == "Nội dung"),
        "{refused:?}"
    );
}

#[test]
fn a_row_without_a_table_or_of_another_width_is_refused() {
    let mut writer = writer(&[]);
    assert!(matches!(writer.row(&[Cell::Empty]), Err(FileError::NoTable)));
    writer.begin(table("Bảng", &[("a", Kind::Name)])).unwrap();
    assert!(matches!(writer.row(&[]), Err(FileError::Ragged { cells: 0, columns: 1 })));
}

#[test]
fn names_of_sheets_are_what_excel_takes() {
    let name = |name: &str, taken: &[&str]| {
        let taken: Vec<String> = taken.iter().map(|name| (*name).to_owned()).collect();
        let name = sheet_name(name, "", &taken);
        rust_xlsxwriter::worksheet::Worksheet::new().set_name(&name).unwrap();
        name
    };
    assert_eq!(name("Cấp xã", &[]), "Cấp xã");
    assert_eq!(name("[a]:b*c?d/e\\f", &[]), "a  b c d e f");
    assert_eq!(name("'trích dẫn'", &[]), "trích dẫn");
    assert_eq!(name("///", &[]), "_");
    assert_eq!(name("History", &[]), "_History");
    let long = "Ủy ban nhân dân thành phố Bắc Ninh và các phường";
    assert_eq!(name(long, &[]), "Ủy ban nhân dân thành phố Bắc N");
    assert_eq!(name(long, &["ủy ban nhân dân thành phố bắc n"]), "Ủy ban nhân dân thành phố Bắ ~2");
    assert_eq!(name(&"😀".repeat(20), &[]).encode_utf16().count(), 30);
    assert_eq!(sheet_name(long, " (2)", &[]), "Ủy ban nhân dân thành phố B (2)");
}

#[test]
fn a_writer_can_be_carried_between_threads() {
    fn carried<T: Send>(value: T) -> T {
        value
    }
    let book = Book {
        title: "Tỷ lệ".into(),
        facts: Vec::new(),
        sheets: vec![Sheet {
            table: table("Một", &[("a", Kind::Name)]),
            rows: vec![vec![Cell::text("ở")]],
            total: None,
        }],
    };
    let mut writer = carried(writer(&[]));
    writer.begin(book.sheets[0].table.clone()).unwrap();
    assert!(!writer.finish().unwrap().is_empty());
    assert!(part(&xlsx(&book, created(), &temp_dir()).unwrap(), "xl/worksheets/sheet1.xml").contains(">ở<"));
}
