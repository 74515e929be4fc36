//! A plot of one line, as SVG.

use std::fmt::Write as _;

use crate::shared::report::number;

/// What the axes are called, and how they grow.
pub struct Plot<'a> {
    pub across: &'a str,
    pub up: &'a str,
    pub by_tens: bool,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
/// Where the line's field begins and ends.
const LEFT: f64 = 84.0;
const RIGHT: f64 = WIDTH - 24.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = HEIGHT - 56.0;

/// One axis: its marks, the first and the last of which are its ends.
struct Axis {
    marks: Vec<f64>,
    by_tens: bool,
}

impl Axis {
    fn of(values: &[f64], by_tens: bool) -> Self {
        let most = values.iter().copied().fold(f64::MIN, f64::max);
        let least = values.iter().copied().fold(f64::MAX, f64::min);
        let marks = if by_tens {
            let (from, to) = (least.log10().floor() as i32, most.log10().ceil() as i32);
            (from..=to.max(from + 1)).map(|power| 10_f64.powi(power)).collect()
        } else {
            let rough = most / 5.0;
            let ten = 10_f64.powf(rough.log10().floor());
            let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|of| of * ten).find(|step| *step >= rough).unwrap();
            (0..=(most / step).ceil() as u32).map(|at| f64::from(at) * step).collect()
        };
        Self { marks, by_tens }
    }

    /// Where a value stands, from 0 to 1.
    fn place(&self, value: f64) -> f64 {
        let scale = |value: f64| if self.by_tens { value.log10() } else { value };
        let (from, to) = (scale(self.marks[0]), scale(self.marks[self.marks.len() - 1]));
        (scale(value) - from) / (to - from)
    }
}

impl Plot<'_> {
    pub fn draw(&self, points: &[(f64, f64)]) -> String {
        let sizes: Vec<f64> = points.iter().map(|point| point.0).collect();
        let costs: Vec<f64> = points.iter().map(|point| point.1).collect();
        let (across, up) = (Axis::of(&sizes, self.by_tens), Axis::of(&costs, self.by_tens));
        let x = |value: f64| LEFT + across.place(value) * (RIGHT - LEFT);
        let y = |value: f64| BOTTOM - up.place(value) * (BOTTOM - TOP);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
             font-size=\"12\">\n<title>{} against {}</title>\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n",
            self.up, self.across
        );
        for mark in &across.marks {
            let at = x(*mark);
            let _ = writeln!(out, "<path d=\"M{at:.1} {TOP}V{BOTTOM}\" stroke=\"#ddd\"/>");
            label(&mut out, (at, BOTTOM + 18.0), "middle", &told(*mark));
        }
        for mark in &up.marks {
            let at = y(*mark);
            let _ = writeln!(out, "<path d=\"M{LEFT} {at:.1}H{RIGHT}\" stroke=\"#ddd\"/>");
            label(&mut out, (LEFT - 8.0, at + 4.0), "end", &told(*mark));
        }
        label(&mut out, ((LEFT + RIGHT) / 2.0, HEIGHT - 12.0), "middle", self.across);
        label(&mut out, (LEFT, 14.0), "start", self.up);
        let line: Vec<String> = points.iter().map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1))).collect();
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"#1f5fbf\" stroke-width=\"2\"/>",
            line.join(" ")
        );
        for (size, cost) in points {
            let _ = writeln!(out, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\" fill=\"#1f5fbf\"/>", x(*size), y(*cost));
        }
        out + "</svg>\n"
    }
}

fn label(out: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"#333\">{text}</text>");
}

/// A mark's number, no longer than it has to be.
fn told(mark: f64) -> String {
    let decimals = (0..4).find(|decimals| (mark * 10_f64.powi(*decimals)).fract().abs() < 1e-6).unwrap_or(4);
    number(mark, decimals as usize)
}
