//! Progress where there is no terminal: a line every half minute.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::output::{LINES_APART, Output};

/// Says now and then what was last to be said.
pub(crate) struct Lines {
    last: Arc<Mutex<String>>,
    /// While it is there, lines are written.
    _writing: Sender<()>,
}

impl Lines {
    pub(crate) fn begin(output: Output) -> Self {
        let (writing, over) = channel();
        let last = Arc::new(Mutex::new(String::new()));
        let shared = Arc::clone(&last);
        thread::spawn(move || {
            while over.recv_timeout(LINES_APART) == Err(RecvTimeoutError::Timeout) {
                let line = shared.lock().map(|text| text.clone()).unwrap_or_default();
                if !line.is_empty() {
                    output.note(&line);
                }
            }
        });
        Lines { last, _writing: writing }
    }

    /// What the next lines say; none is written while it is empty.
    pub(crate) fn say(&self, text: String) {
        if let Ok(mut last) = self.last.lock() {
            *last = text;
        }
    }
}
