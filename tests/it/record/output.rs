//! Recording to standard output, events and timestamps.

use crate::common::{
    Dir, FRAME, HEADER, Program, Terminal, assert_same, events, file_events, record, wait_until,
    wav_data, with_mic_input,
};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::symlink;

#[test]
fn no_file_and_dash_both_write_to_stdout() {
    let (dir, sound) = with_mic_input(30_011 * FRAME);
    let none = record(&dir, "-s 30011").succeed();
    let dash = record(&dir, "-s 30011 -").succeed();
    assert_same(&none.stdout, &dash.stdout, "both");
    assert_same(wav_data(&none.stdout), &sound, "the pipe");
    let raw = record(&dir, "-t raw -s 30011 -").succeed();
    assert_same(&raw.stdout, &sound, "raw");
    let file = File::create(dir.at("redirected.wav")).unwrap();
    record(&dir, "-q -s 30011").stdout_to(file).succeed();
    assert_same(wav_data(&dir.read("redirected.wav")), &sound, "a file");
}

/// Opening these names would open the file again, at its start.
#[test]
fn a_file_that_the_shell_opened_keeps_what_it_has() {
    let (dir, sound) = with_mic_input(5000 * FRAME);
    symlink("/dev/stdout", dir.at("link")).unwrap();
    for (name, append) in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"]
        .into_iter()
        .flat_map(|name| [(name, true), (name, false)])
    {
        let mut file = OpenOptions::new();
        let file = file.create(true).append(append).write(true);
        let mut file = file.open(dir.at("log")).unwrap();
        file.set_len(0).unwrap();
        file.write_all(b"before").unwrap();
        let own = file.try_clone().unwrap();
        let args = format!("-q --json -t raw -s 5000 {name}");
        record(&dir, &args).stdout_to(own).succeed();
        file.write_all(b"after").unwrap();
        let wanted = [b"before", sound.as_slice(), b"after"].concat();
        assert_same(&dir.read("log"), &wanted, &args);
    }
}

#[test]
fn the_header_of_a_file_that_the_shell_opened_is_completed() {
    let (dir, sound) = with_mic_input(5000 * FRAME);
    let mut file = File::create(dir.at("take.wav")).unwrap();
    file.write_all(b"before").unwrap();
    record(&dir, "-q -s 5000 /dev/stdout")
        .stdout_to(file)
        .succeed();
    let found = dir.read("take.wav");
    let (before, wav) = found.split_at(6);
    assert_eq!(before, b"before");
    assert_same(wav_data(wav), &sound, "the sound");
    let length = u32::from_le_bytes(wav[4..8].try_into().unwrap());
    assert_eq!(length as usize, wav.len() - 8);
}

#[test]
fn sound_is_not_written_to_a_terminal() {
    let (dir, _) = with_mic_input(400);
    for args in ["-s 10", "-s 10 -", "-s 10 /dev/stdout"] {
        let outcome = record(&dir, args)
            .stdout_to(Terminal::new().program_end())
            .fail(2);
        assert!(outcome.error_line().contains("terminal"), "{outcome}");
    }
}

#[test]
fn a_closed_pipe_ends_the_recording_quietly() {
    let (dir, sound) = with_mic_input(400_000);
    for args in ["-q", "-", "--json -t raw", "-d 100000 -"] {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let recorder = record(&dir, args).stdout_to(writer).start();
        let mut first = [0; 1000];
        reader.read_exact(&mut first).unwrap();
        drop(reader);
        let outcome = recorder.wait();
        assert!(outcome.status.success(), "{args}: {outcome}");
        assert!(!outcome.stderr().contains("aloud:"), "{args}: {outcome}");
        assert!(
            !outcome.stderr().contains("{\"error\""),
            "{args}: {outcome}"
        );
        let head = if args.contains("raw") { 0 } else { HEADER };
        assert_same(&first[head..], &sound[..1000 - head], args);
    }
}

#[test]
fn events_go_to_stdout_unless_it_carries_sound() {
    let (dir, sound) = with_mic_input(30_011 * FRAME);
    let check = |lines: &[u8], name: &str| {
        let events = events(lines);
        let names: Vec<_> = events.iter().map(|event| &event["event"]).collect();
        assert_eq!(names[..2], ["start", "file"]);
        assert_eq!(*names.last().unwrap(), "end");
        let reported = [format!("opened {name}"), format!("finished {name}")];
        assert_eq!(file_events(&events), reported);
        let finished = events.iter().find(|event| event["state"] == "finished");
        let finished = finished.unwrap();
        assert_eq!(finished["frames"], 30_011);
        assert_eq!(finished["seconds"], 30_011.0 / 48_000.0);
        let peaks = finished["peak_dbfs"].as_array().unwrap();
        assert_eq!(peaks.len(), 2);
        assert!(
            peaks.iter().all(|peak| peak.as_f64().unwrap() > -1.0),
            "{finished}"
        );
        let path = dir.at(name);
        if path.is_file() {
            assert_eq!(finished["path"], path.to_str().unwrap());
            assert_eq!(finished["bytes"], path.metadata().unwrap().len());
        } else {
            assert_eq!(
                (&finished["path"], &finished["bytes"]),
                (&serde_json::Value::Null, &serde_json::Value::Null)
            );
        }
        let progress = events.iter().find(|event| event["event"] == "progress");
        assert_eq!(progress.unwrap()["total_frames"], 30_011);
        assert_eq!(events.last().unwrap()["frames"], 30_011);
        assert_eq!(events.last().unwrap()["why"], "finished");
        assert_eq!(events[0]["direction"], "capture");
    };
    // Repeated, because the order in which the two threads end must not matter.
    for _ in 0..10 {
        let outcome = record(&dir, "--json -s 30011 take.wav").succeed();
        assert!(outcome.stderr.is_empty(), "{outcome}");
        check(&outcome.stdout, "take.wav");
        let outcome = record(&dir, "--json -s 30011 -").succeed();
        assert_same(wav_data(&outcome.stdout), &sound, "stdout");
        check(&outcome.stderr, "standard output");
    }
}

#[test]
fn messages_go_to_stderr_unless_quiet() {
    let (dir, _) = with_mic_input(400);
    let outcome = record(&dir, "-s 100 take.wav").succeed();
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert!(
        outcome.stderr().contains("Recording 'take.wav'"),
        "{outcome}"
    );
    let outcome = record(&dir, "-q -s 100 take.wav").succeed();
    assert!(outcome.stdout.is_empty() && outcome.stderr.is_empty());
}

/// More events than fit into the pipe and the queue. None of them makes the recording wait.
#[test]
fn events_that_nobody_reads_in_time_are_counted() {
    let (dir, _) = with_mic_input(400);
    let (mut reader, writer) = std::io::pipe().unwrap();
    let frames = 2000 * 4000;
    let args =
        format!("--json --timestamps -f U8 -c 1 -r 4000 --buffer-size 2000 -s {frames} take.wav");
    let running = record(&dir, &args).stdout_to(writer).start();
    let size = HEADER as u64 + frames;
    wait_until("the recording", || {
        std::fs::metadata(dir.at("take.wav")).is_ok_and(|found| found.len() == size)
    });
    let mut stdout = Vec::new();
    reader.read_to_end(&mut stdout).unwrap();
    let outcome = running.wait();
    let events = events(&stdout);
    let stamps = events
        .iter()
        .filter(|event| event["event"] == "timestamp")
        .count() as u64;
    let end = events.last().unwrap();
    let dropped = end["events_dropped"].as_u64().unwrap();
    assert!(dropped > 0 && stamps + dropped >= 2000, "{stamps} {end}");
    assert_eq!(end["frames"], frames);
    let expected = format!("{dropped} events were dropped because the output was not read");
    assert!(outcome.stderr().contains(&expected), "{outcome}");
    assert_eq!(
        file_events(&events),
        ["opened take.wav", "finished take.wav"]
    );
}

#[test]
fn timestamps_are_logged_every_second() {
    let (dir, _) = with_mic_input(400);
    let outcome = record(
        &dir,
        "--json --timestamps -s 48000 --buffer-size 4800 take.wav",
    )
    .succeed();
    let stamps = outcome.events_named("timestamp");
    assert!(!stamps.is_empty(), "{outcome}");
    for stamp in stamps {
        assert!(stamp["frames"].is_u64(), "{stamp}");
        assert!(is_time(stamp["tstamp"].as_str().unwrap()), "{stamp}");
    }
    let args = "-q --timestamps=stamps -s 240000 --buffer-size 4800 take.wav";
    record(&dir, args).succeed();
    let lines = String::from_utf8(dir.read("stamps")).unwrap();
    let mut last = None;
    for line in lines.lines() {
        let (frames, time) = line.split_once('\t').expect("two columns");
        let frames: u64 = frames.parse().unwrap();
        assert!(is_time(time), "{line}");
        assert!(last.is_none_or(|last| frames >= last + 48_000), "{lines}");
        last = Some(frames);
    }
    assert!((4..=6).contains(&lines.lines().count()), "{lines}");
}

/// Whether it is seconds with nine decimals.
fn is_time(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.')
        .is_some_and(|(whole, parts)| digits(whole) && digits(parts) && parts.len() == 9)
}

/// Runs `aloud record -D mic` in a shell that redirects descriptors.
fn redirected(dir: &Dir, args: &str, redirections: &str) -> Program {
    let script = format!("exec \"$0\" record -D mic {args} {redirections}");
    dir.program("sh", ["-c", &script, env!("CARGO_BIN_EXE_aloud")])
}

#[test]
fn a_process_id_follows_what_an_open_file_has() {
    let (dir, _) = with_mic_input(400);
    dir.write("log", "before\n");
    let args = "-q -s 10 --process-id-file /dev/fd/3 take.wav";
    for _ in 0..2 {
        redirected(&dir, args, "3>>log").succeed();
    }
    let mut log = OpenOptions::new().append(true).open(dir.at("log")).unwrap();
    log.write_all(b"after\n").unwrap();
    // Standard output and descriptor 3 have one position.
    redirected(&dir, &args.replace("take.wav", "--json -"), "3>&1")
        .stdout_to(log)
        .succeed();
    let log = dir.read("log");
    let is_id = |line: &&[u8]| str::from_utf8(line).is_ok_and(|id| id.parse::<u32>().is_ok());
    let lines: Vec<&[u8]> = log.split(|byte| *byte == b'\n').take(6).collect();
    assert!(
        lines[1..3].iter().all(is_id) && is_id(&lines[4]),
        "{lines:?}"
    );
    assert_eq!((lines[0], lines[3]), (&b"before"[..], &b"after"[..]));
    assert!(lines[5].starts_with(b"RIFF"), "{lines:?}");
}

/// The program has opened others of these numbers itself.
#[test]
fn only_descriptors_of_the_shell_are_written_to() {
    let (dir, sound) = with_mic_input(1000 * FRAME);
    let closed: String = (3..10).map(|number| format!(" {number}>&-")).collect();
    for number in 3..10 {
        for args in [
            format!("-s 1000 /dev/fd/{number}"),
            format!("-s 1000 --process-id-file /dev/fd/{number} take.wav"),
        ] {
            let outcome = redirected(&dir, &args, &closed).fail(10);
            let named = format!("'/dev/fd/{number}': Bad file descriptor");
            assert!(outcome.error_line().ends_with(&named), "{outcome}");
        }
    }
    let written = format!("{closed} 7>take.wav");
    redirected(&dir, "-q -s 1000 /dev/fd/7", &written).succeed();
    assert_same(wav_data(&dir.read("take.wav")), &sound, "7");
}
