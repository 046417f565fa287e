//! Every check of the conformance programme's rubrics, for our own exports.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::judge::{Document, Judge};
use crate::signed::exports;

const CONFORMANCE: &str = "asset-rubric-conformance0.2-spec2.4.yml";
const INTEGRITY: &str = "asset-rubric-integrity.yml";
/// Of texts: none of the types that we sign is one.
const TEXT: &str = "asset-rubric-text-conformance.yml";

#[test]
fn every_check_of_conformance_and_integrity_passes_for_our_exports() {
    let Some(judge) = Judge::new() else { return };
    let documents = exports();
    assert!(documents.len() >= 23, "each type in each way");
    for (rubric, checks) in [(CONFORMANCE, 31), (INTEGRITY, 6)] {
        let answers = judge.by_rubric(rubric, documents);
        assert!(answers.len() >= checks * documents.len(), "{rubric}: only {} answers", answers.len());
        let failed = answers.iter().filter(|check| !check.holds);
        let failed: Vec<String> = failed.map(|check| format!("{}: {}", check.document, check.report)).collect();
        assert!(failed.is_empty(), "{rubric}:\n{}", failed.join("\n"));
    }
}

#[test]
fn none_of_our_exports_is_a_text_by_the_rubric_for_texts() {
    let Some(judge) = Judge::new() else { return };
    let answers = judge.by_rubric(TEXT, exports());
    let texts: Vec<_> = answers.iter().filter(|check| check.id == "text:is_text_asset" && check.holds).collect();
    assert!(texts.is_empty() && !answers.is_empty(), "its checks now apply: {texts:#?}");
}

/// What a manifest would have to be like to fail each check: places in it, and what stands there instead (`-` adds to a list, `0` at its front).
fn faults() -> Vec<(&'static str, Vec<(&'static str, Value)>)> {
    const ACTIONS: &str = "assertions/c2pa.actions.v2/actions/-";
    let action = |name: &str| vec![(ACTIONS, json!({"action": name}))];
    let parameters = |parameters: Value| vec![(ACTIONS, json!({"action": "c2pa.placed", "parameters": parameters}))];
    let assertion = |value: Value| vec![("assertions/org.example.more", value)];
    let failure = |code: &str| vec![("validationResults/failure/-", json!({"code": code}))];
    vec![
        ("mandatory_dst_for_perceptible_transformations", action("c2pa.edited")),
        ("mandatory_spec_version", vec![("claim.v2/claim_generator_info/specVersion", json!("2.2.0"))]),
        ("mandatory_all_actions_included", vec![("assertions/c2pa.actions.v2/allActionsIncluded", Value::Null)]),
        (
            "no_dst_for_opened_action",
            vec![(ACTIONS, json!({"action": "c2pa.opened", "digitalSourceType": "http://example.org/any"}))],
        ),
        ("well_formed_data_present", vec![("validationResults", Value::Null)]),
        ("well_formed_success", failure("claim.malformed")),
        ("valid_data_present", vec![("validationResults", Value::Null)]),
        ("valid_success", failure("assertion.dataHash.mismatch")),
        (
            "inception_action_position",
            vec![("assertions/c2pa.actions.v2/actions/0", json!({"action": "c2pa.published"}))],
        ),
        ("no_deprecated_assertions", vec![("assertions/stds.exif", json!({}))]),
        ("no_unsupported_assertions", vec![("assertions/c2pa.more", json!({}))]),
        ("no_deprecated_actions", action("c2pa.saved")),
        ("no_unsupported_actions", action("c2pa.mended")),
        ("no_unrecognized_custom_assertions", vec![("assertions/more", json!({}))]),
        ("no_unrecognized_custom_actions", action("mended")),
        ("no_unrecognized_custom_action_parameters", parameters(json!({"how": "well"}))),
        ("discouraged_legacy_action_parameters", parameters(json!({"description": "well"}))),
        ("active_manifest_urn", vec![("label", json!("urn:uuid:9b4f385f-40c7-4473-9d7f-a66efa3fb828"))]),
        (
            "review_ratings_datasource",
            assertion(json!({"reviewRatings": [], "dataSource": {"type": "humanEntry.anonymous"}})),
        ),
        ("ingredient_v3_no_active_manifest", assertion(json!({"relationship": "parentOf", "validationResults": {}}))),
        (
            "ingredient_v3_mandatory_validation_results",
            assertion(json!({"relationship": "parentOf", "activeManifest": {}})),
        ),
        ("ingredient_relationship_values", assertion(json!({"relationship": "cousinOf"}))),
        ("mandatory_dst_for_created_action", action("c2pa.created")),
        ("no_deprecated_claim_fields", vec![("claim.v2/specVersion", json!("2.4.0"))]),
        (
            "ingredient_v3_choice",
            assertion(json!({"relationship": "parentOf", "activeManifest": {}, "digitalSourceType": "any"})),
        ),
        (
            "alternative_content_representation_choice",
            assertion(json!({"type": "exif.originalPreservationImage", "parameters": {}})),
        ),
        (
            "forbidden_labels_in_external_references",
            assertion(json!({"label": "c2pa.actions", "url": "https://example.org"})),
        ),
        ("no_url_in_hashes", vec![("assertions/c2pa.hash.data/url", json!("https://example.org"))]),
        (
            "all_actions_included_opened",
            vec![(
                "assertions/c2pa.actions.v2",
                json!({"actions": [{"action": "c2pa.opened"}], "allActionsIncluded": false}),
            )],
        ),
        ("opened_action_ingredient_reference", action("c2pa.opened")),
        (
            "no_box_hash_for_tiff",
            vec![
                ("assertions/c2pa.hash.boxes", json!({})),
                ("assertions/c2pa.asset-type.v2", json!({"dc:format": "image/tiff"})),
            ],
        ),
    ]
}

fn put(place: &mut Value, path: &str, value: Value) {
    match path.split_once('/') {
        Some((key, rest)) => put(&mut place[key], rest, value),
        None if path == "-" => place.as_array_mut().expect("a list").push(value),
        None if path == "0" => place.as_array_mut().expect("a list").insert(0, value),
        None => place[path] = value,
    }
}

#[test]
fn each_check_would_fail_for_a_manifest_that_it_is_about() {
    let Some(judge) = Judge::new() else { return };
    let ours = exports().iter().find(|document| document.name == "astronaut.jpg, made").expect("the document");
    let broken: Vec<Document> = faults()
        .into_iter()
        .map(|(check, changes)| {
            let mut crjson = ours.crjson.clone();
            for (path, value) in changes {
                put(&mut crjson["manifests"][0], path, value);
            }
            Document { name: format!("validation:{check}"), crjson }
        })
        .collect();
    let answers = judge.by_rubric(CONFORMANCE, &broken);
    let ids: BTreeSet<&str> = answers.iter().map(|check| check.id.as_str()).collect();
    let names: BTreeSet<&str> = broken.iter().map(|document| document.name.as_str()).collect();
    assert_eq!(names, ids, "each check has a manifest that it is about");
    let blind: Vec<_> = answers.iter().filter(|check| check.document == check.id && check.holds).collect();
    assert!(blind.is_empty(), "{blind:#?}");
}
