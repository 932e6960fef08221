//! Where a search begins.

/// From which packet on clusters are searched.
pub(in super::super) struct SearchStart {
    pub(in super::super) track: u32,
    /// The packets of the track before it.
    pub(in super::super) packets: u64,
    pub(in super::super) rate: u32,
}
