//! The boxes that an MPEG-4 or QuickTime file consists of (ISO 14496-12).

/// The kind of a box.
pub(super) type BoxKind = [u8; 4];

/// The head of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BoxHead {
    pub(super) kind: BoxKind,
    /// Length of the head, in bytes.
    pub(super) length: u64,
    /// Length of the box, head included, in bytes; `None` if it extends to the end of the file.
    pub(super) size: Option<u64>,
}

/// Bytes of the longest possible head.
pub(super) const MAX_HEAD_BYTES: usize = 16;

impl BoxHead {
    pub(super) fn parse(bytes: &[u8]) -> Option<BoxHead> {
        let kind = *bytes.get(4..)?.first_chunk()?;
        let (length, size) = match number::<4>(bytes, 0)? {
            0 => (8, None),
            1 => (16, Some(number::<8>(bytes, 8)?)),
            size => (8, Some(size)),
        };
        let is_valid = size.is_none_or(|size| size >= length);
        is_valid.then_some(BoxHead { kind, length, size })
    }
}

/// The big-endian number of `N` bytes at `at`.
pub(super) fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(N)?)?;
    Some(
        bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte)),
    )
}

/// The kind and the content of each box in `bytes`. The last one may be cut off.
pub(super) fn boxes(bytes: &[u8]) -> impl Iterator<Item = (BoxKind, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let head = BoxHead::parse(rest)?;
        let whole = rest.len() as u64;
        let end = head.size.unwrap_or(whole).min(whole) as usize;
        let content = rest.get(head.length as usize..end)?;
        rest = &rest[end..];
        Some((head.kind, content))
    })
}

/// The content of the first box at the end of `path`.
pub(super) fn find<'a>(bytes: &'a [u8], path: &[&BoxKind]) -> Option<&'a [u8]> {
    path.iter().try_fold(bytes, |bytes, wanted| {
        let (_, content) = boxes(bytes).find(|(kind, _)| kind == *wanted)?;
        Some(content)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_found_in_boxes() {
        let inner = b"\0\0\0\x0aabcd\x01\x02";
        let outer = [b"\0\0\0\x08free\0\0\0\x12outr", &inner[..]].concat();
        assert_eq!(find(&outer, &[b"outr", b"abcd"]), Some(&[1, 2][..]));
        assert_eq!(find(&outer, &[b"abcd"]), None);
        // The last box extends to the end, or is cut off. A size smaller than the head is invalid.
        assert_eq!(find(b"\0\0\0\0abcdxy", &[b"abcd"]), Some(&b"xy"[..]));
        assert_eq!(find(b"\0\0\0\x63abcdxy", &[b"abcd"]), Some(&b"xy"[..]));
        assert_eq!(
            find(b"\0\0\0\x01abcd\0\0\0\0\0\0\0\x12xy", &[b"abcd"]),
            Some(&b"xy"[..])
        );
        assert_eq!(find(b"\0\0\0\x07abcdxy", &[b"abcd"]), None);
    }
}
