# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_aloud_global_optspecs
    string join \n json q/quiet v/verbose color= h/help V/version
end

function __fish_aloud_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_aloud_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_aloud_using_subcommand
    set -l cmd (__fish_aloud_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c aloud -n "__fish_aloud_needs_command" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_needs_command" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_needs_command" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_needs_command" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_needs_command" -s V -l version -d 'Print version'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "devices" -d 'List what can play and record, and what to type for it'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "doctor" -d 'Find out why there is no sound, and what to do about it'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "list-pcms" -d 'List PCM names with their descriptions'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "list-cards" -d 'List sound cards and their PCM devices'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "info" -d 'Show a PCM\'s configuration or capabilities, or describe files'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "play" -d 'Play sound files or standard input'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "record" -d 'Record to sound files or standard output'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "loopback" -d 'Play what another device captures'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "tone" -d 'Play a sine, a sweep, noise or silence, or test speakers'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "mixers" -d 'List the names of a mixer\'s controls'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "mixer" -d 'Read and set volumes, switches and enumerated controls'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "completions" -d 'Print a shell completion script'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "schema" -d 'Print the JSON Schema of a command\'s JSON'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "man" -d 'Print a manual page'
complete -c aloud -n "__fish_aloud_using_subcommand devices" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand devices" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand devices" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand devices" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand devices" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand doctor" -s D -l device -d 'Device that programs use: a PCM name' -r
complete -c aloud -n "__fish_aloud_using_subcommand doctor" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand doctor" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand doctor" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand doctor" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -s P -l playback -d 'List PCMs for playback (the default)'
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -s C -l capture -d 'List PCMs for capture'
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -s a -l all -d 'List all PCMs'
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand list-cards" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand list-cards" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand list-cards" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand list-cards" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand list-cards" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l decoder -d 'Use ffmpeg for what aloud does not decode, never, or for all files' -r -f -a "auto\t'aloud what it can, ffmpeg the rest'
native\t'aloud only'
ffmpeg\t'ffmpeg only'"
complete -c aloud -n "__fish_aloud_using_subcommand info" -s D -l device -d 'Device: a PCM name, or part of a card\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -l card -d 'Use the first device of a card (index, ID, name)' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -s f -l format -d 'Sample format (S16_LE), or a preset: cd, cdr, dat' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -s c -l channels -d 'Number of channels' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -s r -l rate -d 'Sample rate in Hz (48000) or kHz (44.1k)' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -l period-size -d 'Period size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -l buffer-size -d 'Buffer size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -s F -l period-time -d 'Period time in µs, or with a unit (20ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -s B -l buffer-time -d 'Buffer time in µs, or with a unit (500ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -l periods -d 'Number of periods in the buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -l tstamp-mode -d 'Whether to enable device timestamps' -r -f -a "none\t''
enable\t''"
complete -c aloud -n "__fish_aloud_using_subcommand info" -l tstamp-type -d 'Clock of the timestamps' -r -f -a "gettimeofday\t''
monotonic\t''
monotonic_raw\t''"
complete -c aloud -n "__fish_aloud_using_subcommand info" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand info" -s C -l capture -d 'Open for capture'
complete -c aloud -n "__fish_aloud_using_subcommand info" -s P -l playback -d 'Open for playback (the default)'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l probe -d 'Show what the device supports'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l dump -d 'Print the 26 lines of pyalsaaudio\'s dumpinfo()'
complete -c aloud -n "__fish_aloud_using_subcommand info" -s N -l nonblock -d 'Open in non-blocking mode: do not wait for a busy device'
complete -c aloud -n "__fish_aloud_using_subcommand info" -s M -l mmap -d 'Transfer frames by memory mapping (mmap)'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l disable-resample -d 'Disable alsa-lib\'s rate conversion'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l disable-channels -d 'Disable alsa-lib\'s channel conversion'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l disable-format -d 'Disable alsa-lib\'s sample format conversion'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l disable-softvol -d 'Disable alsa-lib\'s software volume (softvol)'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand info" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand info" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand info" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand play" -s t -l file-type -d 'File type (wav, mp3, raw, …); by default detected' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l decoder -d 'Use ffmpeg for what aloud does not decode, never, or for all files' -r -f -a "auto\t'aloud what it can, ffmpeg the rest'
native\t'aloud only'
ffmpeg\t'ffmpeg only'"
complete -c aloud -n "__fish_aloud_using_subcommand play" -s m -l channel-map -l chmap -d 'Channel order of the files (FL,FR,FC,LFE,…)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l start -d 'Start at TIME (5, 0.5, 1m30s, 1:30)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l end -d 'End at TIME, measured from the beginning of the file' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l loop -d 'Repeat the list N times; 0 is forever' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l fade-in -d 'Fade in over TIME' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l fade-out -d 'Fade out over TIME before the end' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l replaygain -d 'Apply ReplayGain tags; the gain is limited so that samples do not clip' -r -f -a "track\t'The same loudness for all tracks'
album\t'The same loudness for all albums'
off\t''"
complete -c aloud -n "__fish_aloud_using_subcommand play" -l test-coef -d 'Half buffers of tolerance for --test-position' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l on-lost -d 'What to do when the device goes away (fail, wait, wait=TIME)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l resample -d 'Quality of rate conversion; sound servers convert rates themselves unless -r is given' -r -f -a "fast\t''
good\t''
best\t''"
complete -c aloud -n "__fish_aloud_using_subcommand play" -l remix -d 'Source channel of each output channel, counted from 1 (2,1 swaps; 1,1 copies the first to both)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l gain -d 'Change the level by DB decibels (-6)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l volume -d 'Scale samples to PERCENT of their value (50 is -6 dB)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s d -l duration -d 'Stop after TIME (5, 1m30s, 1:30); 0 is no limit' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s s -l samples -d 'Stop after this many frames; 0 is no limit' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l subformat -d 'Sample subformat; only std is supported' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s R -l start-delay -d 'Start the device once this much is queued (play) or requested (record), in µs or with a unit; for play, 0 or less is relative to a full buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s T -l stop-delay -d 'Stop the device (xrun) once this much is free (play) or unread (record), in µs or with a unit; 0 or less is relative to a full buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s A -l avail-min -d 'Wake up once this much can be transferred, in µs or with a unit' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s V -l vumeter -d 'Show levels even without a terminal (mono: the loudest channel; stereo: each)' -r -f -a "mono\t'One bar, for the loudest channel'
stereo\t'One bar for each channel'"
complete -c aloud -n "__fish_aloud_using_subcommand play" -l timeout -d 'Stop with status 7 if the device takes or delivers no data for this long (0: never)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l process-id-file -d 'Write the process ID to FILE; the file is removed at the end' -r -F
complete -c aloud -n "__fish_aloud_using_subcommand play" -s D -l device -d 'Device: a PCM name, or part of a card\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l card -d 'Use the first device of a card (index, ID, name)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s f -l format -d 'Sample format (S16_LE), or a preset: cd, cdr, dat' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s c -l channels -d 'Number of channels' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s r -l rate -d 'Sample rate in Hz (48000) or kHz (44.1k)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l period-size -d 'Period size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l buffer-size -d 'Buffer size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s F -l period-time -d 'Period time in µs, or with a unit (20ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s B -l buffer-time -d 'Buffer time in µs, or with a unit (500ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l periods -d 'Number of periods in the buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l tstamp-mode -d 'Whether to enable device timestamps' -r -f -a "none\t''
enable\t''"
complete -c aloud -n "__fish_aloud_using_subcommand play" -l tstamp-type -d 'Clock of the timestamps' -r -f -a "gettimeofday\t''
monotonic\t''
monotonic_raw\t''"
complete -c aloud -n "__fish_aloud_using_subcommand play" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand play" -s I -l separate-channels -d 'Play each file as one channel, all at the same time; files of unknown type are raw samples'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l test-position -d 'Warn if the device reports an implausible position'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l exact -d 'Fail instead of converting what the device does not support'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l no-dither -d 'Do not dither when reducing the bit depth'
complete -c aloud -n "__fish_aloud_using_subcommand play" -s i -l interactive -d 'Read keys: Space or Enter pauses, q quits'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l fatal-errors -d 'Stop at the first xrun, with status 8'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l dump-hw-params -d 'Print the hardware parameters that the device supports before starting'
complete -c aloud -n "__fish_aloud_using_subcommand play" -s N -l nonblock -d 'Open in non-blocking mode: do not wait for a busy device'
complete -c aloud -n "__fish_aloud_using_subcommand play" -s M -l mmap -d 'Transfer frames by memory mapping (mmap)'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l disable-resample -d 'Disable alsa-lib\'s rate conversion'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l disable-channels -d 'Disable alsa-lib\'s channel conversion'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l disable-format -d 'Disable alsa-lib\'s sample format conversion'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l disable-softvol -d 'Disable alsa-lib\'s software volume (softvol)'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand play" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand play" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand play" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s t -l file-type -d 'File type (wav, flac, rf64, w64, au, raw)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l compression -d 'FLAC compression level, from 0 (fastest) to 8 (smallest)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l title -d 'Title tag' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l artist -d 'Artist tag' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l comment -d 'Comment tag' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l max-file-time -d 'Start a new file after TIME, without a gap' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l ring -d 'Length of the ring buffer: how long a disk or pipe may stall without loss' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l on-lost -d 'What to do when the device goes away (fail, wait, wait=TIME, split)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l timestamps -d 'Log the frame count and its capture time once per second, to FILE or (with --json) as events' -r -F
complete -c aloud -n "__fish_aloud_using_subcommand record" -l on-sound -d 'Record only sound, with one file for each: anything but digital silence, or anything above a level (--on-sound=-50). The files are named by their start time, and have it as their date tag. --duration counts what is captured, recorded or not' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l pre-roll -d 'Record this much before each sound; the default is 1s' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l until-silence -d 'Complete the file after this much silence, which is recorded; the default is 2s' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l keep -d 'Delete the oldest finished files of this recording, so that at most this size (100G), age (30d) or number of files (of each channel with -I) remains. Sizes take K, M, G, T (powers of 1024) and KB, MB, GB, TB (powers of 1000); ages take min, h, d, w. The newest file is always kept' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l run-after-file -d 'Command to run with sh after each finished file, without waiting for it. ALOUD_FILE is the file; ALOUD_FRAMES, ALOUD_SECONDS, ALOUD_BYTES, ALOUD_FORMAT, ALOUD_RATE, ALOUD_CHANNELS and ALOUD_START (RFC 3339) describe it. A failure is reported. At the end, commands that still run have 30 seconds' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l resample -d 'Quality of rate conversion; sound servers convert rates themselves unless -r is given' -r -f -a "fast\t''
good\t''
best\t''"
complete -c aloud -n "__fish_aloud_using_subcommand record" -l remix -d 'Source channel of each output channel, counted from 1 (2,1 swaps; 1,1 copies the first to both)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l gain -d 'Change the level by DB decibels (-6)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l volume -d 'Scale samples to PERCENT of their value (50 is -6 dB)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s d -l duration -d 'Stop after TIME (5, 1m30s, 1:30); 0 is no limit' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s s -l samples -d 'Stop after this many frames; 0 is no limit' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l subformat -d 'Sample subformat; only std is supported' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s R -l start-delay -d 'Start the device once this much is queued (play) or requested (record), in µs or with a unit; for play, 0 or less is relative to a full buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s T -l stop-delay -d 'Stop the device (xrun) once this much is free (play) or unread (record), in µs or with a unit; 0 or less is relative to a full buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s A -l avail-min -d 'Wake up once this much can be transferred, in µs or with a unit' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s V -l vumeter -d 'Show levels even without a terminal (mono: the loudest channel; stereo: each)' -r -f -a "mono\t'One bar, for the loudest channel'
stereo\t'One bar for each channel'"
complete -c aloud -n "__fish_aloud_using_subcommand record" -l timeout -d 'Stop with status 7 if the device takes or delivers no data for this long (0: never)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l process-id-file -d 'Write the process ID to FILE; the file is removed at the end' -r -F
complete -c aloud -n "__fish_aloud_using_subcommand record" -s D -l device -d 'Device: a PCM name, or part of a card\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l card -d 'Use the first device of a card (index, ID, name)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s f -l format -d 'Sample format (S16_LE), or a preset: cd, cdr, dat' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s c -l channels -d 'Number of channels' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s r -l rate -d 'Sample rate in Hz (48000) or kHz (44.1k)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l period-size -d 'Period size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l buffer-size -d 'Buffer size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s F -l period-time -d 'Period time in µs, or with a unit (20ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s B -l buffer-time -d 'Buffer time in µs, or with a unit (500ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l periods -d 'Number of periods in the buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l tstamp-mode -d 'Whether to enable device timestamps' -r -f -a "none\t''
enable\t''"
complete -c aloud -n "__fish_aloud_using_subcommand record" -l tstamp-type -d 'Clock of the timestamps' -r -f -a "gettimeofday\t''
monotonic\t''
monotonic_raw\t''"
complete -c aloud -n "__fish_aloud_using_subcommand record" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand record" -l use-strftime -d 'Expand FILE as a strftime format; %v is the file number'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s I -l separate-channels -d 'Write one file per channel'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l fill-gaps -d 'Replace lost frames with silence'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l sync -d 'Flush the file to disk at each checkpoint (every second)'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l part -d 'Write to NAME.part and rename it when complete; the default with --max-file-time'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l no-part -d 'Write to the final name from the start'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l no-clobber -d 'Do not overwrite existing files'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l exact -d 'Fail instead of converting what the device does not support'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l no-dither -d 'Do not dither when reducing the bit depth'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s i -l interactive -d 'Read keys: Space or Enter pauses, q quits'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l fatal-errors -d 'Stop at the first xrun, with status 8'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l dump-hw-params -d 'Print the hardware parameters that the device supports before starting'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s N -l nonblock -d 'Open in non-blocking mode: do not wait for a busy device'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s M -l mmap -d 'Transfer frames by memory mapping (mmap)'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l disable-resample -d 'Disable alsa-lib\'s rate conversion'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l disable-channels -d 'Disable alsa-lib\'s channel conversion'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l disable-format -d 'Disable alsa-lib\'s sample format conversion'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l disable-softvol -d 'Disable alsa-lib\'s software volume (softvol)'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s C -l capture -d 'PCM to capture from (an alsa-lib name)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s P -l playback -d 'PCM to play on (an alsa-lib name)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l latency -d 'Latency from input to output (20ms, 0.1)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s d -l duration -d 'Stop after TIME (5, 1m30s, 1:30); 0 is no limit' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s s -l samples -d 'Stop after this many frames; 0 is no limit' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l on-lost -d 'What to do when the device goes away (fail, wait, wait=TIME)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l on-sound -d 'Play only while there is sound (above DBFS)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l run-before-start -d 'Command to run with sh each time before playback starts' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l run-after-stop -d 'Command to run with sh each time after playback has stopped' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l input-mixer -d 'Copy volume changes of this mixer control to --output-mixer: Capture, or Capture:CARD' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l output-mixer -d 'Mixer control that follows --input-mixer: Master, or Master:CARD' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s V -l vumeter -d 'Show levels even without a terminal (mono: the loudest channel; stereo: each)' -r -f -a "mono\t'One bar, for the loudest channel'
stereo\t'One bar for each channel'"
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l timeout -d 'Stop with status 7 if a device takes or delivers no data for this long (0: never)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s f -l format -d 'Sample format (S16_LE), or a preset: cd, cdr, dat' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s c -l channels -d 'Number of channels' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s r -l rate -d 'Sample rate in Hz (48000) or kHz (44.1k)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l period-size -d 'Period size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l buffer-size -d 'Buffer size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s F -l period-time -d 'Period time in µs, or with a unit (20ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s B -l buffer-time -d 'Buffer time in µs, or with a unit (500ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l periods -d 'Number of periods in the buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l no-drift -d 'Do not correct clock drift by resampling'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l fatal-errors -d 'Stop at the first xrun, with status 8'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s N -l nonblock -d 'Open in non-blocking mode: do not wait for a busy device'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s M -l mmap -d 'Transfer frames by memory mapping (mmap)'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l disable-resample -d 'Disable alsa-lib\'s rate conversion'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l disable-channels -d 'Disable alsa-lib\'s channel conversion'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l disable-format -d 'Disable alsa-lib\'s sample format conversion'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l disable-softvol -d 'Disable alsa-lib\'s software volume (softvol)'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l sine -l frequency -d 'Sine of this frequency (440, 1k); the default' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l sweep -d 'Sine sweep from one frequency to another' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l level -d 'Level in dB of full scale' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l speaker -d 'Play channel N only, counted from 1' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s d -l duration -d 'Stop after TIME (5, 1m30s, 1:30); 0 is no limit' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s s -l samples -d 'Stop after this many frames; 0 is no limit' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s D -l device -d 'Device: a PCM name, or part of a card\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l card -d 'Use the first device of a card (index, ID, name)' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s f -l format -d 'Sample format (S16_LE), or a preset: cd, cdr, dat' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s c -l channels -d 'Number of channels' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s r -l rate -d 'Sample rate in Hz (48000) or kHz (44.1k)' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l period-size -d 'Period size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l buffer-size -d 'Buffer size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s F -l period-time -d 'Period time in µs, or with a unit (20ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s B -l buffer-time -d 'Buffer time in µs, or with a unit (500ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l periods -d 'Number of periods in the buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l tstamp-mode -d 'Whether to enable device timestamps' -r -f -a "none\t''
enable\t''"
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l tstamp-type -d 'Clock of the timestamps' -r -f -a "gettimeofday\t''
monotonic\t''
monotonic_raw\t''"
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l pink -d 'Pink noise: equal power per octave'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l white -d 'White noise: equal power per hertz'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l silence -d 'Digital silence'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l speakers -d 'Play one channel at a time, for a second each, repeatedly'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l fatal-errors -d 'Stop at the first underrun, with status 8'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s N -l nonblock -d 'Open in non-blocking mode: do not wait for a busy device'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s M -l mmap -d 'Transfer frames by memory mapping (mmap)'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l disable-resample -d 'Disable alsa-lib\'s rate conversion'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l disable-channels -d 'Disable alsa-lib\'s channel conversion'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l disable-format -d 'Disable alsa-lib\'s sample format conversion'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l disable-softvol -d 'Disable alsa-lib\'s software volume (softvol)'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixers" -s D -l device -d 'Mixer: a ctl name, or part of a card\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixers" -s c -l card -d 'Use the mixer of this card (index, ID, name)' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixers" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixers" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand mixers" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixers" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand mixers" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set ui watch elements save load" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set ui watch elements save load" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set ui watch elements save load" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set ui watch elements save load" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set ui watch elements save load" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set ui watch elements save load" -f -a "get" -d 'Show the values of a control, or of all controls'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set ui watch elements save load" -f -a "set" -d 'Change a control'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set ui watch elements save load" -f -a "ui" -d 'Full-screen mixer with alsamixer\'s keys'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set ui watch elements save load" -f -a "watch" -d 'Report changes of a mixer\'s controls until interrupted'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set ui watch elements save load" -f -a "elements" -d 'List the raw elements behind a card\'s controls'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set ui watch elements save load" -f -a "save" -d 'Save all settings of a card to a file'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set ui watch elements save load" -f -a "load" -d 'Restore saved settings'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -s D -l device -d 'Mixer: a ctl name, or part of a card\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -s c -l card -d 'Use the mixer of this card (index, ID, name)' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -s M -l mapped -d 'Show alsamixer\'s mapped (perceptual) percentages'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -s D -l device -d 'Mixer: a ctl name, or part of a card\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -s c -l card -d 'Use the mixer of this card (index, ID, name)' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -l channel -d 'Change only this channel, counted from 0' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -l over -d 'Fade to the volume over TIME, for example 2s' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -l batch -d 'Read changes from a file (- is standard input), one per line: CONTROL VALUE...; # starts a comment' -r -F
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -l playback -d 'Change playback'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -l capture -d 'Change capture'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -s M -l mapped -d 'Use alsamixer\'s mapped (perceptual) percentages'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from ui" -s D -l device -d 'Mixer: a ctl name, or part of a card\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from ui" -s c -l card -d 'Use the mixer of this card (index, ID, name)' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from ui" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from ui" -l capture -d 'Start with the capture controls'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from ui" -l raw -d 'Start with raw percent, not alsamixer\'s scale'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from ui" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from ui" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from ui" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from ui" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -s D -l device -d 'Mixer: a ctl name, or part of a card\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -s c -l card -d 'Use the mixer of this card (index, ID, name)' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -l on-lost -d 'What to do when the device goes away (fail, wait, wait=TIME)' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from elements" -s D -l device -d 'Mixer: a ctl name, or part of a card\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from elements" -s c -l card -d 'Use the mixer of this card (index, ID, name)' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from elements" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from elements" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from elements" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from elements" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from elements" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from save" -s D -l device -d 'Mixer: a ctl name, or part of a card\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from save" -s c -l card -d 'Use the mixer of this card (index, ID, name)' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from save" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from save" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from save" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from save" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from save" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -s D -l device -d 'Mixer: a ctl name, or part of a card\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -s c -l card -d 'Use the mixer of this card (index, ID, name)' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -l dry-run -d 'Show what would change, without changing it'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand completions" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand completions" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand completions" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand completions" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand schema" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand schema" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand schema" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand schema" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand man" -l color -d 'When to use color' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand man" -l json -d 'Print JSON: a document, or one event per line'
complete -c aloud -n "__fish_aloud_using_subcommand man" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand man" -s v -l verbose -d 'Print more: device parameters, libasound\'s messages'
complete -c aloud -n "__fish_aloud_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand completions" -f -a "bash elvish fish powershell zsh"
complete -c aloud -n "__fish_aloud_using_subcommand man" -f -a "devices doctor list-pcms list-cards info play record loopback tone mixers mixer completions schema man"
