//! WAVs made by hand, so that what they hold does not depend on the code that is tested.

/// A chunk with the size it has, and the byte that makes it even.
pub fn chunk(id: &[u8; 4], bytes: &[u8]) -> Vec<u8> {
    let mut chunk = lying(id, bytes.len() as u32, bytes);
    chunk.resize(chunk.len() + bytes.len() % 2, 0);
    chunk
}

/// A chunk that claims to have `size` bytes.
pub fn lying(id: &[u8; 4], size: u32, bytes: &[u8]) -> Vec<u8> {
    [id.as_slice(), &size.to_le_bytes(), bytes].concat()
}

/// A form of these chunks, with the size it has.
pub fn form(id: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [b"WAVE".as_slice(), &chunks.concat()].concat();
    lying(id, body.len() as u32, &body)
}

/// A RIFF of these chunks.
pub fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    form(b"RIFF", chunks)
}

/// How the samples of a WAV are laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub tag: u16,
    pub channels: u16,
    pub rate: u32,
    pub bits: u16,
    /// Bytes of a sample.
    pub bytes: u16,
}

/// 16 bit, 48 kHz, two channels.
pub const STEREO: Layout = Layout {
    tag: 1,
    channels: 2,
    rate: 48_000,
    bits: 16,
    bytes: 2,
};

/// The same at 44.1 kHz.
pub const CD: Layout = Layout {
    rate: 44_100,
    ..STEREO
};

impl Layout {
    /// Bytes of a frame.
    pub fn frame(self) -> usize {
        usize::from(self.channels * self.bytes)
    }
}

fn fields(layout: Layout) -> Vec<u8> {
    let block = layout.channels.wrapping_mul(layout.bytes);
    let mut fields = Vec::new();
    fields.extend(layout.tag.to_le_bytes());
    fields.extend(layout.channels.to_le_bytes());
    fields.extend(layout.rate.to_le_bytes());
    fields.extend(layout.rate.wrapping_mul(u32::from(block)).to_le_bytes());
    fields.extend(block.to_le_bytes());
    fields.extend(layout.bits.to_le_bytes());
    fields
}

/// A plain `fmt ` chunk.
pub fn fmt(layout: Layout) -> Vec<u8> {
    chunk(b"fmt ", &fields(layout))
}

/// An extensible `fmt ` chunk: `layout.bits` is the container's, `valid` those that mean something.
pub fn extensible(layout: Layout, valid: u16, mask: u32) -> Vec<u8> {
    let mut fields = fields(Layout {
        tag: 0xfffe,
        ..layout
    });
    fields.extend(22_u16.to_le_bytes());
    fields.extend(valid.to_le_bytes());
    fields.extend(mask.to_le_bytes());
    fields.extend(u32::from(layout.tag).to_le_bytes());
    fields.extend(*b"\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71");
    chunk(b"fmt ", &fields)
}

/// A WAV that holds `data`.
pub fn wav(layout: Layout, data: &[u8]) -> Vec<u8> {
    riff(&[fmt(layout), chunk(b"data", data)])
}

/// A WAV whose header says that `size` bytes of sound follow.
pub fn saying(size: u32, layout: Layout, data: &[u8]) -> Vec<u8> {
    riff(&[fmt(layout), lying(b"data", size, data)])
}

/// `count` bytes in which no stretch is like another. The seed makes several such.
pub fn noise(count: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// `count` bytes of digital silence.
pub fn silence(count: usize) -> Vec<u8> {
    vec![0; count]
}
