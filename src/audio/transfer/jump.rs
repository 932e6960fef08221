//! Changes of the position in a playlist.

use crate::audio::playlist::FileDescription;

/// A change of the position. Those that are not done yet add up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Jump {
    /// Seconds forward, or back if negative.
    pub seconds: f64,
    /// Files forward, or back if negative.
    pub files: i64,
}

impl Jump {
    /// The file to go to, and the seconds from its start, from a place that is heard. Before the start of a file is its
    /// start; past its end is the next file.
    pub(super) fn target(self, file: &FileDescription, seconds: f64) -> (usize, f64) {
        if self.files != 0 {
            let index = file.index.saturating_add_signed(self.files as isize);
            return (index, 0.0);
        }
        let wanted = (seconds + self.seconds).max(0.0);
        match file.end_seconds {
            Some(end) if wanted >= end => (file.index + 1, 0.0),
            _ => (file.index, wanted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_stays_in_the_list() {
        let file = FileDescription {
            index: 1,
            count: 3,
            name: String::new(),
            title: None,
            artist: None,
            end_seconds: Some(20.0),
            is_last: false,
            can_seek: true,
        };
        let by = |seconds| Jump { seconds, files: 0 }.target(&file, 12.0);
        assert_eq!(by(5.0), (1, 17.0));
        assert_eq!(by(-5.0), (1, 7.0));
        assert_eq!(by(-15.0), (1, 0.0));
        assert_eq!(by(10.0), (2, 0.0));
        let files = |files| {
            Jump {
                seconds: 0.0,
                files,
            }
            .target(&file, 12.0)
        };
        assert_eq!(files(1), (2, 0.0));
        assert_eq!(files(-1), (0, 0.0));
        assert_eq!(files(-9), (0, 0.0));
        let unknown = FileDescription {
            end_seconds: None,
            ..file
        };
        let forward = Jump {
            seconds: 10.0,
            files: 0,
        };
        assert_eq!(forward.target(&unknown, 12.0), (1, 22.0));
    }
}
