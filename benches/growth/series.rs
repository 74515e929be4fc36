//! One cost against one size: a table, and a plot of it.

use crate::plot;
use crate::shared::report::{self, Table, number};

/// What is measured against what.
pub struct Series {
    /// The name of its marks and of its plot.
    pub name: &'static str,
    /// What grows.
    pub of: &'static str,
    /// What it costs, each with how many decimals its table has; the first is drawn.
    pub costs: &'static [(&'static str, usize)],
    /// Whether both axes grow by factors of ten.
    pub by_tens: bool,
}

impl Series {
    /// Tells what was measured: sizes, each with its costs. A last column says what one more comes to, between this row and
    /// the one before.
    pub fn tell(&self, rows: &[(f64, Vec<f64>)]) {
        let mut columns = vec![self.of];
        columns.extend(self.costs.iter().map(|(name, _)| *name));
        columns.push("one more");
        let mut table = Table::new(self.name, &columns);
        let mut last: Option<&(f64, Vec<f64>)> = None;
        for row in rows {
            let mut cells = vec![number(row.0, 0)];
            cells.extend(row.1.iter().zip(self.costs).map(|(cost, (_, decimals))| number(*cost, *decimals)));
            let more = last.map(|last| (row.1[0] - last.1[0]) / (row.0 - last.0));
            cells.push(more.map(significant).unwrap_or_default());
            table.row(&cells);
            last = Some(row);
        }
        table.tell();
        if report::writes() {
            let points: Vec<(f64, f64)> = rows.iter().map(|(size, costs)| (*size, costs[0])).collect();
            let folder = report::docs().join("performance");
            std::fs::create_dir_all(&folder).unwrap();
            let plot = plot::Plot { across: self.of, up: self.costs[0].0, by_tens: self.by_tens };
            std::fs::write(folder.join(format!("{}.svg", self.name)), plot.draw(&points)).unwrap();
        }
    }
}

/// Two digits that say something.
fn significant(value: f64) -> String {
    let decimals = if value == 0.0 { 0.0 } else { (1.0 - value.abs().log10().floor()).max(0.0) };
    number(value, decimals as usize)
}
