//! The first frames that are decoded of a stream may need others before them.

use super::super::decoder::FLOAT;
use super::header::MpaHeader;
use crate::audio::spec::Spec;

/// Coded frames before a position that are decoded to continue there. A frame may need 511 bytes of those before it,
/// which may be few bytes long, and overlaps with the last one.
pub(super) const LEAD_FRAMES: u64 = 32;

/// Replaces `out` by a silent frame.
pub(super) fn silence(header: &MpaHeader, out: &mut Vec<u8>) -> Spec {
    let spec = Spec {
        format: FLOAT,
        rate: header.rate,
        channels: header.channels,
    };
    out.clear();
    out.resize(spec.bytes(header.samples()) as usize, 0);
    spec
}
