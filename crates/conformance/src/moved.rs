//! The same loss with other parameters, to see whether a cause of a difference explains those as well.

use serde_json::{Value, json};

use crate::batches::Subject;

/// The loss with every number moved that can be; `None` if none can.
pub(crate) fn moved(subject: &Subject) -> Option<Subject> {
    let name = subject.spec.name();
    let n_classes = subject.counts.n_classes();
    let mut written = serde_json::to_value(&subject.spec).ok()?;
    let fields = written[name].as_object()?.clone();
    let mut best = None;
    for (field, value) in &fields {
        for other in others(value) {
            let mut tried = written.clone();
            tried[name][field] = other;
            let read = serde_json::from_value(tried.clone()).ok();
            let read = read.and_then(|spec| Subject::with(spec, subject.counts.clone()).ok());
            let fits = |moved: &Subject| {
                !moved.spec.draws()
                    && moved.spec != subject.spec
                    && moved.spec.n_outputs(n_classes) == subject.spec.n_outputs(n_classes)
            };
            if let Some(moved) = read.filter(fits) {
                written = tried;
                best = Some(moved);
                break;
            }
        }
    }
    best
}

/// What may stand for a number or a list of numbers, the first choice first.
fn others(value: &Value) -> Vec<Value> {
    if let Some(n) = value.as_u64() {
        return vec![json!(n + 3), json!(n + 1)];
    }
    if let Some(x) = value.as_f64() {
        return vec![json!(0.75 * x + 0.11), json!(0.75 * x)];
    }
    let list = value.as_array().and_then(|list| {
        list.iter()
            .enumerate()
            .map(|(i, x)| Some(0.75 * x.as_f64()? + 0.05 * (i + 1) as f64))
            .collect()
    });
    list.into_iter().map(|list: Vec<f64>| json!(list)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_that_can_be_moved_is() {
        let of = |loss: &str| {
            let subject = Subject::new(toml::from_str(loss).unwrap(), None).unwrap();
            moved(&subject).map(|moved| serde_json::to_value(&moved.spec).unwrap())
        };
        let focal = of("focal = { form = 'sigmoid', gamma = 2, alpha = 0.25 }").unwrap();
        let near = |value: &Value, x: f64| (value.as_f64().unwrap() - x).abs() < 1e-12;
        assert!(near(&focal["focal"]["gamma"], 1.61) && near(&focal["focal"]["alpha"], 0.2975));
        assert_eq!(focal["focal"]["form"], "sigmoid");
        let per_class = of("focal.alpha = [0.2, 0.4, 1]").unwrap();
        assert_eq!(per_class["focal"]["alpha"].as_array().unwrap().len(), 3);
        assert_eq!(of("ghm_c = { bins = 10, momentum = 0 }").unwrap()["ghm_c"]["bins"], 13);
        assert_eq!(of("cross_entropy = {}"), None);
    }
}
