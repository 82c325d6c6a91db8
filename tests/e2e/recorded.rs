//! The examples in the contract: that each is what an operation takes and gives, and that none is missing.

use api::contract::Recorded;
use tests::{contract, recording};

/// Every operation that takes or gives JSON has one; a schema that has changed since does not let it through.
#[test]
fn every_operation_has_an_example_that_holds() {
    let recorded = Recorded::all();
    let (mut missing, mut wrong) = (Vec::new(), Vec::new());
    for operation in contract::all_operations() {
        let id = operation["operationId"].as_str().unwrap();
        let gives =
            operation["responses"].as_object().unwrap().iter().any(|(status, response)| {
                status.starts_with('2') && response["content"].get("application/json").is_some()
            });
        let takes = operation["requestBody"]["content"].get("application/json").is_some();
        match recorded.get(id) {
            None if gives || takes => missing.push(id),
            None => {}
            Some(example) => {
                let faults = recording::faults(operation, example);
                if !faults.is_empty() {
                    wrong.push(format!("{id}: {faults:?}"));
                }
            }
        }
    }
    for id in recorded.keys() {
        assert!(contract::operation(id).is_some(), "{id} is no operation");
    }
    assert!(
        missing.is_empty() && wrong.is_empty(),
        "RECORD=1 cargo test -p tests --test e2e takes examples; missing: {missing:?}, wrong: {wrong:#?}"
    );
}

/// They are in public: nothing in them opens anything.
#[test]
fn no_example_opens_anything() {
    let told = serde_json::to_string(&Recorded::all()).unwrap();
    for begins in ["eyJ", "pakn_", "whsec_", "otpauth://"] {
        assert!(!told.contains(begins), "an example has a secret that begins with {begins}");
    }
}
