//! Tables as CSV: UTF-8 with a byte order mark (without it Excel reads Vietnamese in the machine's code page), comma, CRLF, one
//! table a file.
//!
//! - Facts stand in columns of their own behind the table's, the same in every row: a line above the headings would break every
//!   script, a fact left out would part the figures from their definition.
//! - No total row: a script that sums a column must not count twice.
//! - Instants are `2022-09-01 00:00:00` in the time of Việt Nam, which Excel reads as a date in every regional setting; RFC 3339 it
//!   does not.
//! - Shares have a decimal point and every digit of the JSON answer, and at least four: a regional setting with `.` for thousands
//!   (the Vietnamese one) would take `0.733` for 733. The counts beside them, and the XLSX, read the same everywhere.

use super::book::{Book, Cell, Fact, FileError, Row, Table, check_width};

/// Excel reads UTF-8 only behind it.
const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// Writes a table in pieces: first [`Self::head`], then [`Self::rows`] for each page of rows.
#[derive(Debug, Clone)]
pub struct CsvWriter {
    headings: Vec<String>,
    columns: usize,
    facts: Vec<String>,
}

impl CsvWriter {
    /// For a table, with facts that are repeated in every row.
    pub fn new(table: &Table, facts: &[Fact]) -> Self {
        let headings = table.columns.iter().map(|column| &column.heading).chain(facts.iter().map(|fact| &fact.label));
        Self {
            headings: headings.map(|heading| harmless(heading)).collect(),
            columns: table.columns.len(),
            facts: facts.iter().map(|fact| field(&fact.value)).collect(),
        }
    }

    /// The byte order mark and the headings.
    ///
    /// # Errors
    /// [`FileError::Csv`].
    pub fn head(&self) -> Result<Vec<u8>, FileError> {
        let mut writer = writer(BYTE_ORDER_MARK.into());
        writer.write_record(&self.headings)?;
        finish(writer)
    }

    /// These rows.
    ///
    /// # Errors
    /// [`FileError::Ragged`] for a row that is not one of the table, [`FileError::Csv`].
    pub fn rows<'a>(&self, rows: impl IntoIterator<Item = &'a Row>) -> Result<Vec<u8>, FileError> {
        let mut writer = writer(Vec::new());
        for row in rows {
            check_width(row, self.columns)?;
            for cell in row {
                writer.write_field(field(cell))?;
            }
            writer.write_record(&self.facts)?;
        }
        finish(writer)
    }
}

/// A book as one CSV: the rows of its first sheet, without the total. A book for CSV has one sheet with all rows.
///
/// # Errors
/// See [`CsvWriter::rows`]; [`FileError::NoTable`] for a book without sheets.
pub fn csv(book: &Book) -> Result<Vec<u8>, FileError> {
    let sheet = book.sheets.first().ok_or(FileError::NoTable)?;
    let writer = CsvWriter::new(&sheet.table, &book.facts);
    let mut bytes = writer.head()?;
    bytes.append(&mut writer.rows(&sheet.rows)?);
    Ok(bytes)
}

fn writer(begun: Vec<u8>) -> ::csv::Writer<Vec<u8>> {
    ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(begun)
}

fn finish(writer: ::csv::Writer<Vec<u8>>) -> Result<Vec<u8>, FileError> {
    writer.into_inner().map_err(|error| ::csv::Error::from(error.into_error()).into())
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => harmless(text),
        Cell::Count(count) => count.to_string(),
        Cell::Net(change) => change.to_string(),
        Cell::Share(share) => share.map(decimal).unwrap_or_default(),
        Cell::Instant(at) => format!("{} {}", at.local_date(), at.local_time().format("%H:%M:%S%.f")),
        Cell::Empty => String::new(),
    }
}

/// As many decimals as it takes to read the same number back, but not fewer than four.
fn decimal(share: f64) -> String {
    let exact = share.to_string();
    let decimals = exact.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if decimals < 4 { format!("{share:.4}") } else { exact }
}

/// A text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe before it. Quotation marks do not
/// help, a spreadsheet takes them off first. Spaces and invisible characters before the sign are looked through, and the full-width
/// signs, which Excel takes for the plain ones, count too. So `+84…` is `'+84…`.
fn harmless(text: &str) -> String {
    let first =
        text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200F}'));
    let formula =
        first.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) || text.starts_with(['\t', '\r', '\n']);
    if formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use domain::time::Instant;

    use super::{
        super::book::{Column, Kind, Sheet},
        *,
    };

    fn table(headings: &[&str]) -> Table {
        Table {
            name: "Bảng".into(),
            columns: headings.iter().map(|heading| Column::new(*heading, Kind::Name)).collect(),
        }
    }

    fn texts(texts: &[&str]) -> Row {
        texts.iter().map(|text| Cell::text(*text)).collect()
    }

    fn read(bytes: &[u8]) -> Vec<Vec<String>> {
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").expect("a byte order mark");
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text);
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn what_begins_like_a_formula_gets_an_apostrophe() {
        for text in [
            "=cmd|' /C calc'!A0",
            "+84912345678",
            "-2+3",
            "@SUM(1)",
            "\t=1",
            "\rabc",
            "\nabc",
            "＝1+1",
            "＋1",
            "－1",
            "＠a",
            "  =1",
            "\u{FEFF}=1",
            "\u{200B}@x",
            "\u{3000}=1",
        ] {
            assert_eq!(harmless(text), format!("'{text}"), "{text:?}");
        }
        for text in ["", "Đèn hỏng", "1-2", "a=b", "'=1", "số 5", "(+84) 91"] {
            assert_eq!(harmless(text), text, "{text:?}");
        }
    }

    #[test]
    fn headings_and_facts_are_made_harmless_too() {
        let facts = [Fact::new("=nhãn", Cell::text("=giá trị"))];
        let writer = CsvWriter::new(&table(&["=cột"]), &facts);
        assert_eq!(read(&writer.head().unwrap()), [["'=cột", "'=nhãn"]]);
        assert_eq!(writer.rows(&[vec![Cell::Empty]]).unwrap(), ",'=giá trị\r\n".as_bytes());
    }

    #[test]
    fn every_text_reads_back_as_it_was() {
        let book = Book {
            title: "Tỷ lệ".into(),
            facts: vec![Fact::new("Tính đến trước", Cell::Instant(Instant::parse("2022-09-01").unwrap()))],
            sheets: vec![Sheet {
                table: table(&["Cơ quan, đơn vị", "Ghi chú"]),
                rows: vec![
                    texts(&["UBND thành phố Bắc Ninh", "có \"ngoặc kép\", phẩy; chấm phẩy"]),
                    texts(&["UBND thị xã Từ Sơn", "dòng một\ndòng hai\r\ndòng ba"]),
                    texts(&["", " khoảng trắng "]),
                ],
                total: Some(texts(&["Tổng cộng", ""])),
            }],
        };
        let bytes = csv(&book).unwrap();
        assert!(bytes.starts_with("\u{FEFF}\"Cơ quan, đơn vị\",Ghi chú,Tính đến trước\r\n".as_bytes()));
        assert!(bytes.ends_with(b"\r\n"));
        let at = "2022-09-01 00:00:00";
        assert_eq!(
            read(&bytes),
            [
                ["Cơ quan, đơn vị", "Ghi chú", "Tính đến trước"],
                ["UBND thành phố Bắc Ninh", "có \"ngoặc kép\", phẩy; chấm phẩy", at],
                ["UBND thị xã Từ Sơn", "dòng một\ndòng hai\r\ndòng ba", at],
                ["", " khoảng trắng ", at],
            ]
        );
    }

    #[test]
    fn numbers_read_back_and_nothing_is_an_empty_field() {
        let writer = CsvWriter::new(&table(&["a", "b", "c", "d", "e", "f"]), &[]);
        let row = vec![
            Cell::Count(1_234_567),
            Cell::Net(-3),
            Cell::Share(Some(2.0 / 3.0)),
            Cell::Share(Some(0.733)),
            Cell::Share(Some(1.0)),
            Cell::Share(None),
        ];
        let line = String::from_utf8(writer.rows(&[row]).unwrap()).unwrap();
        assert_eq!(line, "1234567,-3,0.6666666666666666,0.7330,1.0000,\r\n");
        assert_eq!("0.6666666666666666".parse::<f64>().unwrap().to_bits(), (2.0_f64 / 3.0).to_bits());
    }

    #[test]
    fn a_row_of_another_width_is_refused() {
        let writer = CsvWriter::new(&table(&["a", "b"]), &[]);
        let refused = writer.rows(&[texts(&["một"])]);
        assert!(matches!(refused, Err(FileError::Ragged { cells: 1, columns: 2 })));
    }

    #[test]
    fn pieces_are_the_whole() {
        let rows: Vec<Row> = (0..1_000).map(|n| vec![Cell::Count(n), Cell::text(format!("dòng {n}"))]).collect();
        let writer = CsvWriter::new(&table(&["số", "chữ"]), &[Fact::new("Kỳ", Cell::text("2022"))]);
        let pieces: Vec<u8> = rows.chunks(300).flat_map(|page| writer.rows(page).unwrap()).collect();
        assert_eq!(pieces, writer.rows(&rows).unwrap());
    }
}
