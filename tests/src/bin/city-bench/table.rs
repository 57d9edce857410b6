//! The table: rows by what was measured, columns by engine.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::cpu::median;
use super::flows::CLIENTS;

/// What one operation cost.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figure {
    /// CPU seconds.
    pub(crate) cpu: f64,
    /// The same in bare RS256 signatures of the same moment.
    pub(crate) times: f64,
    /// CPU seconds in the kernel.
    pub(crate) system: f64,
    /// CPU seconds in the threads that run SQLite.
    pub(crate) database: f64,
    /// Seconds of the clock, shared by all that work at the same time: one over how many a second.
    pub(crate) wall: f64,
}

impl Figure {
    /// The median of each part.
    pub(crate) fn median(figures: &[Self]) -> Self {
        let of = |part: fn(&Self) -> f64| median(&mut figures.iter().map(part).collect::<Vec<_>>());
        Self {
            cpu: of(|figure| figure.cpu),
            times: of(|figure| figure.times),
            system: of(|figure| figure.system),
            database: of(|figure| figure.database),
            wall: of(|figure| figure.wall),
        }
    }
}

/// Filled while measuring, printed at the end.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<String>,
    engines: Vec<String>,
    cells: BTreeMap<(String, String), String>,
}

impl Table {
    /// A figure.
    pub(crate) fn row(&mut self, what: &str, engine: &str, figure: &Figure) {
        let cell = format!(
            "{:.2} ms, {:.2} × ({:.2} ms)",
            figure.cpu * 1_000.0,
            figure.times,
            figure.wall * 1_000.0
        );
        self.text(what, engine, cell);
    }

    /// Anything else. Said at once, since the rest takes minutes.
    pub(crate) fn text(&mut self, what: &str, engine: &str, cell: String) {
        println!("{engine}: {what}: {cell}");
        for (names, name) in [(&mut self.rows, what), (&mut self.engines, engine)] {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        self.cells
            .insert((what.to_owned(), engine.to_owned()), cell);
    }

    /// The whole as Markdown.
    pub(crate) fn print(&self, batches: usize) -> String {
        let mut out = format!(
            "CPU of the server, the same in bare RS256 signatures, (wall); medians of {batches} batches, {CLIENTS} clients at a time\n\n| | {} |\n|---|{}\n",
            self.engines.join(" | "),
            "---|".repeat(self.engines.len())
        );
        for row in &self.rows {
            let cell = |engine: &String| {
                let cell = self.cells.get(&(row.clone(), engine.clone()));
                cell.map_or("", String::as_str)
            };
            let cells: Vec<&str> = self.engines.iter().map(cell).collect();
            let _ = writeln!(out, "| {row} | {} |", cells.join(" | "));
        }
        out
    }
}
