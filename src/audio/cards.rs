//! Sound cards.
