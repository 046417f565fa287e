//! An error with its causes, on one line: for whoever cannot hand the error itself on.

/// The error, then what caused it, and so on, with colons between them.
pub fn in_words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_is_told_once_the_outermost_first() {
        #[derive(Debug, thiserror::Error)]
        #[error("could not write")]
        struct Outer(#[source] std::io::Error);

        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(in_words(&full), full.to_string());
        assert_eq!(in_words(&Outer(std::io::ErrorKind::StorageFull.into())), format!("could not write: {full}"));
    }
}
