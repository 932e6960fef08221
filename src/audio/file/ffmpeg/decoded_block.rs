//! What ffmpeg says about the frames that it decodes.

/// What ffmpeg's `ashowinfo` says about a block of decoded frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DecodedBlock {
    /// The timestamp of its first frame, in frames.
    pub(super) pts: i64,
    /// The first byte of its packet.
    pub(super) byte: i64,
}

impl DecodedBlock {
    /// Parses a line like `n:0 pts:1536 pts_time:0.032 pos:768 …`, and returns its number, too.
    pub(super) fn parse(line: &str) -> Option<(u64, DecodedBlock)> {
        let fields = &line[line.find(" n:")? + 1..];
        let field = |name: &str| {
            let mut fields = fields.split_whitespace();
            fields.find_map(|field| field.strip_prefix(name)?.strip_prefix(':'))
        };
        let block = DecodedBlock {
            pts: field("pts")?.parse().ok()?,
            byte: field("pos")?.parse().ok()?,
        };
        Some((field("n")?.parse().ok()?, block))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_is_read_from_the_log() {
        let line =
            "[Parsed_ashowinfo_0 @ 0x5645] [info] n:12 pts:-61740 pts_time:-1.4 pos:768 fmt:fltp";
        assert_eq!(
            DecodedBlock::parse(line),
            Some((
                12,
                DecodedBlock {
                    pts: -61740,
                    byte: 768
                }
            ))
        );
        assert_eq!(DecodedBlock::parse("[info] n:0 pts:NOPTS pos:-1"), None);
        assert_eq!(DecodedBlock::parse("[info]   Duration: 00:10:00.00"), None);
    }
}
