//! A rates answer as a file.

use std::collections::BTreeMap;

use domain::{
    catalogue::AgencyLevel,
    rate::{Bucket, Counts, Definition, Dimension, Figures, Key, Question, Tally},
    time::Instant,
};

use super::{
    book::{Book, Cell, Column, Fact, Kind, Row, Sheet, Table},
    words::{Names, bucket_name, channel_name, definition_text, level_name, level_rank},
};

/// An answer of `GET /rates` with all that must stand on its file.
pub struct RatesFile<'a> {
    /// What was asked.
    pub question: &'a Question,
    /// The instant, exclusive.
    pub as_of: Instant,
    /// How the answer rate is taken.
    pub definition: Definition,
    /// The counts.
    pub tally: &'a Tally,
    /// Who made the file.
    pub generated_by: &'a str,
    /// How things are called.
    pub names: Names<'a>,
}

impl RatesFile<'_> {
    /// For XLSX. Grouped by level or by agency: a summary with a row for each level, then a sheet for each level; else one sheet.
    /// A total is the sum of the rows above it.
    pub fn book(&self) -> Book {
        let sheets = if self.has_levels() { self.sheets_by_level() } else { vec![self.whole(true)] };
        Book { title: self.title(), facts: self.facts(), sheets }
    }

    /// For CSV: all groups in one table, without a total; the total itself where nothing was grouped.
    pub fn flat(&self) -> Book {
        Book { title: self.title(), facts: self.facts(), sheets: vec![self.whole(false)] }
    }

    /// A series, for both: all points in one table, each with its instant. The tally of the file itself is not looked at.
    pub fn series(&self, points: &[(Instant, Tally)]) -> Book {
        let at = Column::new(self.names.say("Tính đến trước", "As they stood before"), Kind::Instant);
        let columns = [at].into_iter().chain(self.key_columns()).collect();
        let rows = points.iter().flat_map(|(instant, tally)| {
            let of = RatesFile { tally, ..*self };
            let rows = of.whole(false).rows.into_iter();
            rows.map(|row| [Cell::Instant(*instant)].into_iter().chain(row).collect::<Row>()).collect::<Vec<_>>()
        });
        let table =
            Table { name: self.names.say("Theo thời gian", "Over time").into(), columns: self.with_figures(columns) };
        let sheet = Sheet { table, rows: rows.collect(), total: None };
        Book { title: self.title(), facts: self.facts(), sheets: vec![sheet] }
    }

    fn title(&self) -> String {
        self.names
            .say("Tỷ lệ tiếp nhận, xử lý và trả lời phản ánh, kiến nghị", "Petitions received, handled and answered")
            .into()
    }

    fn facts(&self) -> Vec<Fact> {
        let Names { language, .. } = self.names;
        let say = |vietnamese, english| self.names.say(vietnamese, english);
        let mut facts = vec![
            Fact::new(say("Gửi từ", "Submitted from"), self.names.bound(self.question.from)),
            Fact::new(say("Gửi trước", "Submitted before"), self.names.bound(self.question.to)),
            Fact::new(say("Tính đến trước thời điểm", "As they stood before"), Cell::Instant(self.as_of)),
            Fact::new(
                say("Cách tính tỷ lệ trả lời", "Answer rate"),
                Cell::text(format!("{} ({})", definition_text(self.definition, language), self.definition)),
            ),
        ];
        facts.push(self.names.filter_fact(&self.question.filter));
        facts.extend(self.names.origin_facts(self.generated_by));
        facts
    }

    fn has_levels(&self) -> bool {
        self.question.group_by.iter().any(|dimension| matches!(dimension, Dimension::Level | Dimension::Agency))
    }

    fn level(&self, key: &Key) -> AgencyLevel {
        let of_agency = || key.agency.as_ref().map(|code| self.names.level_of(code));
        key.level.or_else(of_agency).unwrap_or(AgencyLevel::Coordinator)
    }

    fn summary_name(&self) -> String {
        self.names.say("Tổng hợp", "Summary").into()
    }

    /// One sheet with every group.
    fn whole(&self, with_total: bool) -> Sheet {
        let keys = self.key_columns();
        let table = Table { name: self.summary_name(), columns: self.with_figures(keys.clone()) };
        if self.question.group_by.is_empty() {
            return Sheet { table, rows: vec![self.figures(&self.tally.total)], total: None };
        }
        let rows = self.tally.groups.iter().map(|(key, counts)| self.row(key, counts)).collect();
        let total = with_total.then(|| self.total(keys.len(), &self.tally.total));
        Sheet { table, rows, total }
    }

    fn sheets_by_level(&self) -> Vec<Sheet> {
        let mut levels: BTreeMap<u8, (AgencyLevel, Counts, Vec<Row>)> = BTreeMap::new();
        for (key, counts) in &self.tally.groups {
            let level = self.level(key);
            let (_, sum, rows) =
                levels.entry(level_rank(level)).or_insert_with(|| (level, Counts::default(), Vec::new()));
            sum.add(counts);
            rows.push(self.row(key, counts));
        }
        let of_level =
            |level| vec![Cell::text(AgencyLevel::as_str(level)), Cell::text(level_name(level, self.names.language))];
        let summary = Sheet {
            table: Table { name: self.summary_name(), columns: self.with_figures(self.level_columns()) },
            rows: levels.values().map(|(level, sum, _)| [of_level(*level), self.figures(sum)].concat()).collect(),
            total: Some(self.total(2, &self.tally.total)),
        };
        let by_level_alone = self.question.group_by == [Dimension::Level];
        let keys = self.key_columns();
        let sheets = levels.into_values().filter(|_| !by_level_alone).map(|(level, sum, rows)| Sheet {
            table: Table {
                name: level_name(level, self.names.language).into(),
                columns: self.with_figures(keys.clone()),
            },
            rows,
            total: Some(self.total(keys.len(), &sum)),
        });
        [summary].into_iter().chain(sheets).collect()
    }

    fn total(&self, keys: usize, counts: &Counts) -> Row {
        let label = Cell::text(self.names.say("Tổng cộng", "Total"));
        let mut row = vec![label];
        row.resize(keys, Cell::Empty);
        row.append(&mut self.figures(counts));
        row
    }

    fn row(&self, key: &Key, counts: &Counts) -> Row {
        [self.key_cells(key), self.figures(counts)].concat()
    }

    fn level_columns(&self) -> Vec<Column> {
        vec![
            Column::new(self.names.say("Mã cấp", "Level code"), Kind::Code),
            Column::new(self.names.say("Cấp", "Level"), Kind::Name),
        ]
    }

    /// The dimensions, each with its code and its name. The level is told as well where only the agency was asked for.
    fn key_columns(&self) -> Vec<Column> {
        let mut columns = if self.has_levels() { self.level_columns() } else { Vec::new() };
        let mut add = |code: &str, name: &str| {
            columns.extend([Column::new(code, Kind::Code), Column::new(name, Kind::Name)]);
        };
        let say = |vietnamese, english| self.names.say(vietnamese, english);
        for dimension in &self.question.group_by {
            match dimension {
                Dimension::Level => {}
                Dimension::Agency => add(say("Mã cơ quan", "Agency code"), say("Cơ quan", "Agency")),
                Dimension::Unit => add(say("Mã đơn vị", "Unit code"), say("Đơn vị hành chính", "Administrative unit")),
                Dimension::Category => add(say("Mã lĩnh vực", "Field code"), say("Lĩnh vực", "Field")),
                Dimension::Channel => add(say("Mã kênh", "Channel code"), say("Kênh", "Channel")),
                Dimension::Month => add(say("Mã tháng", "Month code"), say("Tháng", "Month")),
            }
        }
        columns
    }

    fn key_cells(&self, key: &Key) -> Row {
        let mut cells = Row::new();
        let mut add = |code: &str, name: String| cells.extend([Cell::text(code), Cell::Text(name)]);
        let language = self.names.language;
        if self.has_levels() {
            let level = self.level(key);
            add(level.as_str(), level_name(level, language).to_owned());
        }
        for dimension in &self.question.group_by {
            match dimension {
                Dimension::Level => {}
                Dimension::Agency => {
                    let code = key.agency.as_ref();
                    add(
                        code.map_or("", |code| code.as_str()),
                        code.map(|c| self.names.agency_name(c)).unwrap_or_default(),
                    );
                }
                Dimension::Unit => match key.unit.as_ref().and_then(Option::as_ref) {
                    Some(code) => add(code.as_str(), self.names.unit_name(code)),
                    None => add("", self.names.say("Không nêu vị trí", "No place given").to_owned()),
                },
                Dimension::Category => {
                    let code = key.category.as_ref();
                    let name = code.map(|code| self.names.category_name(code)).unwrap_or_default();
                    add(code.map_or("", |code| code.as_str()), name);
                }
                Dimension::Channel => {
                    let channel = key.channel;
                    let name = channel.map_or("", |channel| channel_name(channel, language));
                    add(channel.map_or("", |channel| channel.as_str()), name.to_owned());
                }
                Dimension::Month => {
                    let month = key.month.as_deref().unwrap_or_default();
                    add(month, self.month_name(month));
                }
            }
        }
        cells
    }

    /// `2022-08` as people write it.
    fn month_name(&self, month: &str) -> String {
        let name = month.split_once('-').map(|(year, month)| format!("{}{month}/{year}", self.names.say("Tháng ", "")));
        name.unwrap_or_else(|| month.to_owned())
    }

    fn with_figures(&self, mut columns: Vec<Column>) -> Vec<Column> {
        let rates = [
            ("Tỷ lệ trả lời", "Answer rate"),
            ("Tỷ lệ tiếp nhận", "Received rate"),
            ("Tỷ lệ đúng hạn", "On-time rate"),
            ("Tỷ lệ hài lòng", "Satisfaction rate"),
        ];
        let count = |bucket: &Bucket| Column::new(bucket_name(*bucket, self.names.language), Kind::Count);
        columns.extend(Bucket::ALL.iter().map(count));
        columns
            .extend(rates.map(|(vietnamese, english)| Column::new(self.names.say(vietnamese, english), Kind::Share)));
        columns
    }

    fn figures(&self, counts: &Counts) -> Row {
        let Figures { counts, rate, received_rate, on_time_rate, satisfaction_rate } =
            Figures::new(*counts, self.definition);
        let rates = [rate, received_rate, on_time_rate, satisfaction_rate];
        let counts = Bucket::ALL.iter().map(|bucket| Cell::Count(bucket.count(&counts)));
        counts.chain(rates.into_iter().map(Cell::Share)).collect()
    }
}

#[cfg(test)]
mod tests;
