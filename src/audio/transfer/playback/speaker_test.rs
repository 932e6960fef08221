//! Speaker tests: one speaker after the other plays, and an event reports each of them.

use crate::audio::channel_map::ChannelMap;
use crate::audio::transfer::event::Speaker;

/// Which speakers play when, as the source generates them.
#[derive(Clone, Debug)]
pub struct SpeakerTest {
    /// The turns, over and over: a channel, counted from 0, and the frames that it plays; `None`: it plays forever.
    pub turns: Vec<(u32, Option<u64>)>,
}

/// Determines which speaker to report as playing.
pub(super) struct Announcer {
    /// Each speaker with the frames that it plays.
    turns: Vec<(Speaker, u64)>,
    announced: usize,
    /// The frame at which the next one starts.
    start: u64,
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
        let turns = test.turns.iter();
        Announcer {
            turns: turns
                .map(|(channel, frames)| (speaker(*channel), frames.unwrap_or(u64::MAX)))
                .collect(),
            announced: 0,
            start: 0,
        }
    }

    /// The next speaker to announce after `played` frames, if any. The first is announced before its first frame, the
    /// others once they play.
    pub(super) fn next(&mut self, played: u64) -> Option<Speaker> {
        let start = self.start;
        if self.turns.is_empty() || (self.announced > 0 && played <= start) {
            return None;
        }
        let (speaker, frames) = self.turns[self.announced % self.turns.len()];
        self.announced += 1;
        self.start = start.saturating_add(frames);
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
            turns: vec![(0, Some(100)), (1, Some(150))],
        };
        let map = ChannelMap::parse("FR,UNKNOWN").unwrap();
        let mut announcer = Announcer::new(&test, Some(&map));
        assert_eq!(announcer.turns[0].0.position, Some("FR"));
        assert_eq!(announcer.turns[0].0.channel, Some("Front Right"));
        assert_eq!(announcer.turns[1].0.channel, None);
        assert_eq!(announced(&mut announcer, 0), [(0, 0)]);
        assert_eq!(announced(&mut announcer, 100), []);
        assert_eq!(announced(&mut announcer, 101), [(1, 100)]);
        assert_eq!(announced(&mut announcer, 101), []);
        assert_eq!(announced(&mut announcer, 400), [(0, 250), (1, 350)]);
    }

    #[test]
    fn a_single_speaker_is_announced_once() {
        let test = SpeakerTest {
            turns: vec![(4, None)],
        };
        let mut announcer = Announcer::new(&test, None);
        assert_eq!(announced(&mut announcer, u64::MAX), [(4, 0)]);
        assert_eq!(announcer.turns[0].0.position, None);
    }
}
