//! Hardware parameters.
