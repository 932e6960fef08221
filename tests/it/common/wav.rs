//! WAV files built by hand, independently of the code under test.

/// A chunk with its true size, padded to an even length.
pub fn chunk(id: &[u8; 4], bytes: &[u8]) -> Vec<u8> {
    let mut chunk = chunk_claiming(id, bytes.len() as u32, bytes);
    chunk.resize(chunk.len() + bytes.len() % 2, 0);
    chunk
}

/// A chunk whose header claims `size` bytes.
pub fn chunk_claiming(id: &[u8; 4], size: u32, bytes: &[u8]) -> Vec<u8> {
    [id.as_slice(), &size.to_le_bytes(), bytes].concat()
}

/// A WAVE form of these chunks, with its true size.
pub fn form(id: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [b"WAVE".as_slice(), &chunks.concat()].concat();
    chunk_claiming(id, body.len() as u32, &body)
}

/// A RIFF file of these chunks.
pub fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    form(b"RIFF", chunks)
}

/// The format of a WAV file.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub tag: u16,
    pub channels: u16,
    pub rate: u32,
    pub bits: u16,
    /// Bytes per sample.
    pub bytes: u16,
}

/// 16 bits, 48 kHz, stereo.
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
    /// Bytes per frame.
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

/// An extensible `fmt ` chunk. `layout.bits` is the size of the container, `valid` the number of bits used.
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

/// A WAV file with this data.
pub fn wav(layout: Layout, data: &[u8]) -> Vec<u8> {
    riff(&[fmt(layout), chunk(b"data", data)])
}

/// A WAV file whose header claims `size` bytes of data.
pub fn wav_claiming(size: u32, layout: Layout, data: &[u8]) -> Vec<u8> {
    riff(&[fmt(layout), chunk_claiming(b"data", size, data)])
}

/// `count` bytes of pseudo-random noise, different for each seed.
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

fn le_words(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

/// A WAV file of 1000 frames with tags before the data, and two cue points (one with a label) and two loops behind it.
pub fn wav_with_metadata() -> Vec<u8> {
    let info = [
        b"INFO".to_vec(),
        chunk(b"INAM", b"A \x1b[31mname\0"),
        chunk(b"IART", b"Some\xf6ne\0"),
    ]
    .concat();
    let cues = le_words(&[2, 7, 0, 0, 0, 0, 100, 8, 0, 0, 0, 0, 900]);
    let label = [le_words(&[8]), b"end of it\0".to_vec()].concat();
    let labels = [b"adtl".to_vec(), chunk(b"labl", &label)].concat();
    let mut sampler = le_words(&[0; 7]);
    sampler.extend(le_words(&[2, 0]));
    sampler.extend(le_words(&[0, 0, 200, 299, 0, 3, 1, 0, 300, 399, 0, 0]));
    riff(&[
        fmt(STEREO),
        chunk(b"LIST", &info),
        chunk(b"data", &noise(4000, 1)),
        chunk(b"cue ", &cues),
        chunk(b"LIST", &labels),
        chunk(b"smpl", &sampler),
    ])
}
