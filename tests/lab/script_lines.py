"""Command lines of public scripts, desktops, services and programs, adapted to the cards Dummy and Loopback."""

# Keys, bars and menus of desktops. A volume of the card is from -50 to 100.
DESKTOP = """
amixer -q sset Master toggle
amixer -q set Master mute
amixer -q set Master unmute
amixer set Master mute
amixer set Master on
amixer set Master off
amixer set Master 80% unmute
amixer set Master 100%
amixer set Master 0
amixer sset Master 0%
amixer -q sset Master 30% unmute
amixer -q sset Master,0 100%,100% unmute
amixer sset 'Master',0 60%,60% unmute
amixer -c 0 sset 'Master',0 100% cap
amixer -c Dummy set Master 70%
amixer --card 0
amixer --card Dummy set Master toggle
amixer --card=0 set Master cap
amixer -c0 set Master playback 70%
amixer -c0 -- sset Master playback -20dB
amixer -c 0 -- sset Master playback 0dB
amixer -c 0 -q set Master 2dB
amixer set Master 65%
amixer set Master -q 40%
amixer set -q Master 40%
amixer -q set 'Master' 20 unmute
amixer -M set Master 40%
amixer -M set 'Master' 100%
amixer sset Mic 10% -M
amixer set Master 55% | tail -n1
amixer -M sget Master | grep -o -m 1 '[[:digit:]]*%' | tr -d '%'
amixer -M sset Master 30% unmute | grep -o -m 1 '[[:digit:]]*%' | tr -d '%'
amixer -R get Master | grep "\\[" | cut -d "[" -f 4 | cut -d "]" -f 1
amixer -R | grep -A 4 Master | grep -Eo '[0-9]+%' | grep -Eo '[0-9]+'
amixer -Rn sget 'Master',0 | awk '/Mono:/ {print $3}'
amixer -R sset Mic cap
amixer -R sset Mic nocap
amixer sget Master | tail -n1 | sed -r "s/.*\\[(.*)\\]/\\1/"
amixer get Master | tail -n1 | sed -r "s/.*\\[(.*)%\\].*/\\1/"
amixer sget Master | grep "%" | cut -f 6 -d ' '
amixer sget Master | grep -o -m 1 '[[:digit:]]*%' | tr -d '%'
amixer sget Master | grep -E -o "\\[on\\]" | head -n 1
amixer sget Master | awk -F"[][]" '/Left/ { print $2 }'
amixer sget Master | awk -F"[][]" '/Left/ { print $4 }'
amixer sget Master | sed -n "0,/.*\\[\\([0-9]\\+\\)%\\].*/s//\\1/p"
amixer get Master | grep "Mono: Playback"; amixer get Mic | grep "Front Left: Capture"
amixer sget Mic | grep Left: | grep -Eo '\\bon\\b|\\boff\\b'
amixer get Mic | grep '\\[on\\]' > /dev/null; echo $?
amixer get Capture | grep off
amixer get Capture 2>/dev/null || amixer get Mic 2>/dev/null
amixer -q set Capture cap
amixer -q set Capture nocap || amixer -q set Mic cap
amixer scontrols | sed 's/Simple mixer control //' | tr -d "'"
amixer scontrols | grep -Po "(?<=')(Master|Speaker|HDMI|PCM)(?=')"
amixer scontrols | sed -nr "s/.*'([[:alnum:]]+)'.*/\\1/p"
amixer scontrols | awk -F"'" '{print $2; exit}'
amixer scontrols | grep -q Master && echo yes
amixer scontrols | while read control; do amixer set "$control" unmute cap; done
amixer | grep -o -m 1 "'[^']*'" | tr -d "'"
amixer controls | tr -d "'"
amixer -c0 controls | grep -iE "Speaker Switch|Master Capture Switch"
amixer get "$(amixer scontrols | sed -n "1s/.*'\\(.*\\)'.*/\\1/p")" | grep "Limits:" | tr -s ' ' | cut -d' ' -f6
amixer -c 0 sget Master,0 | grep dB | head -n1 | cut -f 7 -d ' ' | sed -e's/\\[//g' -e 's/\\]//g'
amixer -D default sget Master
amixer -D default -q sset Master toggle
amixer -D default set Master mute
amixer -D default sset Capture toggle
amixer -D default sset Master Playback 0%
amixer -D default sset 'Master' 20%
amixer -D hw:0 sset Master 41%
amixer -D hw:Dummy sget Master
amixer -D hw:CARD=Dummy sget Master
amixer -D sysdefault:CARD=Dummy sget Master
amixer -D sysdefault:0 scontrols
amixer -D pulse sset Master 5%+
amixer -q -D pulse sset Master toggle
amixer -q -D pulse sset Master toggle 2>/dev/null || amixer -q sset Master toggle
amixer -D pipewire sset Master 5%+
amixer -D bluealsa sset 'LBT-SPP20 - A2DP' 50%
amixer -D equal sset '00. 31 Hz' 60%
amixer -c 1 sset Master 5%+
amixer -c 2 sset Speaker 50%
amixer -c PCH set Master 1%-
amixer sset Speaker 50% 2>/dev/null || amixer sset PCM 50% 2>/dev/null || amixer sset Master 50%
for c in Master PCM Speaker Headphone Front; do amixer -q sset $c unmute 2>/dev/null || true; done
amixer -q sset Master 80% 2>/dev/null || true
for i in 10 40 70; do amixer -q set Master $i%; amixer get Master | tail -1; done
amixer sset 'Auto-Mute Mode' Disabled
amixer -c 0 sset "Auto-Mute Mode" Disabled > /dev/null
amixer -c0 sset 'Input Source',0 Line
amixer sset 'External I/O Box' 'CD Player'
amixer -q set 'External I/O Box' 'None'
amixer sget 'External I/O Box' | grep Item0 | cut -d"'" -f2
amixer sset 'Headphone',0 100% unmute
amixer sset Master frontleft 20 frontright 40
amixer set Master front 50% rear 50%
amixer set Line 0% mute nocap
amixer set Line,0 mute cap
amixer set Mic 12 capture on
amixer set CD 31,31 unmute
amixer set Synth 45%-55%
amixer set Master 0dB
amixer set Master 0.0dB
amixer set Master -3dB
amixer set Master -- -3dB
amixer sset Master '-6.5dB'
amixer set Master 50%% unmute
amixer set Master +
amixer set Master 100 %
amixer set Master 50% unmute cap 40%
amixer set Master 65536
amixer set Master -10
amixer set Master 4000
amixer set Master playback 20% capture cap
amixer set Master capture 30%
amixer get Master playback
amixer get Master capture
amixer get Master 0
amixer set 'Master Volume' 50%
amixer set master 50%
amixer set MASTER 50%
amixer set "" 50%
amixer set
amixer get
amixer sset
amixer sget
amixer help
amixer --help > /dev/null; echo $?
amixer -h | head -n 5
amixer -v
amixer -c
amixer -c foo
amixer -D
amixer -q
amixer -qq get Master
amixer -i get Master
amixer -n get Master
amixer -nq set Master 20%
amixer -a none scontrols
amixer get Master -c 0
amixer get Master -c0 -M
amixer sget -c 0 Master
amixer sset Master 50% unmute -c 0 -q
amixer sset Master 10% 2>&1 >/dev/null
LANG=C amixer sget Master
LC_ALL=de_DE.UTF-8 amixer sget Master
LC_NUMERIC=de_DE.UTF-8 amixer set Master 2.5dB
env -i PATH="$PATH" amixer sget Master
amixer sget Master | head -n 1
amixer scontents | grep -c Simple
amixer contents | grep -A 2 numid=11
amixer info
amixer -c 1 info
amixer -c 1
amixer -c Loopback contents | head -n 20
amixer -c Loopback cset name='PCM Rate Shift 100000' 100000
amixer -c Loopback cget iface=PCM,name='PCM Notify',index=1
amixer -c Loopback cset iface=PCM,name='PCM Notify' on
amixer -c Loopback cset "iface=PCM,name='PCM Notify',device=1,subdevice=2" 1
"""

# Elements, as boards and embedded systems set them.
ELEMENTS = """
amixer cset numid=1 80%
amixer cset numid=1 100%
amixer cset numid=1 0%
amixer cset numid=1 87,87
amixer cset numid=1 -- -10
amixer cset numid=1 -- -1000
amixer cset numid=1 400
amixer cset numid=2 on,on
amixer cset numid=2 off,off
amixer cset numid=2 1
amixer cset numid=2 1,0
amixer cset numid=11 1
amixer cset numid=11 2
amixer cset numid=11 'CD Player'
amixer -q cset numid=11 0
amixer -c 0 cset numid=3 5 2>&1 >/dev/null
amixer -c0 cset numid=3 5 && echo ok
amixer -q -c 0 cset numid=2 on
amixer -c 0 cset name='Master Volume' 20
amixer -c 0 cset name='Master Volume' 20,30
amixer -c 0 cset name="Master Capture Switch" on
amixer -c 0 cset 'name="Master Volume"' 5
amixer -c 0 cset iface=MIXER,name='Master Volume' 50%
amixer -c 0 cset "iface=MIXER,name='Master Volume',index=0" 12
amixer cset "name='Master Volume'" 12
amixer cset iface=MIXER,name="Master Volume" 12,13
amixer cset numid=1,iface=MIXER,name='Master Volume' 25
amixer --card 0 cset numid=1,iface=MIXER,name='Master Volume' 27,27,27,27,27
amixer -Dhw:0 cset name='External I/O Box' 1
amixer -Dhw:0 cset name='External I/O Box' 'None'
amixer cset name='No Such Control' 1
amixer cset name='External I/O Box' 2>/dev/null; echo $?
amixer cset numid=77 1
amixer -q cset numid=77 1
amixer cget numid=1
amixer cget numid=2
amixer cget numid=11
amixer cget numid=11 | grep -oE 'values=[0-2]' | cut -d= -f2
amixer cget name='Master Volume'
amixer cget name='Master Volume' | grep "values=0,0" && echo ok
amixer cget name="Master Volume" | grep -o ': values=[-0-9]*' | grep -o '[-0-9]*'
amixer cget iface=MIXER,name='Master Capture Switch'
amixer cget iface=CARD,name='Master Volume'
amixer cget "iface=MIXER,name='Master Volume',device=0,subdevice=0,index=0"
amixer cget "numid=1,name='Master Volume'"
amixer cget numid=3,iface=MIXER
amixer cget Master
amixer cget 3
amixer cget name=Master
amixer cget name='Master'
amixer cget "name=Master Volume,index=1"
amixer cget 'name="Master Volume"'
amixer cget name='"Master Volume"',index=0
amixer cset numid=1 50%,60%
amixer cset numid=2 toggle
amixer cset numid=2 false
amixer cset numid=2 On
amixer cset numid=1 0x10
amixer cset numid=1 5.5
amixer cset
amixer cget
amixer cset numid=1
amixer controls | cut -d, -f1
amixer controls | grep 'Switch'
amixer contents | head -n 3
echo 'sset Master toggle' | amixer -s
echo 'sset Master 40%' | amixer -s
echo 'set Master 40%' | amixer -s
printf 'set Master toggle\\nset Mic toggle\\n' | amixer -s
printf "set 'External I/O Box' 'CD Player'\\n" | amixer -s
printf 'sset Master unmute\\n  sset Master 100%%\\n  sset PCM unmute\\n  sset Mic 10%%\\n' | amixer -s
printf "cset name='Master Volume' 7\\n" | amixer -s
printf 'cset name="Master Volume" 7,8\\n' | amixer -q -s
printf 'cset numid=1 7\\ncset numid=2 on\\ncset numid=11 1\\n' | amixer -c 0 -s
printf 'cset numid=1 7\\ncset numid=2 on\\ncset numid=11 1\\n' | amixer -qs
printf "cget name='Master Volume'\\nsget Master\\n" | amixer --stdin
printf 'sset Master 5\\r\\n' | amixer -s
printf 'sset Master 5' | amixer -s
printf 'scontrols\\n' | amixer -s
printf '\\n\\n' | amixer -s
printf 'sset Master 5 # comment\\n' | amixer -s
printf '# comment\\nsset Master 6\\n' | amixer -s
printf '\\tsset\\tMaster\\t7\\n' | amixer -s
printf 'sset Master,0 7\\nsset "Master",0 8\\n' | amixer -s
printf "sset 'Master',0 9\\n" | amixer -s
printf "sset Master 'front left' 9\\n" | amixer -s
printf 'sset Master 10,20 cap\\nsset Mic 10,20 nocap\\n' | amixer -s
printf "cset iface=MIXER,name='Master Volume',index=0 3,4\\n" | amixer -s
printf "cset numid=1,iface=MIXER,name='Master Volume' 3\\n" | amixer -s
printf "cset name='External I/O Box' 'CD Player'\\n" | amixer -s
printf "cset name='External I/O Box',index=0 CD\\\\ Player\\n" | amixer -s
amixer -s < /dev/null
amixer -s sget Master < /dev/null
amixer sset '"Master"' 3
amixer sset "'Master'" 3
amixer sset "'Master',0" 3
amixer sset 'Master, 0' 3
amixer sset ' Master' 3
amixer sset 'Master ' 3
amixer sset 'Master,1' 3
amixer sset 'Master,' 3
amixer sset 'Master,0x0' 3
amixer sset 'External I/O Box,0' 1
amixer sset "'External I/O Box',0" 'CD Player'
amixer sset 'External I/O Box' 1
amixer sset 'External I/O Box' CD
amixer sset 'External I/O Box' 'cd player'
printf 'sset Master 5 #foo\\n' | amixer -s
printf 'sset Master 5 ! foo\\n' | amixer -s
printf 'sset Master # 5\\nsset # Master 5\\n' | amixer -s
printf 'sset Master 5# 6\\n' | amixer -s
printf 'sset Master 5 "#" 6\\n' | amixer -s
amixer sset Master 'front left' 9
amixer sset Master 'front,left' 6
amixer sset Master 'front-left' 6
amixer sset Master 'front ' 6
amixer sset Master 'frontleft,frontright' 6
amixer sset "'Master', 0" 3
amixer sset "'Master' ,0" 3
amixer sset "'Master'x" 3
amixer sset Master "playback 5"
amixer sset Master "playback,5,6"
amixer sset Master "playback, 5"
amixer sset Master "playback mute"
amixer sset Master "playback 5 6"
amixer sset Master playback5 7
amixer sset 'Master,0 ' 3
"""

# States, as services, udev rules and people keep them.
STATES = """
alsactl --file asound.state store
alsactl --file=asound.state store
alsactl --file=asound.state store 0
alsactl -f asound.state store
alsactl -f asound.state store Dummy
alsactl store -f asound.state
alsactl store 0 -f asound.state
alsactl -f asound.state store; amixer -q set Master 5; alsactl -f asound.state restore; amixer get Master
alsactl -f a.state store; amixer -q set Master 5; alsactl -f b.state store; diff a.state b.state
alsactl --file x.state store; amixer -q set Master 5 cap; alsactl --file x.state restore 0; amixer get Master
alsactl --file x.state store; amixer -q cset numid=11 1; alsactl --file x.state restore Dummy; amixer cget numid=11
alsactl -f x.state store Dummy; sed -i 's/value.0 .*/value.0 9/' x.state; alsactl -f x.state restore Dummy; amixer contents
alsactl -f x.state store Dummy; sed -i 's/Master Volume/Other Volume/' x.state; alsactl -f x.state restore Dummy; echo $?
alsactl -F -f x.state store Dummy; sed -i 's/Master Volume/Other Volume/' x.state; alsactl -F -f x.state restore Dummy; echo $?
alsactl -f x.state store Dummy; sed -i 's/state.Dummy/state.PCH/' x.state; alsactl -I -f x.state restore; echo $?
alsactl -E HOME=/run/alsa -f x.state store
alsactl -E HOME=/run/alsa -E XDG_RUNTIME_DIR=/run/alsa/runtime -f x.state store
alsactl -E HOME=/run/alsa -I -f nofile restore 0
alsactl -E 'HOME=/var/run/alsasound' -I -f nofile restore 0
alsactl -E HOME=/run/alsa -N -f x.state store
alsactl --no-ucm -f x.state store
alsactl -g -f nofile restore; echo $?
alsactl -g -f x.state store; alsactl -g -f x.state restore; echo $?
alsactl --ignore -f nofile restore 2> /dev/null; echo $?
alsactl -f nofile restore > /dev/null 2>&1 || echo failed
alsactl -L -f x.state store
alsactl --no-lock --file x.state store 1
alsactl -P -f x.state store; alsactl -P -f x.state restore; echo $?
alsactl -F -f x.state store; alsactl -F -f x.state restore; echo $?
alsactl -f - store
alsactl -f - store 0 | grep -c control
alsactl -f /dev/stdout store 1 | head -n 5
alsactl -f /dev/stderr store 0 2>&1 | tail -n 3
alsactl -d -f - store 0 2>/dev/null | head -n 3
alsactl -f - store 0 | alsactl -f - restore 0; echo $?
alsactl -f x.state store; alsactl -f - restore < x.state; echo $?
alsactl store hw:0 -f x.state
alsactl store nosuch -f x.state
alsactl store 5 -f x.state
alsactl restore nosuch -f x.state
alsactl restore 7
alsactl restore 7 || true
alsactl names -f names.txt
alsactl
alsactl --help
alsactl --version
alsactl foo
alsactl info 0
alsactl info
alsactl info | grep -c card
alsactl clean 0
alsactl clean 0 name='Master Volume'
alsactl -e nopid kill quit
alsactl -e nopid kill rescan
alsactl -e nopid kill save_and_quit
alsactl -a x.lock -f x.state store
alsactl -O x.lock -f x.state store
alsactl -K . -f x.state store
alsactl -i /usr/share/alsa/init/00main init 0 > /dev/null 2>&1; echo $?
alsactl init; echo $?
alsactl init 0; echo $?
alsactl init 1; echo $?
alsactl init Dummy; echo $?
alsactl init hw:0; echo $?
alsactl init 2> /dev/null; echo $?
alsactl init 9; echo $?
alsactl init nosuch; echo $?
alsactl init 0 1; echo $?
alsactl -i nofile init; echo $?
alsactl -i nofile init 0; echo $?
alsactl -i my.rules init 0; echo $?; amixer cget numid=1
alsactl -i my.rules init; echo $?
alsactl --initfile=my.rules init Dummy; echo $?
alsactl -i bad.rules init 0; echo $?
alsactl -i bad.rules init; echo $?
alsactl -i five.rules init; echo $?
alsactl -i five.rules -f nofile restore; echo $?
alsactl -i true.rules init; echo $?
alsactl -i true.rules -f nofile restore; echo $?
alsactl -i true.rules -f nofile restore 0; echo $?
alsactl -i true.rules -g -f nofile restore; echo $?
alsactl -i true.rules -f other.state restore; echo $?
alsactl -i other.rules init 0; echo $?
alsactl -i my.rules -f nofile restore 0; echo $?; amixer cget numid=1
alsactl -i my.rules -f nofile restore; echo $?
alsactl -i my.rules -I -f nofile restore 0; echo $?; amixer cget numid=1
alsactl -i bad.rules -f nofile restore 0; echo $?
alsactl -i nofile -f nofile restore 0; echo $?
alsactl -f nofile restore 0; echo $?; amixer contents
alsactl -f empty.state restore; echo $?
alsactl -f empty.state restore 0; echo $?; amixer get Master
alsactl -I -f empty.state restore 0; echo $?
alsactl -f other.state restore 0; echo $?; amixer get Master
alsactl -f other.state restore; echo $?
alsactl -I -f other.state restore; echo $?
alsactl -P -f other.state restore; echo $?
alsactl -R -f x.state store; alsactl -R -f x.state restore; echo $?
alsactl -r errors -f other.state restore; echo $?; cat errors
alsactl -D -f other.state restore 0; echo $?
alsactl -U -f other.state restore 0; echo $?
alsactl -X -f other.state restore 0; echo $?
echo 'state.Dummy { }' | alsactl -f - restore; echo $?
"""

# What people test speakers with.
SPEAKERS = """
speaker-test -c2 -twav -l1
speaker-test -t wav -c 2 -l 1
speaker-test -t wav -c 2 -l 1 -D hw:0
speaker-test -Dhw:0,0 -c2 -t wav -l1
speaker-test -D plughw:0,0 -c 2 -t wav -l 1 -s 1
speaker-test -D plughw:0,0 -c 2 -t wav -l 1 -s 2
speaker-test -t sine -f 440 -c 2 -l 1
speaker-test -t sine -f 440 -l 2 -p 1
speaker-test -t sine -f 1000 -l 1
speaker-test -t sine -f 440 -l 1 -r 48000 -D default 2>/dev/null
speaker-test -t sine -f 1500 -S 70 -p 10000 -l 1
speaker-test -D hw:CARD=Dummy -c 2 -r 16000 -t sine -l 1
speaker-test -D hw:CARD=Loopback,DEV=0 -c 2 -t wav -l 1
speaker-test -D hw:1,0 -c 8 -t sine -l 1
speaker-test -D hw:9,0 -c 2 -t sine -f 1000
speaker-test -D pulse -c 2 -l 1
speaker-test -c 6 -t wav -l 1 -D plughw:1
speaker-test -c6 -twav -l1 -D surround51
speaker-test -l4 -c2 -twav
speaker-test -t pink -l 1 -D hw:0
speaker-test -l 1
speaker-test -l1 -t sine -f 20000
speaker-test -l1 -t sine -f 0
speaker-test -l1 -t sine -f 440 -S 0
speaker-test -l1 -t sine -S 100
speaker-test -l1 -t sine -S 101
speaker-test -l1 -F S16_LE -t sine
speaker-test -l1 -F FLOAT_LE -t sine -D plughw:0
speaker-test -l1 -F S32_LE -t sine -D hw:1
speaker-test -l1 -F S16_BE -t sine -D hw:1
speaker-test -l1 -w Noise.wav -t wav
speaker-test -l1 -W /usr/share/sounds/alsa -t wav -c2
speaker-test -l1 -w /usr/share/sounds/alsa/Front_Left.wav -t wav -c 2 -s 1
speaker-test -l1 -b 50000 -p 10000 -t sine
speaker-test -l1 -P 2 -t sine
speaker-test -c 0 -l 1
speaker-test -c 2 -l 1 -m FL,FR -t sine -D hw:0
speaker-test -c 2 -l 1 -t sine > /dev/null 2>&1; echo $?
speaker-test --help
speaker-test --test wav --nloops 1 --channels 2 --device hw:0
speaker-test --rate=44100 --test=sine --frequency=440 --nloops=1
timeout 2 speaker-test -t sine -f 440 -D hw:0 > /dev/null 2>&1; echo $?
timeout -s INT 1 speaker-test -t sine -f 440 -D hw:0 > /dev/null 2>&1; echo $?
(speaker-test -t sine -f 700 -l 1 > /dev/null 2>&1 & PID=$!; sleep 0.3; kill $PID; wait $PID; echo $?)
(speaker-test -t sine -f 1000 > /dev/null & pid=$!; sleep 5; kill -9 $pid; wait $pid; echo $?) 2> /dev/null
"""

# Sounds of programs, text to speech, intercoms, voice assistants and tests of boards.
SOUNDS = """
aplay -q u8.wav
aplay -q -D hw:0 s.wav
aplay -q -D default s.wav
aplay -q - < s.wav
aplay - < s.wav
aplay -D plughw:0,0 s.wav > /dev/null 2>&1; echo $?
aplay -D plughw:CARD=Dummy,DEV=0 st.wav
aplay -D 'plughw:0,0' -d 1 s.wav
aplay --device=plughw:0,0 s.wav
aplay -D hw:0,0 -B 100000 st.wav
aplay -D default -f cd --period-time=100000 cd.wav
aplay -D bluealsa s.wav
aplay -D bluealsa:DEV=00:11:22:33:44:55,PROFILE=a2dp s.wav
aplay -D pulse s.wav
aplay -D plug:dmix s.wav
aplay -D plug:default s.wav
aplay -Dsysdefault:CARD=0 s.wav
aplay -D dmix s.wav
aplay -D plughw:2,0 s.wav
aplay nofile.wav
aplay nofile.wav s.wav
aplay -q nofile.wav || aplay -q s.wav
aplay s.wav nofile.wav; echo $?
aplay -N s.wav
aplay -i s.wav < /dev/null
aplay --list-devices | grep -i dummy
aplay -l | awk -F': ' '/^card/ {print $2}'
aplay -l | grep '^card' | sed 's/card \\([0-9]*\\):.*device \\([0-9]*\\):.*/\\1,\\2/'
aplay -l | grep -m1 Loopback | cut -d: -f1
aplay -L | grep -E '^(hw|plughw):'
aplay -L | head -n 12
arecord -L | grep CARD=
arecord -l | grep ^card | head -n 1
aplay -lL | wc -l
cat even.raw | aplay -B 100
cat even.raw | aplay -q -r 22050 -f S16_LE -t raw -
cat even.raw | aplay -r 22050 -c 1 -f S16_LE
cat x.raw | aplay -f S16
cat x.raw | aplay -D 'default'
cat x.raw | aplay -r 32k -f S16_LE -c 2
cat x.raw | aplay -r 9000 > /dev/null 2>&1; echo $?
cat x.raw | aplay -f cd
cat x.raw | aplay -t raw -r 48000 -c 2 -f S16_LE -D hw:0 -
cat x.raw | aplay -D plughw:0 -f FLOAT_LE -r 16000 -c 1
cat even.raw | aplay -f S32_LE -c 1 -r 44100 -D plughw:0
cat x.raw | aplay -q -c 1 -f S16_LE -r 8000 -t raw --buffer-time=200000
cat x.raw | aplay -c2 -fS24_3LE -r48000 -D plughw:0
cat x.raw | aplay -f U16_LE -D plughw:0
cat x.raw | aplay -f MU_LAW -r 8000 -D plughw:0
cat x.raw | aplay -f mulaw -D plughw:0
cat x.raw | aplay -f S8 -r 11025 -D plughw:0
head -c 4000 /dev/zero | aplay -f dat
head -c 80000 /dev/urandom | aplay -q
printf '' | aplay -q; echo $?
aplay -t raw -f S16_LE -r 16000 -c 1 x.raw
aplay -t raw -f S16_LE -r 16000 x.raw 2> /dev/null
aplay -c 2 -r 48000 -f S16_LE x.raw
aplay -f S16_LE -r 44100 -c 2 -D hw:0,0 --period-size=512 --buffer-size=4096 x.raw
aplay -f dat -d 1 /dev/zero
aplay -d 1 /dev/urandom > /dev/null 2>&1; echo $?
aplay -q -d 2 -t raw -f cd /dev/zero
aplay -V mono -d 1 -q s.wav
aplay -v s.wav 2>&1 | head -n 5
aplay s.wav | cat
aplay s.wav & wait $!; echo $?
aplay -q s.wav & aplay -q -D hw:1 st.wav; wait; echo $?
(aplay -q -D hw:0 -f dat /dev/zero & p=$!; sleep 1; kill $p; wait $p; echo $?)
(aplay -D hw:0 -f dat /dev/zero & p=$!; sleep 1; kill -INT $p; wait $p; echo $?)
(aplay -q -D hw:0 -f dat /dev/zero & p=$!; sleep 1; kill -9 $p; wait $p; echo $?) 2> /dev/null
(aplay -q -D hw:0 -f dat /dev/zero & p=$!; sleep 1; kill -HUP $p; wait $p; echo $?) 2> /dev/null
timeout 1 aplay -q -f dat /dev/zero; echo $?
timeout 1 aplay -f dat /dev/zero 2> /dev/null; echo $?
mkfifo p; (cat s.wav > p &); aplay -q -D hw:0 p; echo $?; rm p
mkfifo p; aplay -q p & cat s.wav > p; wait $!; echo $?; rm p
ls *.wav 2>/dev/null | xargs -r aplay -q; cat s.wav > /dev/null
aplay -fS16_LE -r44100 -c2 -traw x.raw
aplay --file-type=wav s.wav
aplay --file-type wav --channels=1 --format=S16_LE --rate=8000 --duration=1 s.wav
aplay -t wave s.wav
aplay -t mp3 s.wav
aplay -f MP3 s.wav
aplay -r 8k s.wav
aplay -r 8000Hz s.wav
aplay -c stereo s.wav
aplay -vol 50 s.wav
aplay -volume s.wav
aplay -D hw s.wav
aplay -D hw:foo,0 s.wav
aplay -D hw:0,0,0 s.wav
aplay -D hw:0,3 s.wav
aplay -D plughw:CARD=Nope s.wav
aplay -D 0 s.wav
aplay -D 0,0 s.wav
aplay -D card0 s.wav
aplay -D Dummy s.wav
aplay -s 4000 s.wav
aplay --samples=100 s.wav
aplay s.wav --quiet
aplay s.wav -D hw:0
aplay -q -D hw:0 s.wav -D hw:1
aplay -M -q st.wav
aplay --mmap -D hw:0 st.wav
aplay -A 0 -R 0 -T 0 s.wav
aplay --buffer-time=500000 --period-time=125000 -D hw:0 st.wav
aplay -F 0 -B 0 s.wav
aplay -D hw:0 -c 1 st.wav
aplay -D hw:0 -r 48000 s.wav
aplay -D hw:1 -f S32_LE s.wav
arecord -q -D plughw:1,0 -t raw -f S16_LE -r 16000 -c 1 -d 1 | wc -c
arecord -D plughw:1,0 -f cd -r 16000 -d 1 > test.wav
arecord -D plughw:1,0 -d 1 -f cd -t wav test.wav
arecord -D hw:1,0 -f S16_LE -r 48000 -c 2 -t wav -d 1 out.wav
arecord -d 1 -D plughw:1,0 -f cd --buffer-size=100000 out.wav
arecord --duration=1 --format=cd -D plughw:1 out.wav
arecord -D plughw:1 -f cd -d 1 | tee out.wav > /dev/null
arecord -D plughw:1 -f cd -d 1 | aplay -D hw:0
arecord -D hw:1 -f dat -d 1 | aplay -D hw:0 -f dat
arecord -D hw:1 -f dat -d 1 -t raw | aplay -q -D hw:0 -f dat -t raw -
arecord -Dplughw:1 -fS16_LE -r16000 -c1 -d1 -q out.wav
arecord -D plughw:1 -r 44100 -f S16_LE -c 1 -d 1 - | tail -c +45 | wc -c
arecord -D plughw:1 -f S16_LE -r 16000 -t raw -d 1 2>/dev/null | od -A d -t x1 | tail -n 1
arecord -D plughw:1 -f S16_LE -c1 -r16000 -t raw -s 16000 | wc -c
arecord -D plughw:1 -d 1 -f U8 -r 8000 -t wav - | od -A d -t x1 | head -n 4
arecord -D plughw:1 -d 1 -f S24_3LE -r 48000 out.wav
arecord -D plughw:1 -d 1 -f S32_LE -r 48000 -c 2 out.wav
arecord -D plughw:1 -d 1 -t raw -f FLOAT_LE out.raw
arecord -D plughw:1 -d 1 -c 4 -f S16_LE -r 16000 out.wav
arecord -D hw:1 -d 1 -c 8 -f S16_LE -r 16000 out.wav
arecord -D hw:1 -d 1 -c 2 -f S16_LE -r 44100 --buffer-time=1000000 out.wav
arecord -D hw:1 -d 1 -c 2 -f S16_LE -r 44100 --period-size=1024 --buffer-size=4096 out.wav
arecord -D plughw:1 -d 1 -t au -f MU_LAW -q - | tail -c +29 | wc -c > /dev/null
arecord -D plughw:1 -d 1 -V mono out.wav > /dev/null 2>&1; echo $?
arecord -D plughw:1 -d 1 -vvv -q out.wav 2> /dev/null; echo $?
arecord -D plughw:2 -d 1 out.wav
arecord -D hw:1,9 -d 1 out.wav
arecord -D nosuch -d 1 out.wav; ls
arecord -D pulse -d 1 out.wav
arecord -D dsnoop -d 1 out.wav; rm -f out.wav
arecord -D hw:1 -f S16_LE -r 48000 -c 2 -d 1 nodir/out.wav; ls -R
arecord -D hw:1 -f S16_LE -r 48000 -c 2 -d 1 /proc/out.wav
arecord -D hw:1 -f cd -d 1 out; ls; rm out
arecord -D hw:1 -f cd -d 1 out.mp3; head -c 4 out.mp3
arecord -D hw:1 -f cd -d 1 --use-strftime %Y.wav; ls
arecord -D hw:1 -f cd -d 2 --max-file-time 1 out.wav; ls
arecord -D hw:1 -f dat -d 1 a.wav; aplay -D hw:0 a.wav; rm a.wav
arecord -D hw:1 -f dat -d 1 a.wav; arecord -D hw:1 -f dat -d 1 a.wav; ls -l a.wav | awk '{print $5}'
(arecord -q -D hw:1 -f dat a.wav & p=$!; sleep 1; kill $p; wait $p; echo $?; rm a.wav)
(arecord -D hw:1 -f dat a.wav & p=$!; sleep 1; kill -INT $p; wait $p; echo $?; rm a.wav)
(arecord -q -D hw:1 -f dat -t raw & p=$!; sleep 1; kill $p; wait $p; echo $?) | tail -n 1 | tail -c 4
timeout 1 arecord -q -D hw:1 -f cd a.wav; echo $?; head -c 4 a.wav; rm a.wav
timeout -s INT 1 arecord -D hw:1 -f cd a.wav; echo $?; rm a.wav
arecord -D hw:1 -f dat -t raw -q | head -c 19200 | wc -c
arecord -D hw:1 -f dat -q | dd bs=44 count=1 2>/dev/null | wc -c
arecord -D hw:1 -f cd -d 1 | sox -t wav - -n stat 2>&1 | grep Samples
arecord -D plughw:1 -f S16_LE -r 16000 -d 1 out.wav && sox out.wav -n stat 2>&1 | grep 'Maximum amplitude'
arecord -D plughw:1 -f S16_LE -r 16000 -d 1 out.wav && soxi -D out.wav
arecord --list-pcms | grep -c hw:
timeout 1 arecord --dump-hw-params -D hw:1 2>&1 | head -n 8 | tail -n 4
timeout 1 aplay --dump-hw-params -D hw:0 /dev/zero 2>&1 | grep RATE
arecord -D hw:1 --dump-hw-params -c 2 -r 48000 -f S16_LE -s 1 -t raw /dev/null
arecord -vv -D hw:1 -f cd -d 1 /dev/null
arecord -D hw:1 -f cd -d 1 /dev/null
arecord -D hw:1 -c 40 -d 1 out.wav; ls
arecord -D hw:1 -r 1000000 -d 1 out.wav; ls
arecord -D hw:1 -f S24_LE -d 0 -s 5 -t raw out.raw
"""

# Loops.
LOOPS = """
alsaloop --help
alsaloop -C hw:9,0 -P hw:0,0 -c 8 -r 48000 -f S32_LE -t 8000 -S samplerate -z
alsaloop -c 2 -C hw:Loopback,1,0 -P nosuch
alsaloop -C nosuch -P hw:0 -t 200000
alsaloop -C hw:1,0 -P bluealsa:DEV=88:C6:26:23:95:3F,PROFILE=a2dp -c 2 -r 48000 -f s16_le -t 200000
"""

# Lines whose answers differ, by what is in the table of aloud-compat(7).
DIFFERENT = {
    "sset 5,foo": """
        amixer set Master 50%, unmute
        amixer sset Master '5, 6'
    """,
    "a malformed ID": """
        amixer cget name=\\'Master Volume\\'
    """,
    "values that an element cannot have": """
        amixer cset numid=1 toggle
        amixer cset numid=2 true
        amixer cset numid=1 '1 2'
        amixer cset numid=1 1e2
    """,
    "nrestore": """
        alsactl -E HOME=/run/alsa -I -f nofile nrestore 0; echo $?
    """,
    "init -i with an empty file": """
        alsactl -i empty.state init 0; echo $?
    """,
    "frequencies": """
        speaker-test -c 2 -l 1 -X -f 30000 -t sine
    """,
    "alsaloop -v": """
        alsaloop -C plughw:2,0 -P plughw:CARD=sndrpimerusamp,DEV=0 -t 50000 -r 48000 -v
    """,
    "format is changed": """
        sh -c 'echo s.wav; echo u8.wav' | xargs aplay -q
    """,
    "no empty file": """
        arecord -D plughw:1 -d 1 -f mu-law out.wav
        arecord -D hw:1 -f cd -d 1 -I -t raw out; ls
    """,
}

FIXTURES = {
    "my.rules": b"""\
CARDINFO{driver}=="Dummy", GOTO="known"
RESULT="false", EXIT="false"
LABEL="known"
CTL{reset}="mixer"
CTL{name}="Master Volume", PROBE=="0", GOTO="end"
CTL{name}="Master Volume", CTL{value}="12"
CTL{name}="Master Capture Switch", CTL{value}="on"
LABEL="end"
RESULT="true"
""",
    "bad.rules": b'CTL{name}="Master Volume", CTL{value\nFOO="x"\n',
    "other.rules": b'CARDINFO{driver}=="HDA-Intel", GOTO="x"\nRESULT="false", EXIT="99"\n',
    "true.rules": b'RESULT="true"\n',
    "five.rules": b'EXIT="5"\n',
    "empty.state": b"",
    "other.state": b"state.PCH {\n\tcontrol.1 {\n\t\tiface MIXER\n\t\tname 'Master Volume'\n\t\tvalue 5\n\t}\n}\n",
}

PROGRAMS = ["aplay", "arecord", "amixer", "alsactl", "speaker-test", "alsaloop"]
