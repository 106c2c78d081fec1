//! The rules as a decision table, made from the rules themselves.

use time::macros::date;

use super::{Conditions, Facts, NetworkSide, Outcome, RequesterIs, Rule, Rules};

fn rules() -> Rules {
    Rules::parse(Rules::BUILT_IN).unwrap()
}

/// Facts for which the conditions hold; everything that they do not name is something that no rule names.
fn facts(conditions: &Conditions) -> Facts {
    let first =
        |list: &[Box<str>], other: &str| list.first().map_or_else(|| other.into(), Box::clone);
    let today = date!(2026 - 01 - 05);
    let quantity = conditions.quantity.as_ref();
    let quantity = quantity.map(|range| (range.unit.clone(), range.min.or(range.max).unwrap_or(1)));
    Facts {
        review: first(&conditions.review, "IN"),
        certification: first(&conditions.certification, "I"),
        product: first(&conditions.products, "other"),
        plan: first(&conditions.plans, "OTHER-1"),
        insurance_type: first(&conditions.insurance_types, "XX"),
        service_type: first(&conditions.service_types, "ZZ"),
        place: first(&conditions.places, "99"),
        level: first(&conditions.levels, "E"),
        in_network: conditions.network.map(|side| side == NetworkSide::In),
        by_own_pcp: conditions.requester != Some(RequesterIs::Other),
        role: first(&conditions.roles, "ZZ"),
        taxonomies: vec![first(&conditions.taxonomies, "999")],
        procedure: first(&conditions.procedures, "Z9999"),
        diagnoses: vec![first(&conditions.diagnoses, "Z99")],
        message: conditions.message.clone().unwrap_or_default(),
        quantity,
        today: Some(today),
        days: Some((today, today)),
    }
}

/// Facts in which one condition that the rule names does not hold, with its name.
fn misses(rule: &Rule) -> Vec<(&'static str, Facts)> {
    let Conditions { review, certification, products, insurance_types, service_types, .. } =
        &rule.when;
    let whole = || facts(&rule.when);
    let mut misses = Vec::new();
    let mut miss = |named: bool, name, changed: Facts| {
        if named {
            misses.push((name, changed));
        }
    };
    miss(!review.is_empty(), "review", Facts { review: "QQ".into(), ..whole() });
    let certification_named = !certification.is_empty();
    miss(certification_named, "certification", Facts { certification: "Q".into(), ..whole() });
    miss(!products.is_empty(), "products", Facts { product: "QQ".into(), ..whole() });
    miss(!rule.when.plans.is_empty(), "plans", Facts { plan: "QQ".into(), ..whole() });
    let types = !insurance_types.is_empty();
    miss(types, "insurance_types", Facts { insurance_type: "QQ".into(), ..whole() });
    miss(
        !service_types.is_empty(),
        "service_types",
        Facts { service_type: "QQ".into(), ..whole() },
    );
    miss(!rule.when.levels.is_empty(), "levels", Facts { level: "Q".into(), ..whole() });
    miss(rule.when.network.is_some(), "network", Facts { in_network: None, ..whole() });
    let own = !whole().by_own_pcp;
    miss(rule.when.requester.is_some(), "requester", Facts { by_own_pcp: own, ..whole() });
    miss(
        !rule.when.procedures.is_empty(),
        "procedures",
        Facts { procedure: "Q".into(), ..whole() },
    );
    miss(rule.when.message.is_some(), "message", Facts { message: "Q".into(), ..whole() });
    miss(rule.when.quantity.is_some(), "quantity", Facts { quantity: None, ..whole() });
    misses
}

#[test]
fn each_rule_decides_where_all_its_conditions_hold_and_not_where_one_does_not() {
    let rules = rules();
    assert!(rules.all.len() >= 15);
    for rule in &rules.all {
        let holds = facts(&rule.when);
        assert_eq!(rule.miss(&holds), None, "{}", rule.name);
        let decides = rules.decide(&holds).map(|rule| &*rule.name);
        assert_eq!(decides, Some(&*rule.name), "no rule before it takes what it is for");
        for (name, facts) in misses(rule) {
            assert_eq!(rule.miss(&facts), Some(name), "{}", rule.name);
        }
        if let Some(unless) = &rule.unless {
            let exception = facts(unless);
            let excepted = Facts {
                taxonomies: exception.taxonomies,
                place: exception.place,
                ..facts(&rule.when)
            };
            assert_eq!(rule.miss(&excepted), Some("unless"), "{}", rule.name);
        }
    }
}

#[test]
fn every_outcome_is_among_the_rules_that_are_built_in_or_can_be_written() {
    let mut text = Rules::BUILT_IN.to_owned();
    text += "[[rule]]\nname = \"m\"\nthen = { outcome = \"modify\", valid_months = 1, quantity = 2, reason = \"10\" }\n";
    let rules = Rules::parse(&text).unwrap();
    let has = |is: fn(&Outcome) -> bool| rules.all.iter().any(|rule| is(&rule.then));
    assert!(has(|then| matches!(then, Outcome::Approve { .. })));
    assert!(has(|then| matches!(then, Outcome::Modify { .. })));
    assert!(has(|then| matches!(then, Outcome::Pend { .. })));
    assert!(has(|then| matches!(then, Outcome::Refer { .. })));
    assert!(has(|then| matches!(then, Outcome::NotRequired { .. })));
    assert!(has(|then| matches!(then, Outcome::Deny { .. })));
    assert!(has(|then| matches!(then, Outcome::Reject { .. })));
}

#[test]
fn what_is_misspelt_is_refused_with_its_place() {
    for (text, about) in [
        (
            "[[rule]]\nname = 'a'\nwhen = { reveiw = ['SC'] }\nthen = { outcome = 'deny', reason = '0F' }",
            "reveiw",
        ),
        ("[[rule]]\nname = 'a'\nthen = { outcome = 'perhaps' }", "perhaps"),
        ("[[rule]]\nname = ''\nthen = { outcome = 'deny', reason = '0F' }", "no name"),
        (
            "[[rule]]\nname = 'a'\nthen = { outcome = 'deny', reason = '0F', resaon = '1' }",
            "resaon",
        ),
    ] {
        let why = Rules::parse(text).unwrap_err();
        assert!(why.contains(about), "{why}");
    }
    let twice = "[[rule]]\nname = 'a'\nthen = { outcome = 'deny', reason = '0F' }\n".repeat(2);
    assert!(Rules::parse(&twice).unwrap_err().contains("two rules"));
}
