//! The page's words: the same keys and values in both languages, none missing, none left over.

use std::collections::BTreeSet;
use std::path::Path;
use trace::Words;

const EN: &str = include_str!("../words/en.txt");
const ZH: &str = include_str!("../words/zh.txt");

fn catalogue(text: &'static str) -> Words {
    let mut words = Words::default();
    words.add(text).unwrap();
    words
}

fn slots(template: &str) -> BTreeSet<&str> {
    let slots = template.split('{').skip(1);
    let slots = slots.filter_map(|rest| rest.split_once('}'));
    slots
        .map(|(slot, _)| slot.split(':').next().unwrap_or(slot))
        .collect()
}

/// Every text in the sources that looks like a key of these words.
fn used(folder: &Path, keys: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            used(&path, keys);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let quoted = text.split('"').filter(|text| text.starts_with("ui."));
            let is_key = |text: &&str| {
                text.len() > 3
                    && text
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || ".-".contains(c))
            };
            keys.extend(quoted.filter(is_key).map(str::to_owned));
        }
    }
}

#[test]
fn both_languages_say_the_same_things() {
    let (en, zh) = (catalogue(EN), catalogue(ZH));
    assert!(
        en.keys().eq(zh.keys()),
        "the catalogues have the same keys, in any order"
    );
    for key in en.keys() {
        assert_eq!(
            slots(en.word(key)),
            slots(zh.word(key)),
            "the values of {key}"
        );
    }
}

#[test]
fn every_word_that_is_used_is_there_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut here, mut page) = (BTreeSet::new(), BTreeSet::new());
    used(&root.join("src"), &mut here);
    used(&root.join("../../web/src"), &mut page);
    assert!(
        here.len() > 100,
        "only {} keys were found: the search is broken",
        here.len()
    );
    let words = catalogue(EN);
    let all = || here.iter().chain(&page);
    let missing: Vec<_> = all().filter(|key| !words.has(key)).collect();
    assert!(missing.is_empty(), "used and not there: {missing:?}");
    let unused: Vec<_> = words
        .keys()
        .filter(|key| !all().any(|used| used == key))
        .collect();
    assert!(unused.is_empty(), "there and not used: {unused:?}");
}

#[test]
fn chinese_uses_its_own_punctuation() {
    let zh = catalogue(ZH);
    for key in zh.keys() {
        let text = zh.word(key);
        let han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        let chars: Vec<char> = text.chars().collect();
        let western = chars
            .windows(2)
            .find(|pair| han(pair[0]) && ",;:?!()".contains(pair[1]));
        assert!(western.is_none(), "{key}: {western:?} in `{text}`");
    }
}
