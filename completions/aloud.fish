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

complete -c aloud -n "__fish_aloud_needs_command" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_needs_command" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_needs_command" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_needs_command" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_needs_command" -s V -l version -d 'Print version'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "list-pcms" -d 'List PCM names, with what they are'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "list-cards" -d 'List sound cards, and the PCM devices of each'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "info" -d 'Tell what a PCM got, what it can (--probe), or what a sound file is'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "play" -d 'Play sound files, or what comes through a pipe'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "record" -d 'Record to sound files, or to a pipe'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "loopback" -d 'Pass on what one device captures to another that plays it'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "tone" -d 'Play a sine, a sweep, noise or silence, on all speakers or on one at a time'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "mixers" -d 'List the names of a mixer\'s controls'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "mixer" -d 'Read and set volumes, switches and choices'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c aloud -n "__fish_aloud_needs_command" -f -a "man" -d 'Print the manual page, of aloud or of one command'
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -s P -l playback -d 'Those that play (the default)'
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -s C -l capture -d 'Those that record'
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -s a -l all -d 'Both'
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand list-pcms" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand list-cards" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand list-cards" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand list-cards" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand list-cards" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand list-cards" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand info" -s D -l device -d 'The PCM to open, by alsa-lib\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -l card -d 'Open card N\'s first device (the same as -D hw:N)' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -s f -l format -d 'Sample format: alsa-lib\'s name, or cd (S16_LE, 44100 Hz, 2 channels), cdr (the same in S16_BE), dat (S16_LE, 48000 Hz, 2 channels)' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -s c -l channels -d 'Channels' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -s r -l rate -d 'Rate in Hz (48000, 44.1k; under 1000 it is kHz)' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -l period-size -d 'Period size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -l buffer-size -d 'Buffer size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -s F -l period-time -d 'Period time in µs, or with a unit (20ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -s B -l buffer-time -d 'Buffer time in µs, or with a unit (500ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -l periods -d 'Periods in a buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand info" -l tstamp-mode -d 'Have the device stamp time' -r -f -a "none\t''
enable\t''"
complete -c aloud -n "__fish_aloud_using_subcommand info" -l tstamp-type -d 'The clock of the time stamps' -r -f -a "gettimeofday\t''
monotonic\t''
monotonic_raw\t''"
complete -c aloud -n "__fish_aloud_using_subcommand info" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand info" -s C -l capture -d 'Open it for capture'
complete -c aloud -n "__fish_aloud_using_subcommand info" -s P -l playback -d 'Open it for playback (the default)'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l probe -d 'Tell what the device can do instead'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l dump -d 'Print pyalsaaudio\'s dumpinfo() instead: 26 lines'
complete -c aloud -n "__fish_aloud_using_subcommand info" -s N -l nonblock -d 'Open without waiting for a device that is in use'
complete -c aloud -n "__fish_aloud_using_subcommand info" -s M -l mmap -d 'Move frames through the device\'s own memory'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l disable-resample -d 'Let no alsa-lib plugin change the rate'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l disable-channels -d 'Let no alsa-lib plugin change the channels'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l disable-format -d 'Let no alsa-lib plugin change the sample format'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l disable-softvol -d 'Use no software volume'
complete -c aloud -n "__fish_aloud_using_subcommand info" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand info" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand info" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand info" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand play" -s t -l file-type -d 'What the files must be (wav, flac, mp3, raw …), instead of finding out' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s m -l channel-map -l chmap -d 'The order of the channels in the files (FL,FR,FC,LFE …)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l start -d 'Where each file begins (5, 0.5, 1m30s, 1:30)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l end -d 'Where each file ends, counted from its own beginning' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l loop -d 'Play all files so often, without a gap between; 0 is for ever' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l fade-in -d 'Let each file begin silent and grow to its level for so long' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l fade-out -d 'Let each file fall silent for so long before its end' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l replaygain -d 'Make files as loud as their ReplayGain tags say, but not so loud that they clip' -r -f -a "track\t'All tracks equally loud'
album\t'All albums equally loud'
off\t''"
complete -c aloud -n "__fish_aloud_using_subcommand play" -l test-coef -d 'How many half buffers are too far for --test-position' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l resample -d 'How well rates are converted; a sound server converts them itself, unless -r names the one it is to get' -r -f -a "fast\t''
good\t''
best\t''"
complete -c aloud -n "__fish_aloud_using_subcommand play" -l remix -d 'Which channel of the sound each channel is that comes out, counted from 1 (2,1 swaps, 1,1 is the first on both)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l gain -d 'Make it louder or softer by so many dB (-6)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l volume -d 'How loud, in percent of the samples as they are (50 is -6 dB)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s d -l duration -d 'At most this long (5, 0.5, 1m30s, 1:30); 0 or none is all there is. Each file by itself where several are played' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s s -l samples -d 'At most this many frames; 0 or none is all there is' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l subformat -d 'Sample subformat: std, all bits of a sample; libasound 1.2.8 can set no other' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s R -l start-delay -d 'Start once this much is queued (playing; 0 or less counts from a full buffer) or asked for (recording), in µs or with a unit' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s T -l stop-delay -d 'Stop (an xrun) once this much is free or unread, in µs or with a unit; 0 or less counts from a whole buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s A -l avail-min -d 'Wake once this much can be moved, in µs or with a unit' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s V -l vumeter -d 'Show levels even where there is no terminal: mono or stereo, as aplay and arecord' -r -f -a "mono\t''
stereo\t''"
complete -c aloud -n "__fish_aloud_using_subcommand play" -l process-id-file -d 'Write the process id here, and remove the file at the end' -r -F
complete -c aloud -n "__fish_aloud_using_subcommand play" -s D -l device -d 'The PCM to open, by alsa-lib\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l card -d 'Open card N\'s first device (the same as -D hw:N)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s f -l format -d 'Sample format: alsa-lib\'s name, or cd (S16_LE, 44100 Hz, 2 channels), cdr (the same in S16_BE), dat (S16_LE, 48000 Hz, 2 channels)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s c -l channels -d 'Channels' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s r -l rate -d 'Rate in Hz (48000, 44.1k; under 1000 it is kHz)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l period-size -d 'Period size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l buffer-size -d 'Buffer size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s F -l period-time -d 'Period time in µs, or with a unit (20ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -s B -l buffer-time -d 'Buffer time in µs, or with a unit (500ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l periods -d 'Periods in a buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand play" -l tstamp-mode -d 'Have the device stamp time' -r -f -a "none\t''
enable\t''"
complete -c aloud -n "__fish_aloud_using_subcommand play" -l tstamp-type -d 'The clock of the time stamps' -r -f -a "gettimeofday\t''
monotonic\t''
monotonic_raw\t''"
complete -c aloud -n "__fish_aloud_using_subcommand play" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand play" -s I -l separate-channels -d 'Each file is one channel (raw samples unless they say otherwise); they play together'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l test-position -d 'Warn where the device\'s own count of its frames cannot be right'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l exact -d 'Refuse what the device cannot do as it is, instead of converting'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l no-dither -d 'Round samples to the nearest without dither'
complete -c aloud -n "__fish_aloud_using_subcommand play" -s i -l interactive -d 'Space or Enter pauses and goes on, q ends'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l fatal-errors -d 'End at the first xrun, with status 8'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l dump-hw-params -d 'Print what the device can do before it is used'
complete -c aloud -n "__fish_aloud_using_subcommand play" -s N -l nonblock -d 'Open without waiting for a device that is in use'
complete -c aloud -n "__fish_aloud_using_subcommand play" -s M -l mmap -d 'Move frames through the device\'s own memory'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l disable-resample -d 'Let no alsa-lib plugin change the rate'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l disable-channels -d 'Let no alsa-lib plugin change the channels'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l disable-format -d 'Let no alsa-lib plugin change the sample format'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l disable-softvol -d 'Use no software volume'
complete -c aloud -n "__fish_aloud_using_subcommand play" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand play" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand play" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand play" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s t -l file-type -d 'What to write: wav, flac, rf64, w64, au, raw; by default what the file\'s suffix says, else wav' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l compression -d 'How hard FLAC is compressed: 0 is fastest, 8 smallest' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l title -d 'What the recording is called, kept in the file' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l artist -d 'Who is heard' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l comment -d 'Anything else that the file is to say' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l max-file-time -d 'Go on in a new file after this long; not a frame is lost between' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l ring -d 'How long a disk or a pipe may stall without a loss' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l timestamps -d 'Tell with each second of frames at which time it was captured, into this file (or as events with --json)' -r -F
complete -c aloud -n "__fish_aloud_using_subcommand record" -l resample -d 'How well rates are converted; a sound server converts them itself, unless -r names the one it is to get' -r -f -a "fast\t''
good\t''
best\t''"
complete -c aloud -n "__fish_aloud_using_subcommand record" -l remix -d 'Which channel of the sound each channel is that comes out, counted from 1 (2,1 swaps, 1,1 is the first on both)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l gain -d 'Make it louder or softer by so many dB (-6)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l volume -d 'How loud, in percent of the samples as they are (50 is -6 dB)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s d -l duration -d 'At most this long (5, 0.5, 1m30s, 1:30); 0 or none is all there is. Each file by itself where several are played' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s s -l samples -d 'At most this many frames; 0 or none is all there is' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l subformat -d 'Sample subformat: std, all bits of a sample; libasound 1.2.8 can set no other' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s R -l start-delay -d 'Start once this much is queued (playing; 0 or less counts from a full buffer) or asked for (recording), in µs or with a unit' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s T -l stop-delay -d 'Stop (an xrun) once this much is free or unread, in µs or with a unit; 0 or less counts from a whole buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s A -l avail-min -d 'Wake once this much can be moved, in µs or with a unit' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s V -l vumeter -d 'Show levels even where there is no terminal: mono or stereo, as aplay and arecord' -r -f -a "mono\t''
stereo\t''"
complete -c aloud -n "__fish_aloud_using_subcommand record" -l process-id-file -d 'Write the process id here, and remove the file at the end' -r -F
complete -c aloud -n "__fish_aloud_using_subcommand record" -s D -l device -d 'The PCM to open, by alsa-lib\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l card -d 'Open card N\'s first device (the same as -D hw:N)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s f -l format -d 'Sample format: alsa-lib\'s name, or cd (S16_LE, 44100 Hz, 2 channels), cdr (the same in S16_BE), dat (S16_LE, 48000 Hz, 2 channels)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s c -l channels -d 'Channels' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s r -l rate -d 'Rate in Hz (48000, 44.1k; under 1000 it is kHz)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l period-size -d 'Period size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l buffer-size -d 'Buffer size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s F -l period-time -d 'Period time in µs, or with a unit (20ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -s B -l buffer-time -d 'Buffer time in µs, or with a unit (500ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l periods -d 'Periods in a buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand record" -l tstamp-mode -d 'Have the device stamp time' -r -f -a "none\t''
enable\t''"
complete -c aloud -n "__fish_aloud_using_subcommand record" -l tstamp-type -d 'The clock of the time stamps' -r -f -a "gettimeofday\t''
monotonic\t''
monotonic_raw\t''"
complete -c aloud -n "__fish_aloud_using_subcommand record" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand record" -l use-strftime -d 'FILE is a strftime pattern; %v is the number of the file'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s I -l separate-channels -d 'Write one file for each channel'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l fill-gaps -d 'Replace what an overrun lost by that length of silence, so that time stays true'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l sync -d 'Have what was written reach the disk itself with each checkpoint'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l part -d 'Write NAME.part and rename it when it is complete; the default for files that are split'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l no-part -d 'Write under the final name from the start'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l no-clobber -d 'Refuse to replace a file'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l exact -d 'Refuse what the device cannot do as it is, instead of converting'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l no-dither -d 'Round samples to the nearest without dither'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s i -l interactive -d 'Space or Enter pauses and goes on, q ends'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l fatal-errors -d 'End at the first xrun, with status 8'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l dump-hw-params -d 'Print what the device can do before it is used'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s N -l nonblock -d 'Open without waiting for a device that is in use'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s M -l mmap -d 'Move frames through the device\'s own memory'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l disable-resample -d 'Let no alsa-lib plugin change the rate'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l disable-channels -d 'Let no alsa-lib plugin change the channels'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l disable-format -d 'Let no alsa-lib plugin change the sample format'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l disable-softvol -d 'Use no software volume'
complete -c aloud -n "__fish_aloud_using_subcommand record" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand record" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s C -l capture -d 'The PCM to capture from, by alsa-lib\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s P -l playback -d 'The PCM to play on' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l latency -d 'Time from input to output (20ms, 0.1); at least two periods; by default four, and more where xruns show that the machine needs it' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s d -l duration -d 'End after this long (5, 0.5, 1m30s, 1:30; 0 is never)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s s -l samples -d 'End after this many frames (0 is never)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l on-sound -d 'Play only while there is sound: all but digital silence, or what is above a level in dBFS (--on-sound=-60); two seconds without it close the playing device' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l run-before-start -d 'Run this with sh before it begins to play, each time' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l run-after-stop -d 'Run this with sh after it has played, each time' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l input-mixer -d 'Carry the volume of this mixer control over to the one of --output-mixer while it runs: Capture, or Capture:CARD' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l output-mixer -d 'The control that follows: Master, or Master:CARD' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s V -l vumeter -d 'Show levels even where there is no terminal: mono or stereo' -r -f -a "mono\t''
stereo\t''"
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s f -l format -d 'Sample format: alsa-lib\'s name, or cd (S16_LE, 44100 Hz, 2 channels), cdr (the same in S16_BE), dat (S16_LE, 48000 Hz, 2 channels)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s c -l channels -d 'Channels' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s r -l rate -d 'Rate in Hz (48000, 44.1k; under 1000 it is kHz)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l period-size -d 'Period size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l buffer-size -d 'Buffer size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s F -l period-time -d 'Period time in µs, or with a unit (20ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s B -l buffer-time -d 'Buffer time in µs, or with a unit (500ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l periods -d 'Periods in a buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l no-drift -d 'Do not resample where the clocks differ: what becomes too much or too little is an xrun'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l fatal-errors -d 'End at the first xrun, with status 8'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s N -l nonblock -d 'Open without waiting for a device that is in use'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s M -l mmap -d 'Move frames through the device\'s own memory'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l disable-resample -d 'Let no alsa-lib plugin change the rate'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l disable-channels -d 'Let no alsa-lib plugin change the channels'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l disable-format -d 'Let no alsa-lib plugin change the sample format'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l disable-softvol -d 'Use no software volume'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand loopback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l sine -l frequency -d 'A sine of this frequency (440, 1k), below half the rate; this is what is played by default' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l sweep -d 'A sine that goes from one frequency to the other, by the same number of octaves in every second' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l level -d 'How loud, in dB of full scale: the peak of a sine or sweep, the RMS of noise (white at most -4.8, pink at most -17)' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l speaker -d 'One channel by itself, counted from 1' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s d -l duration -d 'Play this long (5, 0.5, 1m30s, 1:30; 0 is without end)' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s s -l samples -d 'Play this many frames (0 is without end)' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s D -l device -d 'The PCM to open, by alsa-lib\'s name' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l card -d 'Open card N\'s first device (the same as -D hw:N)' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s f -l format -d 'Sample format: alsa-lib\'s name, or cd (S16_LE, 44100 Hz, 2 channels), cdr (the same in S16_BE), dat (S16_LE, 48000 Hz, 2 channels)' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s c -l channels -d 'Channels' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s r -l rate -d 'Rate in Hz (48000, 44.1k; under 1000 it is kHz)' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l period-size -d 'Period size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l buffer-size -d 'Buffer size in frames' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s F -l period-time -d 'Period time in µs, or with a unit (20ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s B -l buffer-time -d 'Buffer time in µs, or with a unit (500ms)' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l periods -d 'Periods in a buffer' -r
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l tstamp-mode -d 'Have the device stamp time' -r -f -a "none\t''
enable\t''"
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l tstamp-type -d 'The clock of the time stamps' -r -f -a "gettimeofday\t''
monotonic\t''
monotonic_raw\t''"
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l pink -d 'Pink noise: the same power in every octave'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l white -d 'White noise: the same power in every hertz'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l silence -d 'Digital silence'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l speakers -d 'Each channel by itself for a second, in turn, over and over'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l fatal-errors -d 'End at the first underrun, with status 8'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s N -l nonblock -d 'Open without waiting for a device that is in use'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s M -l mmap -d 'Move frames through the device\'s own memory'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l disable-resample -d 'Let no alsa-lib plugin change the rate'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l disable-channels -d 'Let no alsa-lib plugin change the channels'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l disable-format -d 'Let no alsa-lib plugin change the sample format'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l disable-softvol -d 'Use no software volume'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand tone" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixers" -s D -l device -d 'The mixer (ctl), by alsa-lib\'s name: default, hw:0, pulse' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixers" -s c -l card -d 'That of a card: its number, id or name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixers" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixers" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand mixers" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixers" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand mixers" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set watch elements save load" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set watch elements save load" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set watch elements save load" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set watch elements save load" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set watch elements save load" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set watch elements save load" -f -a "get" -d 'Tell the values of a control, or of all'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set watch elements save load" -f -a "set" -d 'Change a control'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set watch elements save load" -f -a "watch" -d 'Tell each change of a mixer\'s controls, until stopped'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set watch elements save load" -f -a "elements" -d 'List the raw elements that a card\'s controls are made of'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set watch elements save load" -f -a "save" -d 'Save all that can be set of a card into a file'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and not __fish_seen_subcommand_from get set watch elements save load" -f -a "load" -d 'Set what was saved of a card'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -s D -l device -d 'The mixer (ctl), by alsa-lib\'s name: default, hw:0, pulse' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -s c -l card -d 'That of a card: its number, id or name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -s D -l device -d 'The mixer (ctl), by alsa-lib\'s name: default, hw:0, pulse' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -s c -l card -d 'That of a card: its number, id or name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -l channel -d 'Change this channel only, counted from 0' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -l over -d 'Move the volume there over a time (2s), in steps that sound even' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -l batch -d 'Read changes from a file (- is standard input), a line each: CONTROL VALUE...; # begins a comment' -r -F
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -l playback -d 'Change what is played'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -l capture -d 'Change what is recorded'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -s M -l mapped -d 'Take percent for those of alsamixer\'s scale, which sounds even'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -s D -l device -d 'The mixer (ctl), by alsa-lib\'s name: default, hw:0, pulse' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -s c -l card -d 'That of a card: its number, id or name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from elements" -s D -l device -d 'The mixer (ctl), by alsa-lib\'s name: default, hw:0, pulse' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from elements" -s c -l card -d 'That of a card: its number, id or name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from elements" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from elements" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from elements" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from elements" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from elements" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from save" -s D -l device -d 'The mixer (ctl), by alsa-lib\'s name: default, hw:0, pulse' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from save" -s c -l card -d 'That of a card: its number, id or name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from save" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from save" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from save" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from save" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from save" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -s D -l device -d 'The mixer (ctl), by alsa-lib\'s name: default, hw:0, pulse' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -s c -l card -d 'That of a card: its number, id or name' -r
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -l dry-run -d 'Tell what would be changed, and change nothing'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand mixer; and __fish_seen_subcommand_from load" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand completions" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand completions" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand completions" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand completions" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand man" -l color -d 'Use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c aloud -n "__fish_aloud_using_subcommand man" -l json -d 'Print JSON: one document, or one object a line for what goes on'
complete -c aloud -n "__fish_aloud_using_subcommand man" -s q -l quiet -d 'Print errors only'
complete -c aloud -n "__fish_aloud_using_subcommand man" -s v -l verbose -d 'Say more: what was asked for and granted, and what libasound says (repeat for yet more)'
complete -c aloud -n "__fish_aloud_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c aloud -n "__fish_aloud_using_subcommand completions" -f -a "bash elvish fish powershell zsh"
complete -c aloud -n "__fish_aloud_using_subcommand man" -f -a "list-pcms list-cards info play record loopback tone mixers mixer completions man"
