//! `Headers` as a caller builds and changes it.

use spdy::Headers;

/// What is marked, by its name.
fn marked(list: &Headers) -> Vec<&str> {
    list.iter().map(|(name, _)| name).filter(|name| list.is_sensitive(name)).collect()
}

#[test]
fn a_mark_stays_with_its_name_when_others_go() {
    let mut list = Headers::from([("a", "1")]);
    list.append_sensitive("b", "2");
    list.append("c", "3");
    list.append_sensitive("d", "4");
    list.append("e", "5");
    assert_eq!(marked(&list), ["b", "d"]);
    assert!(list.remove("c"));
    assert_eq!(marked(&list), ["b", "d"]);
    assert!(list.remove("a"));
    assert_eq!(marked(&list), ["b", "d"]);
    assert!(list.remove("b"));
    assert_eq!(marked(&list), ["d"]);
    list.append("b", "again");
    assert_eq!(marked(&list), ["d"]);
    assert!(!list.remove("c"));
}
