//! What a terminal can show.

/// Whether it shows text only: no colors, no moves of the cursor.
pub fn is_dumb_terminal() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty())
}
