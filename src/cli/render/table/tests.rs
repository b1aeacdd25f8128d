//! What a table does with its room, on rows made for it.

use super::*;

fn columns() -> [Column; 5] {
    [
        Column::left("ADDRESS").name(),
        Column::right("SESSIONS").last_to_go(),
        Column::left("OLDEST").lasting_detail(),
        Column::left("CLIENT").detail().at_least(10),
        Column::left("PLAN"),
    ]
}

fn shown(width: Option<usize>, rows: &[[&str; 5]]) -> String {
    let page = Page {
        width,
        ..Page::ENDLESS
    };
    let rows = rows.iter().map(|row| row.map(str::to_owned).to_vec());
    let text = lay_out(page, &columns(), rows);
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn names_are_cut_then_details_go_then_the_outcome_is_broken_then_rows_are_blocks() {
    let rows = [
        [
            "10.1.4.23",
            "19",
            "3d 4h",
            "A-RATHER-LONG-NAME cached",
            "close",
        ],
        [
            "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff",
            "1",
            "-",
            "山田太郎のパソコン",
            "refuse: others may share it, for logons may be missing",
        ],
    ];
    let widths = [
        None,
        Some(160),
        Some(140),
        Some(120),
        Some(100),
        Some(80),
        Some(64),
        Some(30),
    ];
    let pages = widths.map(|width| {
        let text = shown(width, &rows);
        if let Some(room) = width {
            let widest = text.lines().map(super::width::width).max();
            assert!(widest <= Some(room), "{widest:?} in {room}\n{text}");
        }
        let title = width.map_or_else(|| "no terminal".to_owned(), |width| width.to_string());
        format!("{title}\n{text}")
    });
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn no_line_is_wider_than_the_page_whatever_is_in_it() {
    let long = "x".repeat(300);
    let wide = "広".repeat(100);
    let words = "some words ".repeat(30);
    for address in ["10.1.4.23", &long, &wide] {
        for client in ["", &long, &wide] {
            for plan in ["close", "", &long, &wide, words.trim_end()] {
                for room in [10, 20, 40, 60, 64, 65, 80, 120, 200] {
                    let text = shown(Some(room), &[[address, "1", "3d", client, plan]]);
                    for line in text.lines() {
                        assert!(super::width::width(line) <= room, "{room}: {line}");
                    }
                    assert!(text.contains(address.chars().next().unwrap()));
                }
            }
        }
    }
}

#[test]
fn without_titles_there_are_only_rows() {
    let page = Page {
        titles: false,
        ..Page::ENDLESS
    };
    let rows = [["a", "1", "b", "c", "d"].map(str::to_owned).to_vec()];
    assert_eq!(lay_out(page, &columns(), rows), "  a  1  b  c  d\n");
}
