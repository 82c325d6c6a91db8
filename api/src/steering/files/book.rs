//! Tables before they are a file.

use domain::time::Instant;
use rust_xlsxwriter::XlsxError;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Words; never a formula, whatever they begin with.
    Text(String),
    /// How many.
    Count(u64),
    /// By how many something grew; negative where it shrank.
    Net(i64),
    /// A share, 1 being the whole; `None` (over nothing) is an empty cell.
    Share(Option<f64>),
    /// An instant, shown in the time of Việt Nam to the second.
    Instant(Instant),
    /// Nothing.
    Empty,
}

impl Cell {
    /// Words.
    pub fn text(words: impl Into<String>) -> Self {
        Self::Text(words.into())
    }
}

/// What a column holds: how wide it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A code.
    Code,
    /// A name or a title.
    Name,
    /// A count or a net change.
    Count,
    /// A share.
    Share,
    /// An instant.
    Instant,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub heading: String,
    /// What it holds.
    pub kind: Kind,
}

impl Column {
    /// A column.
    pub fn new(heading: impl Into<String>, kind: Kind) -> Self {
        Self { heading: heading.into(), kind }
    }
}

/// The cells of one line, one for each column.
pub type Row = Vec<Cell>;

/// A table without its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name in full, however long; a sheet's tab may have to be shorter.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// A table with its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// The columns.
    pub table: Table,
    /// The rows.
    pub rows: Vec<Row>,
    /// The sum of the rows.
    pub total: Option<Row>,
}

/// What a reader must know to judge the figures: the instant, the period, the definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// Its value.
    pub value: Cell,
}

impl Fact {
    /// A fact.
    pub fn new(label: impl Into<String>, value: Cell) -> Self {
        Self { label: label.into(), value }
    }
}

/// All that a file shows. The same book always gives the same bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    /// What it is about.
    pub title: String,
    /// Stands on every sheet.
    pub facts: Vec<Fact>,
    /// The sheets.
    pub sheets: Vec<Sheet>,
}

/// Why a file could not be written. Nothing is cut to make it fit.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A text that Excel would refuse.
    #[error("a text under “{column}” has {length} UTF-16 units; a cell of Excel holds {max}")]
    TextTooLong {
        /// The heading it stands under.
        column: String,
        /// How long it is.
        length: usize,
        /// How long it may be.
        max: usize,
    },
    /// A row that is no row of its table.
    #[error("a row of {cells} cells in a table of {columns} columns")]
    Ragged {
        /// How many it has.
        cells: usize,
        /// How many there should be.
        columns: usize,
    },
    /// A row before any table was begun.
    #[error("a row without a table")]
    NoTable,
    /// The writer of XLSX refused, or its temporary file failed.
    #[error("the workbook cannot be written")]
    Workbook(#[from] XlsxError),
    /// The writer of CSV refused.
    #[error("the CSV cannot be written")]
    Csv(#[from] ::csv::Error),
}

/// Refuses a row that does not have one cell for each column.
pub(super) fn check_width(row: &[Cell], columns: usize) -> Result<(), FileError> {
    if row.len() == columns { Ok(()) } else { Err(FileError::Ragged { cells: row.len(), columns }) }
}
