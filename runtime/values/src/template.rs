//! Templates of messages: `Order {1} of {2} failed; {{1} is not a parameter`.

/// Fills a template: `{1}` stands for the first parameter, `{{` for a brace. A brace that begins nothing, and a parameter
/// that is not there, stay as they are; the compiler has reported them.
pub fn render(template: &str, parameters: &[String]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(brace) = rest.find('{') {
        text.push_str(&rest[..brace]);
        rest = &rest[brace..];
        if let Some(after) = rest.strip_prefix("{{") {
            text.push('{');
            rest = after;
        } else if let Some((parameter, after)) = parameter(rest, parameters) {
            text.push_str(parameter);
            rest = after;
        } else {
            text.push('{');
            rest = &rest[1..];
        }
    }
    text + rest
}

/// The parameter that a text begins with, and what follows it.
fn parameter<'p, 't>(text: &'t str, parameters: &'p [String]) -> Option<(&'p str, &'t str)> {
    let (number, after) = text.strip_prefix('{')?.split_once('}')?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let index = number.parse::<usize>().ok()?.checked_sub(1)?;
    Some((parameters.get(index)?, after))
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn parameters_replace_their_numbers() {
        let parameters = ["Brook".to_owned(), "{1}".to_owned()];
        for (template, text) in [
            ("Hello {1}", "Hello Brook"),
            ("{1}{1} and {2}", "BrookBrook and {1}"),
            ("{{1} is {1}", "{1} is Brook"),
            ("{3} {0} {x} { {", "{3} {0} {x} { {"),
            ("{+1} {", "{+1} {"),
            ("}} {}", "}} {}"),
            ("", ""),
        ] {
            assert_eq!(render(template, &parameters), text);
        }
    }
}
