//! Tables as XLSX: the title and the facts on every sheet, a frozen heading below them, numbers as numbers, instants as dates of
//! Excel in the time of Việt Nam.
//!
//! A text is always a string cell, by type never a formula. It also carries Excel's own quote prefix (the apostrophe that Excel
//! shows in its formula bar alone): without it a text that begins with `=` would become a formula once somebody edits the cell and
//! presses Enter. An apostrophe in the text, as CSV needs it, would be a change of what a citizen wrote.

use std::path::Path;

use domain::time::Instant;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet};

use super::book::{Book, Cell, Column, Fact, FileError, Kind, Row, Table, check_width};

/// How many rows a sheet of Excel has.
const ROWS: u32 = 1_048_576;
/// How many UTF-16 units a cell holds.
const CELL_TEXT: usize = 32_767;
/// How many UTF-16 units the name of a sheet may have.
const SHEET_NAME: usize = 31;
/// The first second of 1900, where Excel's calendar begins, since 1970.
const FIRST_SECOND: i64 = -2_208_988_800;
/// The last second of 9999, where it ends, since 1970.
const LAST_SECOND: i64 = 253_402_300_799;

/// Writes a workbook row by row. What was written lies in a temporary file, not in memory. It blocks: on a server, run it where
/// blocking is allowed.
pub struct XlsxWriter {
    workbook: Workbook,
    title: String,
    facts: Vec<Fact>,
    formats: Formats,
    names: Vec<String>,
    open: Option<Open>,
    rows: u32,
}

/// The sheet being written.
struct Open {
    table: Table,
    index: usize,
    /// 1, and more where the table went on to a further sheet.
    part: u32,
    heading: u32,
    next: u32,
}

impl XlsxWriter {
    /// An empty workbook. `created` is its creation time: the same rows with the same one give the same bytes. The temporary files
    /// are made in `folder`.
    ///
    /// # Errors
    /// [`FileError::Workbook`] without such a folder.
    pub fn new(title: &str, facts: &[Fact], created: Instant, folder: &Path) -> Result<Self, FileError> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder)?;
        // The properties are in UTC by the format.
        let properties = DocProperties::new().set_title(title);
        let created =
            ExcelDateTime::from_timestamp(created.micros().div_euclid(1_000_000).clamp(FIRST_SECOND, LAST_SECOND))?;
        workbook.set_properties(&properties.set_creation_datetime(&created));
        Ok(Self {
            workbook,
            title: title.to_owned(),
            facts: facts.to_vec(),
            formats: Formats::new(),
            names: Vec::new(),
            open: None,
            rows: ROWS,
        })
    }

    /// Begins a sheet. Its tab has the table's name, shortened and made unique where Excel asks for it; the whole name stands on
    /// the sheet.
    ///
    /// # Errors
    /// See [`Self::row`].
    pub fn begin(&mut self, table: Table) -> Result<(), FileError> {
        self.end()?;
        self.open_part(table, 1)
    }

    /// Writes a row. Where the sheet is full, a further one with the same heading is begun.
    ///
    /// # Errors
    /// [`FileError::Ragged`] and [`FileError::NoTable`] for a row that belongs to no table, [`FileError::TextTooLong`] for a text
    /// that Excel would cut, [`FileError::Workbook`] when the temporary file fails.
    pub fn row(&mut self, row: &[Cell]) -> Result<(), FileError> {
        // The last row is kept for the total.
        if self.open.as_ref().is_some_and(|open| open.next + 1 >= self.rows)
            && let Some(Open { table, part, .. }) = self.end()?
        {
            self.open_part(table, part + 1)?;
        }
        self.write(row, Weight::Plain)
    }

    /// Writes the sum of the rows, after the last of them.
    ///
    /// # Errors
    /// See [`Self::row`].
    pub fn total(&mut self, row: &[Cell]) -> Result<(), FileError> {
        self.end_filter()?;
        self.write(row, Weight::Bold)?;
        self.open = None;
        Ok(())
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`FileError::Workbook`] when the temporary files fail.
    pub fn finish(mut self) -> Result<Vec<u8>, FileError> {
        self.end()?;
        Ok(self.workbook.save_to_buffer()?)
    }

    fn end(&mut self) -> Result<Option<Open>, FileError> {
        self.end_filter()?;
        Ok(self.open.take())
    }

    /// The filter's arrows over the rows that there are; a total must not be sorted among them.
    fn end_filter(&mut self) -> Result<(), FileError> {
        let Some(open) = &self.open else { return Ok(()) };
        let Some(last) = column(open.table.columns.len().saturating_sub(1)) else { return Ok(()) };
        if open.next > open.heading + 1 {
            self.workbook.worksheet_from_index(open.index)?.autofilter(open.heading, 0, open.next - 1, last)?;
        }
        Ok(())
    }

    fn open_part(&mut self, table: Table, part: u32) -> Result<(), FileError> {
        let suffix = if part == 1 { String::new() } else { format!(" ({part})") };
        let name = sheet_name(&table.name, &suffix, &self.names);
        let index = self.names.len();
        let formats = &self.formats;
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(&name)?.set_landscape().set_print_fit_to_pages(1, 0);
        for (at, (column, Column { heading, kind })) in (0_u16..).zip(&table.columns).enumerate() {
            // The facts stand in the first two columns.
            let least = [26.0, 20.0].get(at).copied().unwrap_or(0.0_f64);
            let words =
                heading.split(' ').map(|word| word.chars().count()).max().and_then(|most| u16::try_from(most).ok());
            let longest = words.map_or(0.0, f64::from) + 4.0;
            sheet.set_column_width(column, width(*kind).max(least).max(longest))?;
        }
        write_text(sheet, 0, 0, &format!("{} – {}{suffix}", self.title, table.name), &formats.title, "")?;
        let mut next = 1;
        for Fact { label, value } in &self.facts {
            write_text(sheet, next, 0, label, &formats.plain.text, "")?;
            write_cell(sheet, next, 1, value, &formats.fact, label)?;
            next += 1;
        }
        let heading = next + 1;
        // Excel does not fit the height of a row it is given without one to its wrapped words: room for three lines.
        sheet.set_row_height(heading, 48)?;
        for (column, Column { heading: words, .. }) in (0_u16..).zip(&table.columns) {
            write_text(sheet, heading, column, words, &formats.heading, words)?;
        }
        sheet.set_freeze_panes(heading + 1, 0)?.set_repeat_rows(heading, heading)?;
        self.names.push(name);
        self.open = Some(Open { table, index, part, heading, next: heading + 1 });
        Ok(())
    }

    fn write(&mut self, row: &[Cell], weight: Weight) -> Result<(), FileError> {
        let open = self.open.as_mut().ok_or(FileError::NoTable)?;
        check_width(row, open.table.columns.len())?;
        let formats = match weight {
            Weight::Plain => &self.formats.plain,
            Weight::Bold => &self.formats.bold,
        };
        let sheet = self.workbook.worksheet_from_index(open.index)?;
        for ((at, cell), column) in (0_u16..).zip(row).zip(&open.table.columns) {
            write_cell(sheet, open.next, at, cell, formats, &column.heading)?;
        }
        open.next += 1;
        Ok(())
    }
}

/// A book as XLSX; see [`XlsxWriter::new`].
///
/// # Errors
/// See [`XlsxWriter::row`].
pub fn xlsx(book: &Book, created: Instant, folder: &Path) -> Result<Vec<u8>, FileError> {
    let mut writer = XlsxWriter::new(&book.title, &book.facts, created, folder)?;
    for sheet in &book.sheets {
        writer.begin(sheet.table.clone())?;
        sheet.rows.iter().try_for_each(|row: &Row| writer.row(row))?;
        if let Some(total) = &sheet.total {
            writer.total(total)?;
        }
    }
    writer.finish()
}

#[derive(Clone, Copy)]
enum Weight {
    Plain,
    Bold,
}

struct Formats {
    title: Format,
    heading: Format,
    fact: CellFormats,
    plain: CellFormats,
    bold: CellFormats,
}

struct CellFormats {
    text: Format,
    count: Format,
    share: Format,
    instant: Format,
}

impl Formats {
    fn new() -> Self {
        let bold = Format::new().set_bold();
        Self {
            title: bold.clone().set_font_size(14).set_quote_prefix(),
            heading: bold
                .clone()
                .set_text_wrap()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_border_bottom(FormatBorder::Thin)
                .set_quote_prefix(),
            fact: CellFormats::new(&Format::new().set_align(FormatAlign::Left)),
            plain: CellFormats::new(&Format::new()),
            bold: CellFormats::new(&bold.set_border_top(FormatBorder::Thin)),
        }
    }
}

impl CellFormats {
    fn new(base: &Format) -> Self {
        Self {
            text: base.clone().set_quote_prefix(),
            count: base.clone().set_num_format("#,##0"),
            share: base.clone().set_num_format("0.0%"),
            instant: base.clone().set_num_format("dd/mm/yyyy hh:mm:ss"),
        }
    }
}

/// In characters.
fn width(kind: Kind) -> f64 {
    match kind {
        Kind::Code => 16.0,
        Kind::Name => 38.0,
        Kind::Count => 12.0,
        Kind::Share => 11.0,
        Kind::Instant => 20.0,
    }
}

fn column(index: usize) -> Option<u16> {
    u16::try_from(index).ok()
}

fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    formats: &CellFormats,
    under: &str,
) -> Result<(), FileError> {
    match cell {
        Cell::Text(text) => write_text(sheet, row, column, text, &formats.text, under)?,
        Cell::Count(count) => {
            sheet.write_number_with_format(row, column, float(i128::from(*count)), &formats.count)?;
        }
        Cell::Net(change) => {
            sheet.write_number_with_format(row, column, float(i128::from(*change)), &formats.count)?;
        }
        Cell::Share(Some(share)) => {
            sheet.write_number_with_format(row, column, *share, &formats.share)?;
        }
        Cell::Instant(at) => match excel_time(*at) {
            Some(at) => {
                sheet.write_datetime_with_format(row, column, &at, &formats.instant)?;
            }
            None => write_text(sheet, row, column, &at.to_local_rfc3339(), &formats.text, under)?,
        },
        Cell::Share(None) | Cell::Empty => {
            sheet.write_blank(row, column, &formats.text)?;
        }
    }
    Ok(())
}

fn write_text(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    format: &Format,
    under: &str,
) -> Result<(), FileError> {
    let length = text.encode_utf16().count();
    if length > CELL_TEXT {
        return Err(FileError::TextTooLong { column: under.to_owned(), length, max: CELL_TEXT });
    }
    sheet.write_string_with_format(row, column, text, format)?;
    Ok(())
}

/// Excel has no time zones: the local time, to the second. `None` outside Excel's calendar.
fn excel_time(at: Instant) -> Option<ExcelDateTime> {
    let local = at.local_date().and_time(at.local_time()).and_utc().timestamp();
    (FIRST_SECOND..=LAST_SECOND).contains(&local).then(|| ExcelDateTime::from_timestamp(local).ok()).flatten()
}

/// Every number of Excel is one; exact below 2⁵³.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "there are fewer petitions than 2^53")]
fn float(number: i128) -> f64 {
    number as f64
}

/// The name of a sheet's tab as Excel takes it: without `[ ] : * ? / \`, not blank, no apostrophe at either end, at most 31
/// UTF-16 units, and unlike the others whatever the case.
fn sheet_name(name: &str, suffix: &str, taken: &[String]) -> String {
    let forbidden = |c: char| matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') || c.is_control();
    let clean: String = name.chars().map(|c| if forbidden(c) { ' ' } else { c }).collect();
    let clean = clean.trim_matches(|c: char| c == '\'' || c.is_whitespace());
    // Excel keeps the name History for itself.
    let clean =
        if clean.is_empty() || clean.eq_ignore_ascii_case("history") { format!("_{clean}") } else { clean.to_owned() };
    let fit = |suffix: &str| {
        let mut room = SHEET_NAME.saturating_sub(suffix.encode_utf16().count());
        let kept = clean.chars().take_while(|c| {
            let fits = c.len_utf16() <= room;
            room = room.saturating_sub(c.len_utf16());
            fits
        });
        let kept: String = kept.collect();
        format!("{}{suffix}", kept.trim_end_matches(|c: char| c == '\'' || c.is_whitespace()))
    };
    let is_free = |name: &String| taken.iter().all(|other| other.to_lowercase() != name.to_lowercase());
    let first = fit(suffix);
    if is_free(&first) {
        return first;
    }
    (2_u32..).map(|number| fit(&format!("{suffix} ~{number}"))).find(is_free).unwrap_or(first)
}

#[cfg(test)]
mod tests;
