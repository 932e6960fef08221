//! Every function of pyalsaaudio's `PCM`, on PCMs without hardware.

use crate::common::{noise, with_pcms};
use aloud::audio;
use aloud::audio::advice::DeviceAdvice;
use aloud::audio::channel_map::ChannelMap;
use aloud::audio::error::Kind;
use aloud::audio::format::Format;
use aloud::audio::pcm::{
    Direction, IoOutcome, Match, Mode, Pcm, PcmState, Request, TstampMode, TstampType,
};
use aloud::audio::spec::Length;
use aloud::audio::spec::Spec;
use std::time::Duration;

const CD: Spec = Spec {
    format: Format::S16_LE,
    rate: 44_100,
    channels: 2,
};

fn playback(device: &str) -> Pcm {
    Pcm::open(Request::new(device, Direction::Playback)).unwrap()
}

fn capture(device: &str) -> Pcm {
    Pcm::open(Request::new(device, Direction::Capture)).unwrap()
}

/// The kind of the error that the call must return.
#[track_caller]
fn kind<T: std::fmt::Debug>(result: audio::error::Result<T>) -> Kind {
    result.expect_err("an error").kind()
}

#[test]
fn opens_like_the_constructor_of_pyalsaaudio() {
    with_pcms(|_| {
        let pcm = playback("null");
        assert_eq!(pcm.spec(), CD);
        assert_eq!(pcm.configuration().period_size, 32);
        assert_eq!(pcm.configuration().buffer_size, 128);
        assert_eq!(pcm.configuration().periods, 4);
        assert_eq!(pcm.pcm_type(), Direction::Playback);
        assert_eq!(pcm.pcm_mode(), Mode::Normal);
        assert_eq!(pcm.card_name(), "null");
        assert_eq!(pcm.state().unwrap(), PcmState::Prepared);
        assert_eq!(pcm.plugin_type().unwrap(), "NULL");
        // The defaults of alsa-lib.
        let thresholds = pcm.thresholds().unwrap();
        assert_eq!((thresholds.start, thresholds.stop), (1, 128));
        assert_eq!(thresholds.avail_min, 32);
    });
}

#[test]
fn everything_written_is_played() {
    with_pcms(|dir| {
        let data = noise(10_001 * 4, 1);
        let mut pcm = playback("tap");
        // Longer than the buffer, and not a multiple of the period.
        assert_eq!(pcm.write(&data).unwrap(), IoOutcome::Frames(10_001));
        assert_eq!(pcm.state().unwrap(), PcmState::Running);
        pcm.close().unwrap();
        assert!(dir.read("tap.raw") == data);
    });
}

#[test]
fn the_first_frame_written_starts_playback() {
    with_pcms(|_| {
        let mut pcm = playback("null");
        assert_eq!(pcm.write(&[0; 4]).unwrap(), IoOutcome::Frames(1));
        assert_eq!(pcm.state().unwrap(), PcmState::Running);
    });
}

#[test]
fn writing_nothing_does_nothing() {
    with_pcms(|_| {
        let mut pcm = playback("null");
        assert_eq!(pcm.write(&[]).unwrap(), IoOutcome::Frames(0));
        assert_eq!(pcm.state().unwrap(), PcmState::Prepared);
    });
}

#[test]
fn everything_captured_is_read() {
    with_pcms(|dir| {
        let data = noise(1000 * 4, 2);
        dir.write("in.raw", &data);
        let mut pcm = capture("mic");
        let mut captured = Vec::new();
        let mut buffer = [0; 37 * 4];
        for _ in 0..27 {
            assert_eq!(pcm.read(&mut buffer).unwrap(), IoOutcome::Frames(37));
            captured.extend(buffer);
        }
        assert!(captured == data[..999 * 4]);
    });
}

#[test]
fn reading_after_a_drop_prepares_first() {
    with_pcms(|_| {
        let mut pcm = capture("null");
        let mut buffer = [0; 32 * 4];
        for _ in 0..3 {
            assert_eq!(pcm.read(&mut buffer).unwrap(), IoOutcome::Frames(32));
            pcm.drop().unwrap();
            assert_eq!(pcm.state().unwrap(), PcmState::Setup);
        }
    });
}

#[test]
fn writing_after_a_drop_prepares_first() {
    with_pcms(|dir| {
        let data = noise(1000 * 4, 2);
        let mut pcm = playback("tap");
        pcm.drop().unwrap();
        assert_eq!(pcm.state().unwrap(), PcmState::Setup);
        assert_eq!(pcm.write(&data).unwrap(), IoOutcome::Frames(1000));
        pcm.close().unwrap();
        assert!(dir.read("tap.raw") == data);
    });
}

#[test]
fn the_wrong_direction_is_a_usage_error() {
    with_pcms(|_| {
        assert_eq!(kind(capture("null").write(&[0; 4])), Kind::Usage);
        assert_eq!(kind(playback("null").read(&mut [0; 4])), Kind::Usage);
    });
}

#[test]
fn partial_frames_are_usage_errors() {
    with_pcms(|dir| {
        let mut pcm = playback("tap");
        for bytes in [1, 2, 3, 5, 127] {
            assert_eq!(kind(pcm.write(&vec![0; bytes])), Kind::Usage, "{bytes}");
        }
        pcm.close().unwrap();
        assert!(dir.read("tap.raw").is_empty());
        let mut pcm = capture("null");
        assert_eq!(kind(pcm.read(&mut [0; 6])), Kind::Usage);
    });
}

#[test]
fn a_new_pcm_has_an_empty_buffer() {
    with_pcms(|_| {
        let pcm = playback("null");
        assert_eq!(pcm.avail().unwrap(), 128);
        assert_eq!(pcm.delay().unwrap(), 0);
    });
}

#[test]
fn only_a_running_pcm_can_be_paused() {
    with_pcms(|_| {
        let mut pcm = playback("null");
        assert!(pcm.pause(true).is_err(), "it has not started");
        pcm.write(&[0; 4]).unwrap();
        pcm.pause(true).unwrap();
        assert_eq!(pcm.state().unwrap(), PcmState::Paused);
        pcm.pause(false).unwrap();
        assert_eq!(pcm.state().unwrap(), PcmState::Running);
        pcm.drop().unwrap();
        assert_eq!(pcm.state().unwrap(), PcmState::Setup);
        assert!(pcm.pause(true).is_err(), "it has stopped");
    });
}

#[test]
fn it_plays_again_after_a_drain() {
    with_pcms(|dir| {
        let data = noise(4000, 3);
        let mut pcm = playback("tap");
        for part in data.chunks(1000) {
            pcm.prepare().unwrap();
            assert_eq!(pcm.write(part).unwrap(), IoOutcome::Frames(250));
            assert!(pcm.drain().unwrap());
            assert_eq!(pcm.state().unwrap(), PcmState::Setup);
        }
        pcm.close().unwrap();
        assert!(dir.read("tap.raw") == data);
    });
}

#[test]
fn close_drains_and_can_be_repeated() {
    with_pcms(|dir| {
        for mode in [Mode::Normal, Mode::Nonblock] {
            let request = Request {
                mode,
                period: Some(Length::Frames(1000)),
                ..Request::new("tap", Direction::Playback)
            };
            let mut pcm = Pcm::open(request).unwrap();
            pcm.write(&[1; 40]).unwrap();
            pcm.close().unwrap();
            pcm.close().unwrap();
            assert_eq!(dir.read("tap.raw"), [1; 40], "{mode:?}");
        }
        // A resampler keeps some frames until it is drained.
        let spec = Spec { rate: 48_000, ..CD };
        let request = Request::exact("plugged", Direction::Playback, spec);
        let mut pcm = Pcm::open(request).unwrap();
        pcm.write(&[1; 4 * 1000]).unwrap();
        pcm.close().unwrap();
        let frames = dir.read("tap.raw").len() / 4;
        assert!(frames.abs_diff(1000 * 441 / 480) <= 2, "{frames} frames");
        let mut pcm = playback("tap");
        pcm.drop().unwrap();
        pcm.close().unwrap();
        capture("null").close().unwrap();
    });
}

#[test]
fn every_call_on_a_closed_pcm_is_an_error() {
    with_pcms(|_| {
        for mut pcm in [playback("null"), capture("null")] {
            pcm.close().unwrap();
            let direction = pcm.pcm_type();
            let errors = [
                kind(pcm.info()),
                kind(pcm.dump_info()),
                kind(pcm.dump()),
                kind(pcm.state()),
                kind(pcm.avail()),
                kind(pcm.delay()),
                kind(pcm.pause(true)),
                kind(pcm.pause(false)),
                kind(pcm.start()),
                kind(pcm.drop()),
                kind(pcm.drain()),
                kind(pcm.prepare()),
                kind(pcm.poll_descriptors()),
                kind(pcm.poll_revents(&[])),
                kind(pcm.poll_revents(&[(0, 1)])),
                kind(pcm.htimestamp()),
                kind(pcm.tstamp_mode()),
                kind(pcm.tstamp_type()),
                kind(pcm.set_tstamp_mode(TstampMode::Enable)),
                kind(pcm.set_tstamp_type(TstampType::Monotonic)),
                kind(pcm.thresholds()),
                kind(pcm.channel_map()),
                kind(pcm.supported_channel_maps()),
                kind(pcm.set_channel_map(&ChannelMap(vec![3, 4]))),
                kind(pcm.set_nonblock(true)),
                kind(pcm.plugin_type()),
                kind(pcm.reconfigure(|request| request.rate = 8000).map(|_| ())),
                match direction {
                    Direction::Playback => kind(pcm.write(&[0; 4])),
                    Direction::Capture => kind(pcm.read(&mut [0; 4])),
                },
            ];
            assert!(
                errors.iter().all(|kind| *kind == Kind::Internal),
                "{errors:?}"
            );
            let error = pcm.state().unwrap_err();
            assert!(error.to_string().contains("closed"), "{error}");
            // The arguments of the call are still available.
            assert_eq!((pcm.card_name(), pcm.pcm_mode()), ("null", Mode::Normal));
            assert_eq!(pcm.spec(), CD);
        }
    });
}

#[test]
fn calls_in_any_order_return() {
    with_pcms(|_| {
        for device in ["null", "tap", "stereo", "linear", "plugged"] {
            let mut pcm = playback(device);
            let frame = vec![0; pcm.spec().frame_bytes()];
            let mut errors = Vec::new();
            for _ in 0..2 {
                errors.extend(pcm.pause(false).err());
                errors.extend(pcm.drain().err());
                errors.extend(pcm.drain().err());
                errors.extend(pcm.write(&frame).err());
                errors.extend(pcm.drop().err());
                errors.extend(pcm.drop().err());
                errors.extend(pcm.write(&frame).err());
                errors.extend(pcm.start().err());
                errors.extend(pcm.htimestamp().err());
                errors.extend(pcm.prepare().err());
                errors.extend(pcm.start().err());
                errors.extend(pcm.info().err());
                errors.extend(pcm.dump().err());
                errors.extend(pcm.avail().err());
                errors.extend(pcm.delay().err());
                errors.extend(pcm.state().err());
                errors.extend(pcm.reconfigure(|request| request.channels = 0).err());
                errors.extend(pcm.write(&frame).err());
            }
            pcm.close().unwrap();
            for error in errors {
                assert_eq!(error.device_name(), Some(device), "{error}");
            }
        }
    });
}

#[test]
fn poll_descriptors_and_revents_match_pyalsaaudio() {
    with_pcms(|_| {
        let pcm = playback("null");
        let descriptors = pcm.poll_descriptors().unwrap();
        assert_eq!(descriptors.len(), 1);
        let (fd, events) = descriptors[0];
        assert!(fd >= 0);
        assert_eq!(events, libc::POLLOUT | libc::POLLERR | libc::POLLNVAL);
        let revents = pcm.poll_revents(&[(fd, libc::POLLOUT)]).unwrap();
        assert_eq!(revents & libc::POLLOUT, libc::POLLOUT);
        for wrong in [&[][..], &[(fd, 1), (fd, 1)]] {
            assert!(pcm.poll_revents(wrong).is_err(), "{wrong:?}");
        }
    });
}

#[test]
fn timestamps_can_be_set_and_read() {
    with_pcms(|_| {
        let mut pcm = playback("null");
        for mode in [TstampMode::Enable, TstampMode::None, TstampMode::Enable] {
            pcm.set_tstamp_mode(mode).unwrap();
            assert_eq!(pcm.tstamp_mode().unwrap(), mode);
        }
        for clock in [
            TstampType::Monotonic,
            TstampType::MonotonicRaw,
            TstampType::Gettimeofday,
        ] {
            pcm.set_tstamp_type(clock).unwrap();
            assert_eq!(pcm.tstamp_type().unwrap(), clock);
        }
        pcm.write(&[0; 400]).unwrap();
        let (seconds, nanos, _avail) = pcm.htimestamp().unwrap();
        assert!(seconds >= 0 && (0..1_000_000_000).contains(&nanos));
        // Timestamps do not change the thresholds.
        assert_eq!(pcm.thresholds().unwrap().start, 1);
    });
}

#[test]
fn nearest_substitutes_where_exact_refuses() {
    with_pcms(|_| {
        let request = Request {
            format: Format::FLOAT_LE,
            ..Request::new("linear", Direction::Playback)
        };
        let pcm = Pcm::open(request.clone()).unwrap();
        assert_ne!(pcm.spec().format, Format::FLOAT_LE, "the configured spec");
        assert_eq!(
            pcm.request().format,
            Format::FLOAT_LE,
            "the requested format"
        );
        let refused = Pcm::open(Request {
            matching: Match::Exact,
            ..request
        });
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), Kind::Unsupported);
        assert_eq!(error.device_name(), Some("linear"));
        assert!(
            error.to_string().contains("S24_3LE"),
            "lists the supported formats: {error}"
        );
        let plugin = DeviceAdvice::OpenPlugin {
            name: "plug:linear".to_owned(),
            direction: Direction::Playback,
            can_convert: true,
        };
        assert_eq!(error.advice(), [plugin.into()]);
    });
}

#[test]
fn exact_includes_rate_and_channels() {
    with_pcms(|_| {
        let open = |device: &str, rate, channels| {
            let spec = Spec {
                rate,
                channels,
                ..CD
            };
            Pcm::open(Request::exact(device, Direction::Playback, spec))
        };
        let pcm = open("tap", 12_345, 7).unwrap();
        assert_eq!((pcm.spec().rate, pcm.spec().channels), (12_345, 7));
        assert_eq!(kind(open("stereo", 44_100, 3)), Kind::Unsupported);
        // alsa-lib's rate converter has a minimum rate.
        assert_eq!(kind(open("plugged", 1000, 2)), Kind::Unsupported);
        assert_eq!(open("plugged", 8000, 1).unwrap().spec().rate, 8000);
    });
}

#[test]
fn what_an_open_pcm_supports_is_known_without_opening_it_again() {
    with_pcms(|_| {
        let pcm = playback("null");
        let supported = pcm.supported().unwrap();
        assert_eq!(supported, Pcm::probe(pcm.request()).unwrap());
        assert!(supported.rates_are_continuous);
        assert!(supported.formats.contains(&Format::S16_LE));
    });
}

#[test]
fn extreme_values_are_errors_or_the_nearest() {
    with_pcms(|_| {
        for (rate, channels) in [(0, 2), (44_100, 0), (u32::MAX, 2), (44_100, u32::MAX)] {
            for matching in [Match::Exact, Match::Nearest] {
                for direction in [Direction::Playback, Direction::Capture] {
                    let opened = Pcm::open(Request {
                        rate,
                        channels,
                        matching,
                        ..Request::new("null", direction)
                    });
                    if let Ok(pcm) = opened {
                        let spec = pcm.spec();
                        assert!(spec.rate > 0 && spec.channels > 0, "{spec}");
                    }
                }
            }
        }
        for period in [
            Length::Frames(0),
            Length::Frames(u64::MAX),
            Length::Time(Duration::MAX),
        ] {
            for matching in [Match::Exact, Match::Nearest] {
                let opened = Pcm::open(Request {
                    period: Some(period),
                    matching,
                    ..Request::new("null", Direction::Playback)
                });
                if let Ok(pcm) = opened {
                    assert!(pcm.configuration().period_size > 0);
                }
            }
        }
    });
}

#[test]
fn every_probed_format_is_written_unchanged() {
    with_pcms(|dir| {
        let probe = Pcm::probe(&Request::new("tap", Direction::Playback)).unwrap();
        assert!(probe.formats.len() > 30);
        for format in probe.formats {
            let Ok(spec) = Spec::new(format, 48_000, 2) else {
                continue;
            };
            let Ok(mut pcm) = Pcm::open(Request::exact("tap", Direction::Playback, spec)) else {
                panic!("{format} was probed");
            };
            let data = noise(spec.frame_bytes() * 1001, 4);
            assert_eq!(
                pcm.write(&data).unwrap(),
                IoOutcome::Frames(1001),
                "{format}"
            );
            pcm.close().unwrap();
            assert!(dir.read("tap.raw") == data, "{format}");
        }
    });
}

#[test]
fn buffer_and_period_take_frames_or_time() {
    with_pcms(|_| {
        let sizes = |buffer, period, periods| {
            let pcm = Pcm::open(Request {
                buffer,
                period,
                periods,
                ..Request::exact("null", Direction::Playback, CD)
            });
            let configuration = pcm.unwrap().configuration().clone();
            (configuration.period_size, configuration.buffer_size)
        };
        let frames = |count| Some(Length::Frames(count));
        let millis = |count| Some(Length::Time(Duration::from_millis(count)));
        assert_eq!(
            sizes(None, None, None),
            (5512, 22_050),
            "half a second in four periods"
        );
        assert_eq!(sizes(frames(4000), frames(1000), None), (1000, 4000));
        assert_eq!(sizes(millis(100), millis(20), None), (882, 4410));
        assert_eq!(sizes(None, frames(100), Some(3)), (100, 300));
        assert_eq!(sizes(frames(900), None, Some(3)), (300, 900));
    });
}

#[test]
fn a_pcm_can_be_reconfigured() {
    with_pcms(|dir| {
        let mut pcm = playback("tap");
        pcm.write(&[1; 400]).unwrap();
        pcm.drain().unwrap();
        let spec = Spec::new(Format::S24_3LE, 96_000, 6).unwrap();
        pcm.reconfigure(|request| {
            (request.format, request.rate, request.channels) =
                (spec.format, spec.rate, spec.channels);
        })
        .unwrap();
        assert_eq!(pcm.spec(), spec);
        assert_eq!(pcm.request().rate, 96_000);
        assert_eq!(pcm.write(&[2; 18 * 10]).unwrap(), IoOutcome::Frames(10));
        pcm.close().unwrap();
        assert_eq!(dir.read("tap.raw"), [&[1; 400][..], &[2; 180]].concat());
    });
}

#[test]
fn a_failed_reconfiguration_keeps_the_old_one() {
    with_pcms(|dir| {
        let mut pcm = Pcm::open(Request::exact("linear", Direction::Playback, CD)).unwrap();
        let before = pcm.configuration().clone();
        let refused = pcm.reconfigure(|request| request.format = Format::FLOAT_LE);
        assert_eq!(kind(refused.map(|_| ())), Kind::Unsupported);
        assert_eq!(pcm.configuration(), &before);
        assert_eq!(pcm.request().format, Format::S16_LE);
        assert_eq!(pcm.info().unwrap().format_name, "S16_LE");
        assert_eq!(
            pcm.write(&[7; 400]).unwrap(),
            IoOutcome::Frames(100),
            "it still plays"
        );
        pcm.close().unwrap();
        assert_eq!(dir.read("tap.raw"), [7; 400]);
    });
}

#[test]
fn nonblocking_calls_do_not_wait() {
    with_pcms(|_| {
        let pcm = Pcm::open(Request {
            mode: Mode::Nonblock,
            ..Request::new("null", Direction::Playback)
        });
        let mut pcm = pcm.unwrap();
        assert_eq!(pcm.pcm_mode(), Mode::Nonblock);
        let moved = pcm.write(&[0; 4 * 1000]).unwrap();
        assert!(matches!(moved, IoOutcome::Frames(1..=1000)), "{moved:?}");
        assert_eq!(pcm.info().unwrap().call_mode_name, "PCM_NONBLOCK");
    });
}

#[test]
fn mmap_access_transfers_the_same_bytes() {
    with_pcms(|dir| {
        let data = noise(5003 * 4, 5);
        let mut pcm = Pcm::open(Request {
            mmap: true,
            ..Request::new("tap", Direction::Playback)
        })
        .unwrap();
        assert_eq!(pcm.info().unwrap().access_type, "MMAP_INTERLEAVED");
        assert_eq!(pcm.write(&data).unwrap(), IoOutcome::Frames(5003));
        pcm.close().unwrap();
        assert!(dir.read("tap.raw") == data);
    });
}

#[test]
fn channel_maps_are_read_and_set() {
    with_pcms(|_| {
        let map = ChannelMap::parse("FR,FL").unwrap();
        let crossed = playback("crossed");
        assert_eq!(
            crossed.supported_channel_maps().unwrap(),
            std::slice::from_ref(&map)
        );
        assert_eq!(crossed.channel_map().unwrap(), Some(map.clone()));
        let tap = playback("tap");
        assert_eq!(tap.channel_map().unwrap(), None);
        assert!(tap.supported_channel_maps().unwrap().is_empty());
        assert!(tap.set_channel_map(&map).is_err());
    });
}

#[test]
fn info_has_the_36_keys_and_the_dump_26_lines() {
    with_pcms(|_| {
        let pcm = playback("null");
        let info = serde_json::to_value(pcm.info().unwrap()).unwrap();
        assert_eq!(info.as_object().unwrap().len(), 36);
        assert_eq!(pcm.dump_info().unwrap().lines().count(), 26);
        assert!(pcm.dump().unwrap().contains("Null PCM"));
    });
}

#[test]
fn unknown_pcms_are_not_found_and_libasound_prints_nothing() {
    with_pcms(|_| {
        for device in [
            "nosuch",
            "hw:31",
            "plughw:Nosuch",
            "",
            "file:",
            "\u{1b}[2J",
            "a\nb",
        ] {
            let request = Request::new(device, Direction::Playback);
            let error = Pcm::open(request.clone()).unwrap_err();
            assert_eq!(error.device_name(), Some(device));
            assert!(Pcm::probe(&request).is_err() && Pcm::hw_params(&request).is_err());
        }
        let error = Pcm::open(Request::new("nosuch", Direction::Playback)).unwrap_err();
        assert_eq!(error.kind(), Kind::NotFound);
        assert!(
            !error.library_messages().is_empty(),
            "messages of libasound are kept"
        );
    });
}

#[test]
fn names_with_a_nul_byte_are_errors() {
    with_pcms(|_| {
        let opened = Pcm::open(Request::new("nu\0ll", Direction::Playback));
        assert!(opened.is_err());
    });
}

#[test]
fn unknown_format_numbers_are_rejected() {
    assert_eq!(Format::from_number(99), None);
    assert_eq!(Format::from_number(2), Some(Format::S16_LE));
}

#[test]
fn asoundlib_version_is_that_of_libasound() {
    assert!(audio::asoundlib_version().starts_with("1."));
}

#[test]
fn pcms_and_cards_are_listed() {
    with_pcms(|_| {
        let names = |direction| -> Vec<String> {
            let pcms = audio::system::pcm_names::pcms(direction).unwrap();
            pcms.into_iter().map(|pcm| pcm.name).collect()
        };
        let all = names(None);
        assert!(all.contains(&"tap".to_owned()) && all.contains(&"null".to_owned()));
        for direction in [Direction::Playback, Direction::Capture] {
            assert!(names(Some(direction)).iter().all(|name| all.contains(name)));
        }
        let indexes = audio::system::cards::card_indexes().unwrap();
        assert_eq!(audio::system::cards::cards().unwrap().len(), indexes.len());
        assert_eq!(audio::system::cards::list().unwrap().len(), indexes.len());
        assert_eq!(kind(audio::system::cards::card_name(31)), Kind::NotFound);
        assert_eq!(
            kind(audio::system::cards::find_card("no such card")),
            Kind::NotFound
        );
    });
}

#[test]
fn a_pcm_can_move_to_another_thread() {
    with_pcms(|dir| {
        let mut pcm = playback("tap");
        let written = std::thread::spawn(move || {
            pcm.write(&[3; 400]).unwrap();
            pcm.close()
        });
        written.join().unwrap().unwrap();
        assert_eq!(dir.read("tap.raw"), [3; 400]);
    });
}
