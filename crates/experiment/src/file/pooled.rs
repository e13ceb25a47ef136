//! `report.pooled`: metrics of the predictions of all folds together.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::file::diagnostic::Diagnostic;
use crate::file::sections::ReportSpec;

/// Refuses metrics that cannot be pooled. If none are named, those of the default are shown that can.
pub(super) fn settle(table: &DeTable<'_>, report: &mut ReportSpec, mistakes: &mut Vec<Diagnostic>) {
    if !report.pooled {
        return;
    }
    let named = match table.get("report").map(Spanned::get_ref) {
        Some(DeValue::Table(section)) => section.get("metrics"),
        _ => None,
    };
    let Some(DeValue::Array(named)) = named.map(Spanned::get_ref) else {
        report.metrics.retain(|metric| metric.not_pooled().is_none());
        return;
    };
    for (metric, named) in report.metrics.iter().zip(named) {
        if let Some(reason) = metric.not_pooled() {
            let message = format!("`{}` cannot be pooled: {reason}", metric.name());
            let help = "leave it out, or leave out pooled = true";
            mistakes.push(Diagnostic::new(named.span(), message).help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use data::Catalogue;
    use evaluation::Metric;

    use crate::file::ExperimentFile;

    fn metrics(report: &str) -> Result<Vec<Metric>, String> {
        let text =
            format!("[experiment]\nname = \"p\"\n[axes]\ndataset = \"ecoli4\"\n[report]\n{report}");
        let file = ExperimentFile::parse("p.toml", &text, &[], &Catalogue::embedded());
        file.map(|file| file.report.metrics).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn what_cannot_be_pooled_is_refused_by_name() {
        let wrong =
            metrics("pooled = true\nmetrics = [\"g_mean\", \"roc_auc\", \"ece\"]").unwrap_err();
        assert!(wrong.contains("`roc_auc` cannot be pooled: scores of networks"), "{wrong}");
        assert!(wrong.contains("p.toml:7:22"), "{wrong}");
        assert!(wrong.contains("`ece` cannot be pooled"), "{wrong}");
        let named = metrics("pooled = true\nmetrics = [\"log_loss\", \"mcc\"]").unwrap();
        assert_eq!(named, [Metric::LogLoss, Metric::Mcc]);
    }

    #[test]
    fn of_the_default_what_can_be_pooled_is_shown() {
        assert_eq!(metrics("pooled = true").unwrap(), [Metric::BalancedAccuracy, Metric::GMean]);
        assert_eq!(metrics("pooled = false").unwrap().len(), 3);
    }

    #[test]
    fn a_name_of_another_program_leads_to_ours() {
        let wrong = metrics("metrics = [\"f1\"]").unwrap_err();
        assert!(wrong.contains("there is no metric `f1`"), "{wrong}");
        assert!(wrong.contains("did you mean `macro_f1` or `positive_f1`?"), "{wrong}");
        let wrong = metrics("metrics = [\"balanced_acuracy\"]").unwrap_err();
        assert!(wrong.contains("did you mean `balanced_accuracy`?"), "{wrong}");
        let wrong = metrics("metrics = [\"goodness\"]").unwrap_err();
        assert!(wrong.contains("`longtail methods` lists the metrics"), "{wrong}");
    }
}
