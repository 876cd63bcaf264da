//! Pictures as SVG: text, lines and bars on white.

use std::fmt::{Display, Write};

/// Grey, for what belongs to no stream, and red, for what went wrong.
pub const GREY: &str = "#5f6368";
pub const RED: &str = "#c5221f";
pub const FAINT: &str = "#dadce0";

/// Colours that are told apart on white, also by those who do not see red and green.
const COLOURS: [&str; 9] = [
    "#0072b2", "#b35900", "#007a5a", "#9c2f87", "#6b5b00", "#4b3fa7", "#00796b", "#8d4a2f",
    "#33691e",
];

/// One colour for each number, again and again.
pub fn colour(number: usize) -> &'static str {
    COLOURS[number % COLOURS.len()]
}

#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

pub struct Svg {
    width: u32,
    body: String,
}

impl Svg {
    pub fn new(width: u32) -> Self {
        Self { width, body: String::new() }
    }

    /// Text of 11 pixels whose baseline is at `y`.
    pub fn text(&mut self, x: f64, y: f64, anchor: Anchor, fill: &str, text: impl Display) {
        self.sized_text(x, y, anchor, fill, 11, text);
    }

    pub fn sized_text(
        &mut self,
        x: f64,
        y: f64,
        anchor: Anchor,
        fill: &str,
        size: u32,
        text: impl Display,
    ) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escape(&text.to_string());
        let _ = writeln!(
            self.body,
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" fill="{fill}" font-size="{size}">{text}</text>"#
        );
    }

    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str, width: f64) {
        let _ = writeln!(
            self.body,
            r#"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" stroke="{stroke}" stroke-width="{width}"/>"#,
            from.0, from.1, to.0, to.1
        );
    }

    pub fn bar(&mut self, x: f64, y: f64, width: f64, height: f64, fill: &str) {
        let _ = writeln!(
            self.body,
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" fill="{fill}"/>"#
        );
    }

    pub fn dot(&mut self, x: f64, y: f64, radius: f64, fill: &str) {
        let _ =
            writeln!(self.body, r#"<circle cx="{x:.1}" cy="{y:.1}" r="{radius}" fill="{fill}"/>"#);
    }

    /// The head of an arrow that points to the right or to the left.
    pub fn head(&mut self, x: f64, y: f64, to_the_right: bool, fill: &str) {
        let back = if to_the_right { x - 8.0 } else { x + 8.0 };
        let _ = writeln!(
            self.body,
            r#"<path d="M{x:.1} {y:.1}L{back:.1} {:.1}V{:.1}Z" fill="{fill}"/>"#,
            y - 3.5,
            y + 3.5
        );
    }

    pub fn cross(&mut self, x: f64, y: f64, stroke: &str) {
        self.line((x - 4.0, y - 4.0), (x + 4.0, y + 4.0), stroke, 2.0);
        self.line((x - 4.0, y + 4.0), (x + 4.0, y - 4.0), stroke, 2.0);
    }

    pub fn finish(self, height: f64) -> String {
        let Self { width, body } = self;
        format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:.0}" "#,
                r#"viewBox="0 0 {width} {height:.0}" font-family="ui-monospace, Menlo, Consolas, "#,
                r#"DejaVu Sans Mono, monospace">"#,
                "\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{body}</svg>\n"
            ),
            width = width,
            height = height,
            body = body
        )
    }
}

/// Peers choose what stands in a picture; XML has no way to say most control characters.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            control if control.is_control() => escaped.push('\u{FFFD}'),
            '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            other => escaped.push(other),
        }
    }
    escaped
}
