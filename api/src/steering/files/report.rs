//! The report of a period as a file.

use domain::rate::{Line, Report, Reporting};

use super::{
    book::{Book, Cell, Column, Fact, Kind, Row, Sheet, Table},
    words::{Names, level_name, level_rank},
};

/// A report with all that must stand on its file.
pub struct ReportFile<'a> {
    /// Which report.
    pub reporting: &'a Reporting,
    /// Its lines.
    pub report: &'a Report,
    /// Who made the file.
    pub generated_by: &'a str,
    /// How things are called.
    pub names: Names<'a>,
}

impl ReportFile<'_> {
    /// For XLSX: a row for each level, a row for each field, then a sheet for each level with a row for each field. A total is the
    /// sum of the rows above it.
    pub fn book(&self) -> Book {
        let names = &self.names;
        let mut levels: Vec<_> = self.report.by_level().into_iter().collect();
        levels.sort_by_key(|(level, _)| level_rank(*level));
        let by_level = Sheet {
            table: self.table(names.say("Theo cấp", "By level"), self.level_columns()),
            rows: levels
                .iter()
                .map(|(level, line)| row([level.as_str(), level_name(*level, names.language)], line))
                .collect(),
            total: Some(self.total(&self.report.total)),
        };
        let by_category = Sheet {
            table: self.table(names.say("Theo lĩnh vực", "By field"), self.category_columns()),
            rows: self
                .report
                .by_category()
                .iter()
                .map(|(code, line)| row([code.as_str(), &names.category_name(code)], line))
                .collect(),
            total: Some(self.total(&self.report.total)),
        };
        let of_levels = levels.into_iter().map(|(level, sum)| Sheet {
            table: self.table(level_name(level, names.language), self.category_columns()),
            rows: (self.report.lines.iter().filter(|((of, _), _)| *of == level))
                .map(|((_, code), line)| row([code.as_str(), &names.category_name(code)], line))
                .collect(),
            total: Some(self.total(&sum)),
        });
        Book {
            title: self.title(),
            facts: self.facts(),
            sheets: [by_level, by_category].into_iter().chain(of_levels).collect(),
        }
    }

    /// For CSV: a row for each level and field, without totals.
    pub fn flat(&self) -> Book {
        let names = &self.names;
        let mut lines: Vec<_> = self.report.lines.iter().collect();
        lines.sort_by_key(|((level, _), _)| level_rank(*level));
        let rows = lines.into_iter().map(|((level, code), line)| {
            let category = names.category_name(code);
            row([level.as_str(), level_name(*level, names.language), code.as_str(), &category], line)
        });
        let columns = [self.level_columns(), self.category_columns()].concat();
        let sheet = Sheet { table: self.table(&self.title(), columns), rows: rows.collect(), total: None };
        Book { title: self.title(), facts: self.facts(), sheets: vec![sheet] }
    }

    fn title(&self) -> String {
        self.names
            .say("Báo cáo kết quả tiếp nhận, xử lý phản ánh, kiến nghị", "Report on petitions received and handled")
            .to_owned()
    }

    fn facts(&self) -> Vec<Fact> {
        let say = |vietnamese, english| self.names.say(vietnamese, english);
        let mut facts = vec![
            Fact::new(say("Kỳ báo cáo từ", "Period from"), Cell::Instant(self.reporting.from)),
            Fact::new(say("Kỳ báo cáo đến trước", "Period before"), Cell::Instant(self.reporting.to)),
            Fact::new(
                say("Cách tính", "How it is counted"),
                Cell::text(say(
                    "Kỳ trước chuyển sang + tiếp nhận = đã trả lời + từ chối + rút, gộp, chuyển + chưa trả lời; \
                     số trong kỳ là chênh lệch giữa cuối kỳ và đầu kỳ, có thể âm khi phản ánh lại hoặc chuyển đến; \
                     số tiếp nhận không tính phản ánh đã rút hoặc đã gộp trong kỳ",
                    "Carried over + received = answered + rejected + other + pending; what happened within the period is the \
                     difference between its two ends, negative where more was reopened or moved in; received leaves out what \
                     was withdrawn or merged within the period",
                )),
            ),
        ];
        facts.push(self.names.filter_fact(&self.reporting.filter));
        facts.extend(self.names.origin_facts(self.generated_by));
        facts
    }

    fn level_columns(&self) -> Vec<Column> {
        vec![
            Column::new(self.names.say("Mã cấp", "Level code"), Kind::Code),
            Column::new(self.names.say("Cấp", "Level"), Kind::Name),
        ]
    }

    fn category_columns(&self) -> Vec<Column> {
        vec![
            Column::new(self.names.say("Mã lĩnh vực", "Field code"), Kind::Code),
            Column::new(self.names.say("Lĩnh vực", "Field"), Kind::Name),
        ]
    }

    fn table(&self, name: &str, mut columns: Vec<Column>) -> Table {
        let figures = [
            ("Kỳ trước chuyển sang", "Carried over"),
            ("Tiếp nhận trong kỳ", "Received"),
            ("Đã trả lời trong hạn", "Answered in time"),
            ("Đã trả lời quá hạn", "Answered late"),
            ("Từ chối", "Rejected"),
            ("Rút, gộp, chuyển", "Other (withdrawn, merged, moved)"),
            ("Chưa trả lời, trong hạn", "Pending in time"),
            ("Chưa trả lời, quá hạn", "Pending overdue"),
        ];
        columns.extend(figures.map(|(vi, en)| Column::new(self.names.say(vi, en), Kind::Count)));
        Table { name: name.to_owned(), columns }
    }

    fn total(&self, line: &Line) -> Row {
        row([self.names.say("Tổng cộng", "Total"), ""], line)
    }
}

fn row<const KEYS: usize>(keys: [&str; KEYS], line: &Line) -> Row {
    // In full, so that a new column cannot be left out of the files.
    let Line {
        carried_over,
        received,
        answered_in_time,
        answered_late,
        rejected,
        other,
        pending_in_time,
        pending_overdue,
    } = *line;
    let figures = [
        Cell::Count(carried_over),
        Cell::Count(received),
        Cell::Net(answered_in_time),
        Cell::Net(answered_late),
        Cell::Net(rejected),
        Cell::Net(other),
        Cell::Count(pending_in_time),
        Cell::Count(pending_overdue),
    ];
    keys.into_iter().map(key).chain(figures).collect()
}

fn key(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::text(text) }
}

#[cfg(test)]
mod tests {
    use domain::{
        catalogue::AgencyLevel,
        code::CategoryCode,
        rate::{Counts, Filter, Key, Tally},
        time::Instant,
    };

    use super::*;
    use crate::language::Language;

    fn tally(groups: &[(AgencyLevel, &str, Counts)]) -> Tally {
        let mut tally = Tally::default();
        for (level, category, counts) in groups {
            let category = Some(CategoryCode::parse(category).unwrap());
            tally.total.add(counts);
            tally.groups.insert(Key { level: Some(*level), category, ..Key::default() }, *counts);
        }
        tally
    }

    fn numbers(row: &Row) -> Vec<i64> {
        let number = |cell: &Cell| match cell {
            Cell::Count(count) => Some(i64::try_from(*count).unwrap()),
            Cell::Net(change) => Some(*change),
            Cell::Text(_) | Cell::Share(_) | Cell::Instant(_) | Cell::Empty => None,
        };
        row.iter().filter_map(number).collect()
    }

    #[test]
    fn totals_are_the_sums_of_their_rows_and_all_sheets_tell_the_same() {
        use AgencyLevel::{Commune, District};
        let of = |submitted, answered, on_time, overdue| Counts {
            submitted,
            answered,
            answered_on_time: on_time,
            pending_overdue: overdue,
            pending_in_time: submitted - answered - overdue,
            ..Counts::default()
        };
        let opening = tally(&[(Commune, "chieu_sang", of(10, 6, 5, 1)), (District, "giao_thong", of(4, 4, 4, 0))]);
        let closing = tally(&[
            (Commune, "chieu_sang", of(18, 12, 9, 2)),
            (Commune, "giao_thong", of(3, 1, 1, 0)),
            (District, "giao_thong", of(3, 2, 2, 1)),
        ]);
        let arrivals = tally(&[(Commune, "chieu_sang", of(9, 5, 4, 0)), (Commune, "giao_thong", of(2, 1, 1, 0))]);
        let instant = |day| Instant::parse(day).unwrap();
        let reporting = Reporting { from: instant("2022-08-01"), to: instant("2022-09-01"), filter: Filter::default() };
        let report = Report::new(&opening, &closing, &arrivals);
        let file = ReportFile {
            reporting: &reporting,
            report: &report,
            generated_by: "pakn",
            names: Names {
                language: Language::Vietnamese,
                agency: &|_| None,
                unit: &|_| None,
                category: &|code| (code.as_str() == "chieu_sang").then(|| "Chiếu sáng".to_owned()),
            },
        };
        let book = file.book();
        let names: Vec<&str> = book.sheets.iter().map(|sheet| sheet.table.name.as_str()).collect();
        assert_eq!(names, ["Theo cấp", "Theo lĩnh vực", "Cấp huyện", "Cấp xã"]);
        for sheet in &book.sheets {
            let rows: Vec<Vec<i64>> = sheet.rows.iter().map(numbers).collect();
            let sums: Vec<i64> = (0..8).map(|at| rows.iter().map(|row| row[at]).sum()).collect();
            assert_eq!(numbers(sheet.total.as_ref().unwrap()), sums, "{}", sheet.table.name);
            assert!(sheet.rows.iter().all(|row| row.len() == sheet.table.columns.len()));
        }
        assert_eq!(numbers(book.sheets[0].total.as_ref().unwrap()), [4, 11, 3, 2, 0, 1, 6, 3]);
        let flat = file.flat();
        assert_eq!(flat.sheets[0].rows.len(), 3);
        assert_eq!(flat.sheets[0].rows[2][..4], ["commune", "Cấp xã", "giao_thong", "giao_thong"].map(Cell::text));
    }
}
