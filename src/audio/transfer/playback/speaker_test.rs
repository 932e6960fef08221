//! Speakers that are heard one after the other, each told of when its turn comes.

use crate::audio::channel_map::ChannelMap;
use crate::audio::transfer::event::Speaker;
use std::ops::Range;

/// When each speaker sounds, as the source makes it.
#[derive(Clone, Debug)]
pub struct SpeakerTest {
    /// Those that sound in turn, over and over: channels counted from 0.
    pub channels: Range<u32>,
    /// Frames of a turn; the first lasts for ever if `None`.
    pub frames: Option<u64>,
}

/// Knows whose turn it is.
pub(super) struct Announcer {
    speakers: Vec<Speaker>,
    turn: u64,
    announced: u64,
}

impl Announcer {
    /// `map` names the speakers.
    pub(super) fn new(speaker_test: &SpeakerTest, map: Option<&ChannelMap>) -> Announcer {
        let speaker = |channel| Speaker {
            channel: channel + 1,
            position: map.and_then(|map| map.name(channel as usize)),
            name: map.and_then(|map| map.long_name(channel as usize)),
            frames: 0,
        };
        Announcer {
            speakers: speaker_test.channels.clone().map(speaker).collect(),
            turn: speaker_test.frames.unwrap_or(u64::MAX),
            announced: 0,
        }
    }

    /// The speaker that has come to be heard, now that `heard` frames have been; `None` once it has been told. The
    /// first is told before its first frame, the others not before they really are heard.
    pub(super) fn next(&mut self, heard: u64) -> Option<Speaker> {
        let begins = self.announced.saturating_mul(self.turn);
        if self.speakers.is_empty() || (self.announced > 0 && heard <= begins) {
            return None;
        }
        let speaker = self.speakers[(self.announced % self.speakers.len() as u64) as usize];
        self.announced += 1;
        Some(Speaker {
            frames: begins,
            ..speaker
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(announcer: &mut Announcer, heard: u64) -> Vec<(u32, u64)> {
        std::iter::from_fn(|| announcer.next(heard))
            .map(|speaker| (speaker.channel, speaker.frames))
            .collect()
    }

    #[test]
    fn each_speaker_is_told_once_when_it_is_heard() {
        let speaker_test = SpeakerTest {
            channels: 0..2,
            frames: Some(100),
        };
        let map = ChannelMap::parse("FR,UNKNOWN").unwrap();
        let mut announcer = Announcer::new(&speaker_test, Some(&map));
        assert_eq!(announcer.speakers[0].position, Some("FR"));
        assert_eq!(announcer.speakers[0].name, Some("Front Right"));
        assert_eq!(announcer.speakers[1].name, None);
        assert_eq!(told(&mut announcer, 0), [(1, 0)]);
        assert_eq!(told(&mut announcer, 100), []);
        assert_eq!(told(&mut announcer, 101), [(2, 100)]);
        assert_eq!(told(&mut announcer, 101), []);
        assert_eq!(told(&mut announcer, 400), [(1, 200), (2, 300)]);
    }

    #[test]
    fn one_speaker_is_told_once_for_ever() {
        let speaker_test = SpeakerTest {
            channels: 4..5,
            frames: None,
        };
        let mut announcer = Announcer::new(&speaker_test, None);
        assert_eq!(told(&mut announcer, u64::MAX), [(5, 0)]);
        assert_eq!(announcer.speakers[0].position, None);
    }
}
