//! The page: chat on the left, what becomes of it on the right. Whoever is not signed in is told
//! how to, and sees nothing else.

use axum::response::Html;

use crate::signed_in::Visitor;

const PAGE: &str = include_str!("../../../console/index.html");

/// The page.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "home",
    tag = "pages",
    responses(
        (status = 200, description = "The page.", content_type = "text/html"),
        (status = 401, description = "How to sign in.", content_type = "text/html"),
    ),
)]
pub(crate) async fn handler(_: Visitor) -> Html<&'static str> {
    Html(PAGE)
}

/// The page, opened at a room of the built-in chat.
///
/// Permalinks of messages lead here, with the message after a `#`.
#[utoipa::path(
    get,
    path = "/chat/{place}",
    operation_id = "home_at_place",
    tag = "pages",
    params(("place" = String, Path, description = "The room")),
    responses(
        (status = 200, description = "The page.", content_type = "text/html"),
        (status = 401, description = "How to sign in.", content_type = "text/html"),
    ),
)]
pub(crate) async fn chat(_: Visitor) -> Html<&'static str> {
    Html(PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_no_script_or_style_of_its_own() {
        assert!(!PAGE.contains("<style") && !PAGE.contains(" style="));
        assert!(!PAGE.contains(" onclick=") && !PAGE.contains("javascript:"));
        for script in PAGE.split("<script").skip(1) {
            assert!(script.starts_with(" type=\"module\" src=\"/assets/"), "{script}");
        }
    }
}
