use super::*;
use crate::audio::error::Kind;
use crate::audio::file::testing::{
    Directory, assert_exact_lengths, collecting_pipe, parse_au, read_back, sound,
};
use crate::audio::file::{Container, Input, OutputTarget, ReadOptions, open};
use crate::audio::format::Format;
use crate::audio::metadata::Tags;
use crate::audio::playlist::channels_opener;
use crate::audio::spec::Spec;
use crate::audio::stream::testing::drain;
use crate::audio::stream::{FileReport, Sink};
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::Path;
use std::sync::{Arc, Mutex};

fn cd() -> Spec {
    Spec::new(Format::S16_LE, 44_100, 2).unwrap()
}

/// What a recording reported, as lines: `+` opened, `-` finished.
#[derive(Clone, Default)]
struct ReportLog(Arc<Mutex<Vec<String>>>);

impl ReportLog {
    fn reporter(&self) -> impl FnMut(FileReport) + Send + Clone + 'static {
        let lines = self.0.clone();
        move |report| {
            let base = |name: String| {
                Path::new(&name)
                    .file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            };
            let line = match report {
                FileReport::Opened { name, .. } => format!("+{}", base(name)),
                FileReport::Finished { name, frames, .. } => format!("-{} {frames}", base(name)),
                FileReport::Deleted { name, .. } => format!("x{}", base(name)),
                FileReport::Failed(error) => error.to_string(),
                FileReport::Warning(text) => text,
            };
            lines.lock().unwrap().push(line);
        }
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

fn record(path: &Path, options: &RecordingOptions) -> (Recording, ReportLog) {
    let log = ReportLog::default();
    let recording = Recording::create(path.into(), cd(), options, log.reporter()).unwrap();
    (recording, log)
}

fn limited_to(frames: u64) -> RecordingOptions {
    RecordingOptions {
        max_frames: Some(frames),
        ..RecordingOptions::default()
    }
}

fn read_all(directory: &Directory, names: &[String]) -> Vec<u8> {
    let read = |name: &String| read_back(&directory.at(name), Container::Wav, cd()).1;
    names.iter().flat_map(read).collect()
}

#[test]
fn a_single_file_keeps_its_name() {
    let directory = Directory::new();
    let (mut recording, log) = record(&directory.at("x.wav"), &RecordingOptions::default());
    recording.write(&sound(400)).unwrap();
    recording.finish().unwrap();
    recording.finish().unwrap();
    assert_eq!(log.lines(), ["+x.wav", "-x.wav 100"]);
    assert_eq!(directory.names(), ["x.wav"]);
}

#[test]
fn a_limit_splits_a_recording_into_numbered_files_none_of_them_empty() {
    let directory = Directory::new();
    let (mut recording, log) = record(&directory.at("x.wav"), &limited_to(40));
    assert_eq!(directory.names(), ["x-01.wav.part"]);
    recording.write(&sound(480)).unwrap();
    assert_eq!(recording.frames(), 120);
    assert_eq!(directory.names(), ["x-01.wav", "x-02.wav", "x-03.wav"]);
    recording.finish().unwrap();
    assert_eq!(read_all(&directory, &directory.names()), sound(480));
    let expected = [
        "+x-01.wav",
        "-x-01.wav 40",
        "+x-02.wav",
        "-x-02.wav 40",
        "+x-03.wav",
        "-x-03.wav 40",
    ];
    assert_eq!(log.lines(), expected);
}

#[test]
fn names_may_be_as_long_as_the_file_system_allows() {
    let directory = Directory::new();
    let name = |length: usize| format!("{}.wav", "x".repeat(length - 4));
    let mut options = limited_to(40);
    options.write.expected_frames = Some(120);
    let (mut recording, _) = record(&directory.at(&name(252)), &options);
    recording.write(&sound(480)).unwrap();
    recording.finish().unwrap();
    let names = directory.names();
    assert_eq!(names.len(), 3);
    assert!(
        names
            .iter()
            .all(|name| name.len() == 255 && name.ends_with(".wav"))
    );
    assert_eq!(read_all(&directory, &names), sound(480));
}

/// The tenth file would be too late.
#[test]
fn names_that_will_be_too_long_are_errors_at_the_start() {
    let directory = Directory::new();
    let create = |length: usize, frames, on_demand| {
        let mut options = limited_to(40);
        options.write.expected_frames = frames;
        options.on_demand = on_demand;
        let path = directory.at(&format!("{}.wav", "x".repeat(length - 4)));
        let recording = Recording::create(OutputTarget::Path(path), cd(), &options, |_| {});
        recording.err().map(|error| error.errno())
    };
    let too_long = Some(Some(libc::ENAMETOOLONG));
    assert_eq!(create(253, Some(120), false), too_long);
    assert_eq!(create(252, Some(40 * 100), false), too_long);
    assert_eq!(create(251, None, false), too_long);
    assert_eq!(create(240, None, true), too_long);
    assert!(directory.names().is_empty());
    assert_eq!(create(250, None, false), None);
    assert_eq!(create(239, None, true), None);
}

#[test]
fn a_name_that_has_no_room_for_a_number_is_shortened_at_an_unexpected_split() {
    let directory = Directory::new();
    for (number, length) in [(1, 255), (2, 252), (3, 253)] {
        let name = format!("{number}{}.wav", "x".repeat(length - 5));
        let (mut recording, _) = record(&directory.at(&name), &RecordingOptions::default());
        for part in sound(480).chunks(160) {
            recording.write(part).unwrap();
            recording.next_file().unwrap();
        }
        recording.finish().unwrap();
        let mut names = directory.names();
        names.retain(|name| name.starts_with(&number.to_string()));
        let ends =
            |(index, name): (usize, &String)| name.ends_with(&format!("-0{}.wav", index + 1));
        assert!(
            names.len() == 3 && names.iter().enumerate().all(ends),
            "{names:?}"
        );
        assert_eq!(names[0].contains('~'), length > 252);
        assert_eq!(read_all(&directory, &names), sound(480));
    }
}

#[test]
fn a_recording_known_to_fit_into_one_file_is_not_numbered() {
    let directory = Directory::new();
    let mut options = limited_to(100);
    options.write.expected_frames = Some(100);
    let (mut recording, _) = record(&directory.at("x.wav"), &options);
    recording.write(&sound(400)).unwrap();
    recording.finish().unwrap();
    assert_eq!(directory.names(), ["x.wav"]);
}

#[test]
fn an_unexpected_split_numbers_the_first_file_when_the_second_begins() {
    let directory = Directory::new();
    let (mut recording, log) = record(&directory.at("x"), &RecordingOptions::default());
    recording.next_file().unwrap();
    recording.write(&sound(40)).unwrap();
    recording.next_file().unwrap();
    recording.next_file().unwrap();
    assert_exact_lengths(&directory.at("x"), cd(), 10);
    assert_eq!(log.lines(), ["+x"]);
    recording.write(&sound(48)[40..]).unwrap();
    assert_eq!(directory.names(), ["x-01", "x-02.part"]);
    recording.finish().unwrap();
    assert_eq!(directory.names(), ["x-01", "x-02"]);
    assert_eq!(read_all(&directory, &directory.names()), sound(48));
    assert_eq!(log.lines(), ["+x", "-x-01 10", "+x-02", "-x-02 2"]);
}

#[test]
fn a_split_without_further_frames_has_no_effect() {
    let directory = Directory::new();
    let (mut recording, log) = record(&directory.at("x.wav"), &RecordingOptions::default());
    recording.write(&sound(40)).unwrap();
    recording.next_file().unwrap();
    recording.finish().unwrap();
    assert_eq!(directory.names(), ["x.wav"]);
    assert_eq!(log.lines(), ["+x.wav", "-x.wav 10"]);
}

#[test]
fn the_size_limit_of_the_container_splits_too() {
    let directory = Directory::new();
    let mut options = RecordingOptions::default();
    options.write.max_bytes = Some(100);
    let (mut recording, _) = record(&directory.at("x.wav"), &options);
    recording.write(&sound(240)).unwrap();
    recording.finish().unwrap();
    assert_eq!(directory.names(), ["x-01.wav", "x-02.wav", "x-03.wav"]);
    assert_eq!(read_all(&directory, &directory.names()), sound(240));
    options.write.max_bytes = Some(1);
    let (mut recording, _) = record(&directory.at("y.wav"), &options);
    recording.write(&sound(12)).unwrap();
    recording.finish().unwrap();
    assert_eq!(directory.names()[3..], ["y-01.wav", "y-02.wav", "y-03.wav"]);
}

#[test]
fn names_in_use_are_skipped() {
    let directory = Directory::new();
    let taken = ["x-01.wav", "x-03.wav", "x-04.wav.part"];
    for name in taken {
        fs::write(directory.at(name), "keep").unwrap();
    }
    symlink("nowhere", directory.at("x-05.wav")).unwrap();
    let (mut recording, log) = record(&directory.at("x.wav"), &limited_to(10));
    recording.write(&sound(120)).unwrap();
    recording.finish().unwrap();
    let finished = ["-x-02.wav 10", "-x-06.wav 10", "-x-07.wav 10"];
    let lines: Vec<_> = log
        .lines()
        .into_iter()
        .filter(|line| line.starts_with('-'))
        .collect();
    assert_eq!(lines, finished);
    for name in taken {
        assert_eq!(fs::read(directory.at(name)).unwrap(), b"keep");
    }
}

#[test]
fn renaming_the_first_file_skips_numbers_in_use() {
    let directory = Directory::new();
    fs::write(directory.at("x-01.wav"), "keep").unwrap();
    let (mut recording, _) = record(&directory.at("x.wav"), &RecordingOptions::default());
    recording.write(&sound(40)).unwrap();
    recording.next_file().unwrap();
    recording.write(&sound(40)).unwrap();
    recording.finish().unwrap();
    assert_eq!(directory.names(), ["x-01.wav", "x-02.wav", "x-03.wav"]);
    assert_eq!(fs::read(directory.at("x-01.wav")).unwrap(), b"keep");
}

#[test]
fn a_symbolic_link_is_not_renamed() {
    let directory = Directory::new();
    symlink("target.wav", directory.at("x.wav")).unwrap();
    let (mut recording, log) = record(&directory.at("x.wav"), &RecordingOptions::default());
    recording.write(&sound(40)).unwrap();
    recording.next_file().unwrap();
    recording.write(&sound(40)).unwrap();
    recording.finish().unwrap();
    assert_eq!(directory.names(), ["target.wav", "x-02.wav", "x.wav"]);
    assert_eq!(
        log.lines(),
        ["+x.wav", "-x.wav 10", "+x-02.wav", "-x-02.wav 10"]
    );
}

#[test]
fn two_recordings_of_one_name_share_no_file() {
    let directory = Directory::new();
    let (mut one, _) = record(&directory.at("x.wav"), &limited_to(10));
    let (mut two, _) = record(&directory.at("x.wav"), &limited_to(10));
    for part in sound(240).chunks(40) {
        one.write(part).unwrap();
        two.write(part).unwrap();
    }
    one.finish().unwrap();
    two.finish().unwrap();
    assert_eq!(directory.names().len(), 12);
    assert_eq!(read_all(&directory, &directory.names()).len(), 480);
}

#[test]
fn frames_in_two_parts_are_split_like_others() {
    for middle in [0, 20, 40, 80, 120, 480] {
        let directory = Directory::new();
        let (mut recording, log) = record(&directory.at("x.wav"), &limited_to(20));
        let frames = sound(480);
        let (first, second) = frames.split_at(middle);
        // The parts fit into one file, then into the same one exactly, and then into none.
        recording
            .write_parts([&frames[..40], &frames[40..60]])
            .unwrap();
        recording
            .write_parts([&frames[60..64], &frames[64..80]])
            .unwrap();
        recording.write_parts([first, second]).unwrap();
        recording.write_parts([&[], &[]]).unwrap();
        assert_eq!((log.lines().len(), recording.frames()), (14, 140));
        recording.finish().unwrap();
        let expected = [&frames[..80], &frames].concat();
        assert_eq!(read_all(&directory, &directory.names()), expected);
    }
}

#[test]
fn two_recordings_of_the_same_file_do_not_mix() {
    let directory = Directory::new();
    let path = directory.at("x.wav");
    for part in [false, true] {
        let mut options = RecordingOptions::default();
        options.write.part = Some(part);
        let (mut first, _) = record(&path, &options);
        first.write(&sound(400)).unwrap();
        first.checkpoint().unwrap();
        let second = Recording::create((&*path).into(), cd(), &options, |_| ());
        let error = second.err().unwrap();
        let place = path.display();
        assert_eq!(
            (error.kind(), error.to_string()),
            (
                Kind::Io,
                format!("cannot create '{place}': another process is writing to it")
            )
        );
        first.finish().unwrap();
        assert_exact_lengths(&path, cd(), 100);
        let (mut second, _) = record(&path, &options);
        second.finish().unwrap();
        assert_exact_lengths(&path, cd(), 0);
    }
}

#[test]
fn a_file_that_another_program_deletes_is_an_error_and_the_next_one_is_written() {
    for replaced in [false, true] {
        let directory = Directory::new();
        let (mut recording, log) = record(&directory.at("x.wav"), &limited_to(40));
        recording.write(&sound(40)).unwrap();
        let part = directory.at("x-01.wav.part");
        match replaced {
            true => {
                fs::write(directory.at("mine"), "mine").unwrap();
                fs::rename(directory.at("mine"), &part).unwrap();
            }
            false => fs::remove_file(&part).unwrap(),
        }
        recording.write(&sound(280)).unwrap();
        recording.finish().unwrap();
        let left: &[&str] = match replaced {
            true => &["x-01.wav.part", "x-02.wav"],
            false => &["x-02.wav"],
        };
        assert_eq!(directory.names(), left);
        let name = directory.at("x-01.wav");
        let error = format!(
            "'{}' was deleted or replaced while it was recorded",
            name.display()
        );
        let expected = [
            "+x-01.wav",
            &error,
            "-x-01.wav 40",
            "+x-02.wav",
            "-x-02.wav 40",
        ];
        assert_eq!(log.lines(), expected);
    }
}

#[test]
fn a_file_that_keeps_only_another_name_is_an_error() {
    let directory = Directory::new();
    let path = directory.at("x.wav");
    let mut options = RecordingOptions::default();
    options.write.part = Some(false);
    let (mut recording, log) = record(&path, &options);
    recording.write(&sound(40)).unwrap();
    fs::hard_link(&path, directory.at("other.wav")).unwrap();
    fs::remove_file(&path).unwrap();
    recording.finish().unwrap();
    let error = format!(
        "'{}' was deleted or replaced while it was recorded",
        path.display()
    );
    assert_eq!(log.lines(), ["+x.wav", &error, "-x.wav 10"]);
}

#[test]
fn a_file_that_another_program_moves_is_followed() {
    for part in [false, true] {
        let directory = Directory::new();
        let mut options = RecordingOptions::default();
        options.write.part = Some(part);
        let (mut recording, log) = record(&directory.at("x.wav"), &options);
        let from = directory.at(if part { "x.wav.part" } else { "x.wav" });
        fs::rename(from, directory.at("y.wav")).unwrap();
        fs::write(directory.at("x-01.wav"), "keep").unwrap();
        recording.write(&sound(40)).unwrap();
        recording.next_file().unwrap();
        recording.write(&sound(80)).unwrap();
        recording.finish().unwrap();
        assert_eq!(directory.names(), ["x-01.wav", "x-02.wav", "y.wav"]);
        assert_exact_lengths(&directory.at("y.wav"), cd(), 10);
        let expected = ["+x.wav", "-y.wav 10", "+x-02.wav", "-x-02.wav 20"];
        assert_eq!(log.lines(), expected);
    }
}

#[test]
fn devices_and_pipes_are_never_split_or_renamed() {
    let directory = Directory::new();
    let (mut recording, log) = record(Path::new("/dev/null"), &limited_to(10));
    recording.write(&sound(400)).unwrap();
    recording.next_file().unwrap();
    recording.write(&sound(400)).unwrap();
    recording.finish().unwrap();
    assert_eq!(log.lines(), ["+null", "-null 200"]);
    assert!(
        fs::metadata("/dev/null")
            .unwrap()
            .file_type()
            .is_char_device()
    );
    let (target, collected) = collecting_pipe();
    let mut recording = Recording::create(target, cd(), &limited_to(10), |_| ()).unwrap();
    recording.write(&sound(400)).unwrap();
    recording.next_file().unwrap();
    recording.write(&sound(400)).unwrap();
    recording.finish().unwrap();
    assert_eq!(
        recording.write(&sound(4)).unwrap_err().kind(),
        Kind::Internal
    );
    drop(recording);
    assert_eq!(collected.join().unwrap().len(), 44 + 800);
    assert!(directory.names().is_empty());
}

#[test]
fn a_pattern_creates_directories_and_numbers_its_files() {
    let directory = Directory::new();
    let options = RecordingOptions {
        strftime: true,
        ..limited_to(10)
    };
    let (mut recording, log) = record(&directory.at("%Y/%%/a-%v.wav"), &options);
    recording.write(&sound(120)).unwrap();
    recording.finish().unwrap();
    let finished: Vec<_> = log
        .lines()
        .into_iter()
        .filter(|line| line.starts_with('-'))
        .collect();
    assert_eq!(finished, ["-a-01.wav 10", "-a-02.wav 10", "-a-03.wav 10"]);
    let year = directory.names()[0].parse::<u32>().unwrap();
    assert!(directory.at(&format!("{year}/%/a-02.wav")).exists());
}

#[test]
fn a_pattern_that_yields_the_same_name_twice_overwrites_nothing() {
    let directory = Directory::new();
    fs::write(directory.at("same%.wav"), "keep").unwrap();
    let options = RecordingOptions {
        strftime: true,
        ..limited_to(10)
    };
    let (mut recording, _) = record(&directory.at("same%%.wav"), &options);
    recording.write(&sound(80)).unwrap();
    recording.finish().unwrap();
    assert_eq!(
        directory.names(),
        ["same%-02.wav", "same%-03.wav", "same%.wav"]
    );
    assert_eq!(fs::read(directory.at("same%.wav")).unwrap(), b"keep");
}

#[test]
fn a_directory_that_cannot_be_created_is_an_error() {
    let options = RecordingOptions {
        strftime: true,
        ..RecordingOptions::default()
    };
    let created = Recording::create(
        Path::new("/dev/null/%Y/x.wav").into(),
        cd(),
        &options,
        |_| (),
    );
    assert!(
        created
            .err()
            .unwrap()
            .to_string()
            .starts_with("cannot create '/dev/null/2")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_files_of_a_recording_concatenated_are_what_was_written(
        writes in proptest::collection::vec((0usize..300, any::<bool>(), any::<bool>()), 1..12),
        limit in proptest::option::of(50u64..400),
        bytes in proptest::option::of(300u64..2000),
    ) {
        let directory = Directory::new();
        let mut options = RecordingOptions { max_frames: limit, ..RecordingOptions::default() };
        options.write.max_bytes = bytes;
        let (mut recording, log) = record(&directory.at("x.wav"), &options);
        let all = sound(writes.iter().map(|(frames, ..)| frames * 4).sum());
        let mut rest = &all[..];
        for (frames, checkpoint, next) in writes {
            let (now, later) = rest.split_at(frames * 4);
            recording.write(now).unwrap();
            rest = later;
            if checkpoint { recording.checkpoint().unwrap(); }
            if next { recording.next_file().unwrap(); }
        }
        prop_assert_eq!(recording.frames() as usize, all.len() / 4);
        recording.finish().unwrap();
        let names = directory.names();
        prop_assert_eq!(log.lines().len(), 2 * names.len());
        if !all.is_empty() {
            prop_assert_eq!(read_all(&directory, &names), all);
        }
    }
}

fn channel_bytes(frames: &[u8], channel: usize) -> Vec<u8> {
    frames
        .chunks_exact(4)
        .flat_map(|frame| frame[channel * 2..channel * 2 + 2].to_vec())
        .collect()
}

#[test]
fn per_channel_files_interleave_to_what_was_written() {
    let directory = Directory::new();
    for (base, names) in [("x", ["x.0", "x.1"]), ("y.raw", ["y-0.raw", "y-1.raw"])] {
        let log = ReportLog::default();
        let options = RecordingOptions::default();
        let mut sink =
            PerChannelRecording::create(&[directory.at(base)], cd(), &options, log.reporter())
                .unwrap();
        sink.write(&sound(120)).unwrap();
        sink.checkpoint().unwrap();
        sink.write(&sound(400)[120..]).unwrap();
        assert_eq!((sink.frames(), sink.spec()), (100, cd()));
        sink.finish().unwrap();
        let mono = Spec {
            channels: 1,
            ..cd()
        };
        let container = if base == "x" {
            Container::Wav
        } else {
            Container::Raw
        };
        for (channel, name) in names.iter().enumerate() {
            let (_, read) = read_back(&directory.at(name), container, mono);
            assert_eq!(read, channel_bytes(&sound(400), channel));
        }
        assert_eq!(log.lines()[..2], names.map(|name| format!("+{name}")));
        let options = ReadOptions {
            container: Some(container),
            raw: Some(mono),
            ..ReadOptions::default()
        };
        let files = names.map(|name| directory.at(name)).to_vec();
        let mut source = channels_opener(files, options).open().unwrap();
        let (all, end) = drain(source.as_mut(), 33);
        end.unwrap();
        assert_eq!(all, sound(400));
    }
}

#[test]
fn per_channel_files_are_split_at_the_same_frame() {
    let directory = Directory::new();
    let (options, log) = (limited_to(60), ReportLog::default());
    let mut sink =
        PerChannelRecording::create(&[directory.at("x.wav")], cd(), &options, log.reporter())
            .unwrap();
    sink.write(&sound(160)).unwrap();
    sink.next_file().unwrap();
    sink.write(&sound(400)[160..]).unwrap();
    sink.finish().unwrap();
    let names = ["x-0-01.wav", "x-0-02.wav", "x-1-01.wav", "x-1-02.wav"];
    assert_eq!(directory.names(), names);
    for channel in 0..2 {
        let files: Vec<_> = names
            .iter()
            .skip(2 * channel)
            .take(2)
            .map(|name| (*name).to_owned())
            .collect();
        assert_eq!(
            read_all(&directory, &files),
            channel_bytes(&sound(400), channel)
        );
    }
}

#[test]
fn per_channel_files_need_one_name_or_one_for_each_channel() {
    let directory = Directory::new();
    let create = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| directory.at(name)).collect();
        PerChannelRecording::create(&names, cd(), &RecordingOptions::default(), |_| ())
    };
    assert_eq!(create(&["a", "b", "c"]).err().unwrap().kind(), Kind::Usage);
    assert_eq!(create(&[]).err().unwrap().kind(), Kind::Usage);
    create(&["left.au", "right.raw"]).unwrap().finish().unwrap();
    assert_eq!(directory.names(), ["left.au", "right.raw"]);
    let stdout =
        PerChannelRecording::create(&["-".into()], cd(), &RecordingOptions::default(), |_| ());
    assert_eq!(stdout.err().unwrap().kind(), Kind::Usage);
    assert_eq!(parse_au(&directory.at("left.au")).rest, 0);
}

#[test]
fn a_flac_recording_is_split_without_losing_a_frame() {
    let directory = Directory::new();
    let bytes = sound(4 * 25_000);
    let mut options = limited_to(10_000);
    options.write.tags = Tags::from_iter([("title", "Part")]);
    let (mut recording, _) = record(&directory.at("x.flac"), &options);
    for part in bytes.chunks(4 * 777) {
        recording.write(part).unwrap();
    }
    assert_eq!(recording.frames(), 25_000);
    recording.finish().unwrap();
    assert_eq!(directory.names(), ["x-01.flac", "x-02.flac", "x-03.flac"]);
    let mut all = Vec::new();
    for name in directory.names() {
        let input = Input::open(&directory.at(&name)).unwrap();
        let mut source = open(input, &ReadOptions::default()).unwrap();
        assert_eq!(source.spec(), cd());
        assert_eq!(source.metadata().tags.get("title"), Some("Part"));
        let (part, end) = drain(source.as_mut(), 1000);
        end.unwrap();
        all.extend(part);
        let file = fs::read(directory.at(&name)).unwrap();
        let verified = flac_codec::decode::verify_reader(&file[..]).unwrap();
        assert!(matches!(verified, flac_codec::decode::Verified::MD5Match));
    }
    assert!(all == bytes);
}
