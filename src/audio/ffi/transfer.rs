//! Frame transfer.
