//! Speaker tests: one speaker after the other plays, and an event reports each of them.

use crate::audio::channel_map::ChannelMap;
use crate::audio::transfer::event::Speaker;
use std::ops::Range;

/// Which speakers play when, as the source generates them.
#[derive(Clone, Debug)]
pub struct SpeakerTest {
    /// The channels that play in turn, over and over, counted from 0.
    pub channels: Range<u32>,
    /// Frames that each of them plays; `None`: the first plays forever.
    pub frames: Option<u64>,
}

/// Determines which speaker to report as playing.
pub(super) struct Announcer {
    speakers: Vec<Speaker>,
    /// Frames that each of them plays.
    frames: u64,
    announced: u64,
}

impl Announcer {
    /// `map` names the speakers.
    pub(super) fn new(test: &SpeakerTest, map: Option<&ChannelMap>) -> Announcer {
        let speaker = |channel| Speaker {
            index: channel,
            position: map.and_then(|map| map.name(channel as usize)),
            channel: map.and_then(|map| map.long_name(channel as usize)),
            frames: 0,
        };
        Announcer {
            speakers: test.channels.clone().map(speaker).collect(),
            frames: test.frames.unwrap_or(u64::MAX),
            announced: 0,
        }
    }

    /// The next speaker to announce after `played` frames, if any. The first is announced before its first frame, the
    /// others once they play.
    pub(super) fn next(&mut self, played: u64) -> Option<Speaker> {
        let start = self.announced.saturating_mul(self.frames);
        if self.speakers.is_empty() || (self.announced > 0 && played <= start) {
            return None;
        }
        let speaker = self.speakers[(self.announced % self.speakers.len() as u64) as usize];
        self.announced += 1;
        Some(Speaker {
            frames: start,
            ..speaker
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(announcer: &mut Announcer, played: u64) -> Vec<(u32, u64)> {
        std::iter::from_fn(|| announcer.next(played))
            .map(|speaker| (speaker.index, speaker.frames))
            .collect()
    }

    #[test]
    fn each_speaker_is_announced_once_when_it_plays() {
        let test = SpeakerTest {
            channels: 0..2,
            frames: Some(100),
        };
        let map = ChannelMap::parse("FR,UNKNOWN").unwrap();
        let mut announcer = Announcer::new(&test, Some(&map));
        assert_eq!(announcer.speakers[0].position, Some("FR"));
        assert_eq!(announcer.speakers[0].channel, Some("Front Right"));
        assert_eq!(announcer.speakers[1].channel, None);
        assert_eq!(announced(&mut announcer, 0), [(0, 0)]);
        assert_eq!(announced(&mut announcer, 100), []);
        assert_eq!(announced(&mut announcer, 101), [(1, 100)]);
        assert_eq!(announced(&mut announcer, 101), []);
        assert_eq!(announced(&mut announcer, 400), [(0, 200), (1, 300)]);
    }

    #[test]
    fn a_single_speaker_is_announced_once() {
        let test = SpeakerTest {
            channels: 4..5,
            frames: None,
        };
        let mut announcer = Announcer::new(&test, None);
        assert_eq!(announced(&mut announcer, u64::MAX), [(4, 0)]);
        assert_eq!(announcer.speakers[0].position, None);
    }
}
