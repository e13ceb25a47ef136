//! The task of an experiment: what `[report]` shows is of it.

use std::ops::Range;

use evaluation::{Metric, TaskKind};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::axis::Axis;
use crate::choice::Choice;
use crate::file::blocks::Block;
use crate::file::diagnostic::Diagnostic;
use crate::file::sections::ReportSpec;
use crate::labels::from_json;
use crate::spec::{ProtocolSpec, TaskSpec};

/// Fills in the metrics of the task where none are named; refuses metrics of another, and protocols of two.
pub(super) fn settle(
    table: &DeTable<'_>,
    report: &mut ReportSpec,
    blocks: &[Block],
    mistakes: &mut Vec<Diagnostic>,
) {
    let Some(task) = only_task(blocks, mistakes) else { return };
    let section = match table.get("report").map(Spanned::get_ref) {
        Some(DeValue::Table(section)) => Some(section),
        _ => None,
    };
    let key = |name: &str| section.and_then(|section| section.get(name));
    match key("metrics") {
        None => report.metrics = task.shown(),
        Some(named) => {
            let spans = spans(named);
            let has_clusters = clusters(blocks);
            mistakes.extend(report.metrics.iter().zip(spans).filter_map(|(&metric, span)| {
                of_another(metric, task, span.clone())
                    .or_else(|| unmade(metric, has_clusters, span))
            }));
        }
    }
    let select_by = report.select_by.zip(key("select_by"));
    let of_select = select_by.and_then(|(metric, key)| of_another(metric, task, key.span()));
    mistakes.extend(of_select);
}

/// The task of each protocol.
fn tasks(blocks: &[Block]) -> impl Iterator<Item = (&Choice, TaskSpec)> {
    let choices = blocks.iter().filter_map(|block| block.choices.get(&Axis::Protocol)).flatten();
    choices.map(|choice| (choice, from_json::<ProtocolSpec>(&choice.value).task))
}

/// Whether a protocol asks for clusters of embeddings.
fn clusters(blocks: &[Block]) -> bool {
    tasks(blocks).any(|(_, task)| matches!(task, TaskSpec::Retrieval(task) if task.clusters))
}

/// The task of all protocols; classification where there is none.
fn only_task(blocks: &[Block], mistakes: &mut Vec<Diagnostic>) -> Option<TaskKind> {
    let mut first = None;
    for (choice, task) in tasks(blocks) {
        let task = task.measures();
        let expected = *first.get_or_insert(task);
        if task != expected {
            let (one, other) = (expected.name(), task.name());
            let message = format!("one experiment has the tasks {one} and {other}");
            let help = "no table compares them: write two files";
            mistakes.push(Diagnostic::new(choice.span.clone(), message).help(help));
            return None;
        }
    }
    Some(first.unwrap_or(TaskKind::Classification))
}

fn of_another(metric: Metric, task: TaskKind, span: Range<usize>) -> Option<Diagnostic> {
    let known = || task.metrics().map(Metric::name).collect::<Vec<_>>().join(", ");
    let help = || format!("metrics of {} are {}", task.name(), known());
    metric.not_of(task).map(|message| Diagnostic::new(span, message).help(help()))
}

/// A metric of clusters that nobody makes.
fn unmade(metric: Metric, has_clusters: bool, span: Range<usize>) -> Option<Diagnostic> {
    (metric.is_of_clusters() && !has_clusters).then(|| {
        let message = format!("`{}` is of clusters, and nothing asks for any", metric.name());
        Diagnostic::new(span, message).help("set task.retrieval.clusters = true in [protocol]")
    })
}

/// Where each entry of a list stands.
fn spans(list: &Spanned<DeValue<'_>>) -> Vec<Range<usize>> {
    match list.get_ref() {
        DeValue::Array(list) => list.iter().map(Spanned::span).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use data::Catalogue;

    use super::*;
    use crate::file::ExperimentFile;

    fn file(protocol: &str, report: &str) -> Result<ExperimentFile, String> {
        let text = format!(
            "[experiment]\nname = \"t\"\n[axes]\ndataset = \"glass\"\n[protocol]\n{protocol}[report]\n{report}"
        );
        let file = ExperimentFile::parse("t.toml", &text, &[], &Catalogue::embedded());
        file.map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn a_file_that_names_no_metrics_has_those_of_its_task() {
        let of = |protocol: &str| file(protocol, "").unwrap().report.metrics;
        assert_eq!(of(""), TaskKind::Classification.shown());
        assert_eq!(of("task = \"retrieval\"\n"), TaskKind::Retrieval.shown());
        let named = file("task = { retrieval.dimension = 8 }\n", "metrics = [\"recall_at_4\"]\n");
        assert_eq!(named.unwrap().report.metrics, [Metric::RecallAt4]);
    }

    #[test]
    fn a_metric_of_clusters_is_there_where_clusters_are_asked_for() {
        let of = |task: &str| file(&format!("task = {task}\n"), "metrics = [\"nmi\"]\n");
        assert!(of("{ retrieval.clusters = true }").is_ok());
        let why = of("\"retrieval\"").unwrap_err();
        assert!(why.contains("`nmi` is of clusters, and nothing asks for any"), "{why}");
        let why = of("\"classification\"").unwrap_err();
        assert!(!why.contains("clusters = true"), "{why}");
        let picks = "task = { retrieval.clusters = true }\nselect_by = \"nmi\"\n";
        assert!(file(picks, "").is_ok(), "it is the plan that says it picks no epoch");
    }

    #[test]
    fn metrics_of_another_task_are_refused_by_name_and_so_are_two_tasks() {
        let why = |protocol: &str, report: &str| file(protocol, report).map(|_| ()).unwrap_err();
        let metrics = why("task = \"retrieval\"\n", "metrics = [\"map_at_r\", \"g_mean\"]\n");
        assert!(
            metrics.contains("`g_mean` is a metric of classification, and the task is retrieval"),
            "{metrics}"
        );
        assert!(
            metrics.contains("t.toml:8:24")
                && metrics.contains("metrics of retrieval are recall_at_1"),
            "{metrics}"
        );
        let select_by = why("", "select_by = \"map_at_r\"\n");
        assert!(select_by.contains("`map_at_r` is a metric of retrieval"), "{select_by}");
        let two = why("task = [\"retrieval\", \"classification\"]\n", "");
        assert!(two.contains("one experiment has the tasks retrieval and classification"), "{two}");
    }

    #[test]
    fn an_epoch_is_picked_by_the_metric_of_the_task_unless_another_is_named() {
        let of = |protocol: &str| -> Metric {
            let file = file(protocol, "").unwrap();
            from_json::<ProtocolSpec>(&file.blocks[0].choices[&Axis::Protocol][0].value).select_by
        };
        assert_eq!(of(""), Metric::AveragePrecision);
        assert_eq!(of("task = \"retrieval\"\n"), Metric::MapAtR);
        assert_eq!(of("task = \"retrieval\"\nselect_by = \"recall_at_1\"\n"), Metric::RecallAt1);
    }
}
