//! The few pages that the server itself writes: one heading, a paragraph, perhaps a button.
//! Everything that came from outside is escaped here, and hidden characters that could make one
//! name look like another are taken out.

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::problem::Problem;

/// A page with this heading. The body is HTML that was escaped already.
pub(crate) fn page(status: StatusCode, heading: &str, body: &str) -> Response {
    let heading = escaped(heading);
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{heading} · Tieline</title>\n\
         <link rel=\"icon\" href=\"/assets/icon.svg\">\n\
         <link rel=\"stylesheet\" href=\"/assets/style.css\">\n</head>\n\
         <body class=\"letter\">\n<main>\n<h1>{heading}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    );
    (status, Html(page)).into_response()
}

/// One paragraph of plain text.
pub(crate) fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

/// A form with one button that posts back to the same address.
pub(crate) fn button(label: &str) -> String {
    format!("<form method=\"post\"><button type=\"submit\">{}</button></form>\n", escaped(label))
}

/// Says how to sign in, and nothing about what was asked for.
pub(crate) fn sign_in_first() -> Response {
    let body = paragraph("You are not signed in here.")
        + &paragraph(
            "An administrator of yours can make you a one-time link under “People” in Tieline. \
             Open it in this browser, then open this page again.",
        )
        + "<p>Whoever runs this Tieline can also make one with <code>tieline sign-in</code>.</p>\n";
    page(StatusCode::UNAUTHORIZED, "Sign in first", &body)
}

/// A problem, for a person in front of a browser.
pub(crate) fn problem(problem: &Problem) -> impl IntoResponse + use<> {
    let heading = match problem.status {
        StatusCode::NOT_FOUND => "Nothing here",
        StatusCode::GONE => "No longer possible",
        StatusCode::SERVICE_UNAVAILABLE => "One moment",
        StatusCode::FORBIDDEN => "Not allowed",
        _ => "That did not work",
    };
    let back = "<p><a href=\"/\">Open Tieline</a></p>\n";
    page(problem.status, heading, &(paragraph(&problem.message) + back))
}

/// Sends the browser elsewhere, with headers.
pub(crate) fn see_other(to: &str, headers: &[(HeaderName, String)]) -> Response {
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// Text that means itself inside HTML, in elements and in attributes, without characters that
/// cannot be seen.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars().filter(|letter| !hidden(*letter)) {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Controls, characters without width, and marks that turn the direction of writing.
fn hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || ('\u{200b}'..='\u{200f}').contains(&letter)
        || ('\u{2028}'..='\u{202e}').contains(&letter)
        || ('\u{2060}'..='\u{206f}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_from_outside_means_itself() {
        let check = |given: &str, expected: &str| assert_eq!(escaped(given), expected);
        check("<script>alert('1')</script>", "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
        check("\" onmouseover=\"x", "&quot; onmouseover=&quot;x");
        check("Zoë & Söhne", "Zoë &amp; Söhne");
    }

    #[test]
    fn a_name_cannot_hide_what_it_is() {
        assert_eq!(escaped("Ros\u{202e}a\u{200b}\u{0}"), "Rosa");
    }
}
