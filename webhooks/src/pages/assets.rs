//! The page's own files. They are compiled in, hold nothing of anybody, and are served to
//! whoever asks.

use std::sync::OnceLock;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use crm::places::secret_hash;

use crate::extract::At;
use crate::html;
use crate::problem::Problem;

struct File {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

const FILES: &[File] = &[
    File { name: "app.js", kind: SCRIPT, text: include_str!("../../../console/app.js") },
    File { name: "chat.js", kind: SCRIPT, text: include_str!("../../../console/chat.js") },
    File { name: "dom.js", kind: SCRIPT, text: include_str!("../../../console/dom.js") },
    File { name: "people.js", kind: SCRIPT, text: include_str!("../../../console/people.js") },
    File {
        name: "quarantine.js",
        kind: SCRIPT,
        text: include_str!("../../../console/quarantine.js"),
    },
    File { name: "record.js", kind: SCRIPT, text: include_str!("../../../console/record.js") },
    File { name: "road.js", kind: SCRIPT, text: include_str!("../../../console/road.js") },
    File { name: "rooms.js", kind: SCRIPT, text: include_str!("../../../console/rooms.js") },
    File {
        name: "style.css",
        kind: "text/css; charset=utf-8",
        text: include_str!("../../../console/style.css"),
    },
    File {
        name: "icon.svg",
        kind: "image/svg+xml",
        text: include_str!("../../../console/icon.svg"),
    },
];

/// One of the page's own files.
#[utoipa::path(
    get,
    path = "/assets/{name}",
    operation_id = "asset",
    tag = "pages",
    security(()),
    params(("name" = String, Path, description = "The file's name")),
    responses(
        (status = 200, description = "The file."),
        (status = 304, description = "The browser has it already."),
        (status = 404, description = "There is no such file."),
    ),
)]
pub(crate) async fn handler(At(name): At<String>, headers: HeaderMap) -> Response {
    let Some((file, tag)) = tagged().iter().find(|(file, _)| file.name == name) else {
        let nothing = Problem::not_found("There is no such file. Reload the page.");
        return html::problem(&nothing).into_response();
    };
    // `no-cache` means: keep it, but ask each time whether it is still the one.
    let answer = [
        (header::ETAG, tag.as_str()),
        (header::CACHE_CONTROL, "public, no-cache"),
        (header::CONTENT_TYPE, file.kind),
    ];
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag.as_str())) {
        return (StatusCode::NOT_MODIFIED, answer).into_response();
    }
    (answer, file.text).into_response()
}

fn tagged() -> &'static [(&'static File, String)] {
    static TAGGED: OnceLock<Vec<(&'static File, String)>> = OnceLock::new();
    TAGGED.get_or_init(|| {
        let tag = |file: &File| format!("\"{:.16}\"", secret_hash(file.text));
        FILES.iter().map(|file| (file, tag(file))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_the_browser_has_is_not_sent_again() {
        let first = handler(At("app.js".to_owned()), HeaderMap::new()).await;
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers()[header::ETAG].clone();
        let again = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)]);
        let second = handler(At("app.js".to_owned()), again).await;
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn whatever_a_script_brings_in_is_served() {
        let mut brought = 0;
        for file in FILES {
            for rest in file.text.split(" from \"./").skip(1) {
                let name = rest.split('"').next().unwrap_or_default();
                assert!(FILES.iter().any(|one| one.name == name), "{} wants {name}", file.name);
                brought += 1;
            }
        }
        assert!(brought > 10, "{brought} are found");
    }

    #[test]
    fn no_script_can_turn_text_into_markup() {
        for file in FILES {
            for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
                assert!(!file.text.contains(way), "{} uses {way}", file.name);
            }
        }
    }
}
