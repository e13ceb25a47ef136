//! How much of a download is there: a bar on a terminal, elsewhere a line every half minute.

use std::time::Duration;

use experiment::memory::shown;
use indicatif::{ProgressBar, ProgressStyle};

use crate::lines::Lines;
use crate::output::Output;
use crate::words::visible;

/// Shows how far a download is.
pub(crate) struct Download {
    name: String,
    bar: ProgressBar,
    lines: Option<Lines>,
}

impl Download {
    /// Of `name`, nothing came yet.
    pub(crate) fn begin(name: &str, output: Output) -> Self {
        let bar = if output.draws_progress() {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        let lines = output.writes_progress().then(|| Lines::begin(output));
        let download = Download { name: visible(name), bar, lines };
        // A server may take its time, and so may another that downloads the same.
        download.say(format!("fetching {} ...", download.name));
        download.bar.enable_steady_tick(Duration::from_millis(100));
        download
    }

    /// So many bytes are there, of so many where that is known.
    pub(crate) fn received(&self, received: u64, total: Option<u64>) {
        if self.bar.is_finished() {
            // What was downloaded before it could not be read.
            self.bar.reset();
        }
        if let Some(total) = total
            && self.bar.length() != Some(total)
        {
            let template = "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
            let style = ProgressStyle::with_template(template).expect("the template is valid");
            self.bar.set_style(style.progress_chars("━╸─"));
            self.bar.set_length(total);
        }
        self.bar.set_position(received);
        self.say(text(&self.name, received, total));
    }

    /// Removes the bar and writes no lines, until more is received.
    pub(crate) fn pause(&self) {
        self.bar.finish_and_clear();
        if let Some(lines) = &self.lines {
            lines.say(String::new());
        }
    }

    fn say(&self, text: String) {
        self.bar.set_message(text.clone());
        if let Some(lines) = &self.lines {
            lines.say(text);
        }
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        self.pause();
    }
}

/// `fetching higgs: 12 MB of 120 MB`.
fn text(name: &str, received: u64, total: Option<u64>) -> String {
    let of = total.map(|total| format!(" of {}", shown(total))).unwrap_or_default();
    format!("fetching {name}: {}{of}", shown(received))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_came_and_of_how_much_where_that_is_known() {
        let texts = [Some(120_000_000), None].map(|total| text("higgs", 12_300_000, total));
        assert_eq!(texts, ["fetching higgs: 12 MB of 120 MB", "fetching higgs: 12 MB"]);
    }
}
