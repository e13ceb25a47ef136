//! Is a method's gain its own? Over plain training, and over a control that takes the same step without what it knows.

use crate::comparison::gains::{GainRow, GainsTable};
use crate::comparison::notes::count;
use crate::judgement::estimate::Estimate;
use crate::judgement::paragraph::Paragraph;
use crate::judgement::words::{signed, verdict};

/// Methods that are spelt out.
const NAMED: usize = 6;

/// Each method of `gains` that has a control: over plain training, and over the same step without what it knows.
pub(crate) fn methods(gains: &GainsTable, decimals: usize) -> Vec<Paragraph> {
    let has_control = |row: &&GainRow| row.over_controls.iter().any(Option::is_some);
    let rows: Vec<&GainRow> = gains.rows.iter().filter(has_control).collect();
    // What a control does is said once.
    let mut is_told = vec![false; gains.controls.len()];
    let mut told = |row: &&GainRow| over_controls(gains, row, &mut is_told, decimals);
    let mut said: Vec<Paragraph> = rows.iter().take(NAMED).map(&mut told).collect();
    if NAMED < rows.len() {
        let more = rows.len() - NAMED;
        said.push(
            Paragraph::default()
                .plain(&format!("{} more in the table of gains.", count(more, "method"))),
        );
    }
    said
}

fn over_controls(
    gains: &GainsTable,
    row: &GainRow,
    is_told: &mut [bool],
    decimals: usize,
) -> Paragraph {
    let mut said = Paragraph::default().strong(&row.name);
    let over_plain = row.over_baseline.as_ref().and_then(|gain| gain.estimate.as_ref());
    if let Some(gain) = over_plain {
        said = said.plain(&format!(
            ": {} over plain training ({})",
            signed(gain.size, decimals),
            verdict(gain, decimals)
        ));
    }
    let mut some_own = false;
    let mut all_own = true;
    let mut some_better = false;
    let mut before = if over_plain.is_some() { "; " } else { ": " };
    for (place, (control, gain)) in gains.controls.iter().zip(&row.over_controls).enumerate() {
        let Some(gain) = gain.as_ref().and_then(|gain| gain.estimate.as_ref()) else { continue };
        let does = if std::mem::replace(&mut is_told[place], true) {
            String::new()
        } else {
            format!(", {}", gains.does[place])
        };
        said = said.plain(&format!(
            "{before}{} over {control}{does} ({})",
            signed(gain.size, decimals),
            verdict(gain, decimals)
        ));
        before = "; ";
        some_own |= gain.is_better();
        all_own &= gain.is_better();
        some_better |= gain.is_worse();
    }
    let helps = over_plain.is_some_and(Estimate::is_better);
    said.plain(match (helps, all_own, some_own) {
        (true, ..) if some_better => {
            ": it helps, and a step of the same kind without what it knows helps more."
        }
        (true, true, _) => ": it helps, and by what it knows.",
        (true, false, true) => ": it helps; some of its controls cannot be told from it.",
        (true, false, false) => {
            ": it helps, and a step of the same kind without what it knows cannot be told from it."
        }
        _ if over_plain.is_some_and(Estimate::is_worse) => ": it is worse than plain training.",
        (false, ..) if some_better => {
            ": this run does not show that it helps, and a step of the same kind without what it knows is better."
        }
        (false, true, _) if over_plain.is_none() => {
            ": better than its controls, and not compared with plain training."
        }
        (false, true, _) => ": better than its controls, and not told from plain training.",
        (false, ..) => ": this run does not show that it helps.",
    })
}
