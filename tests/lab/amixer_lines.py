"""Command lines of amixer for a card, and how the answers of aloud in its place are compared."""

from lab.compat import run
from lab.ctl import Ctl
from lab.program import ALOUD

# All start from the same state: volumes at 0, everything else off.
READING = """
--help
--version
-v -h
-x
-x -h
--foo
--quiet=1
--d
--card
--he
-c 9 scontrols
-c hw:0 scontrols
-a foo scontrols
-D nosuch scontrols
-D nosuch contents
-D nosuch info
-D nosuch cget numid=1
-c {card} bogus
-qc{card} scontrols
--ca {card} scontrols
-c {card} simple
-c {card}
-c {card} scontents
-M -c {card} scontents
-i -c {card} scontents
-c {card} controls
-c {card} contents
-D hw:{card} info
-c {card} sget
-c {card} sset
-c {card} cget
-c {card} cset
-c {card} sget ''
-c {card} sget Nope
-c {card} sget 'Master,x'
-c {card} cget ''
-c {card} cget numid=
-c {card} cget numid=99
-c {card} cget name=foo
-c {card} cget iface=FOO,name=x
-c {card} cget 'Master Volume'
-c {card} cget numid=1
-c {card} cget numid=1,name=foo
-c {card} sget Master
-c {card} sget 'Master,0,1'
-c {card} sget '"Master",0'
-c {card} get Master,0
-q -c {card} sget Master
-q -c {card} cget numid=1
-q -c {card} sget Nope
-q -c {card} scontrols
-c {card} cget numid=1x
-c {card} cget numid=x1
-c {card} cget numid=01
-c {card} cget NUMID=1
-c {card} cget "Name='Master Volume',index=0"
-c {card} cget foo=1
-c {card} info foo
-c {card} SGET Master
-D hw:{card} -c 9 scontrols
-c -1 info
-c '' info
-V
"""

# Of the control {control}, and of the element {volume} (an integer) and {switch} (a boolean).
SETTING = """
sset {control}
sset {control} 50%
sset {control} 7
sset {control} 7 -q
-q sset {control} 9
sset {control} 200%
sset {control} 10000
sset {control} -- -10000
sset {control} 50.9%
sset {control} 0.5%
sset {control} 10,20
sset {control} 50%,60%
sset {control} 10dB
sset {control} -- -10dB
sset {control} -- -7.5dB
sset {control} frontleft 3
sset {control} frontright 2 frontleft 4
sset {control} front 5
sset {control} Left 3
sset {control} foo
sset {control} 50 %
sset {control} 0x10
sset {control} ' 10'
sset {control} 50% 20%
sset {control} mute
sset {control} unmute
sset {control} on
sset {control} off
sset {control} toggle
sset {control} cap
sset {control} nocap
sset {control} 5 cap
sset {control} mute unmute
sset {control} mute,unmute
sset {control} cap,nocap
sset {control} frontright cap
sset {control} capture off
sset {control} capture 6
sset {control} playback 60%
sset {control} playback 3 capture 4
-M sset {control} 40%
-M sset {control} 75%
-R sset {control} 40%
cset {volume} 7
cset {volume} 7,8
cset {volume} 1,2,3
cset {volume} 50%
cset {volume} 10000
cset {volume}
-q cset {volume} 3
cset {switch} on
cset {switch} off,on
cset {switch} toggle
cset {switch} 1
sset {control} frontleft 5 frontright 6 cap
sset {control} frontleft 5 6
sset {control} frontleft 5 capture 6
sset {control} playback 5 cap
sset {control} rear 5 6
sset {control} +5%
sset {control} +5
sset {control} -- -
sset {control} 1e1
sset {control} 5:6
sset {control} ''
sset {control} 5%%
sset {control} Cap
sset {control} capx
sset {control} toggled
sset {control} front-left 5
sset {control} captur
sset {control} playbacks 5
sset {control} 5 foo
cset {volume} ,5
cset {volume} 5,
cset {volume} 0x1f
cset {volume} 010
cset {volume} 5.9
cset {volume} 5.9%
cset {switch} ON
cset {switch} yes
cset {switch} no
cset {switch} 2
cset {switch} ,on
cset {switch} on,
cset {switch} Toggle
"""

# Of controls that lack something: a volume or switch of one direction, or a channel.
LACKING = """
toggle
mute
unmute
cap
40%
40%,60%
5,5,5
toggle,toggle
cap,mute
mute,unmute
mute,cap
5,cap
40% toggle
7 toggle
playback toggle
capture toggle
playback toggle 7
playback mute
capture cap
playback 40%
capture 40%
playback mute,5
frontright toggle
frontright,50%
front,5,6
front:50%
frontright,mute
frontright,foo
frontright,playback,5
'front 5 6'
'frontleft 5 mute'
'frontleft frontright 5'
rearleft foo
center 3
center foo 7
side 3
foo
foo 40%
mute foo
playback foo
playback foo 7
capture foo 7
playback,mute
playback,foo
capture,cap
MUTE
CAP
TOGGLE
playback TOGGLE
capture 30% playback 20%
"""


def differences(card, lines, stdin=""):
    """What aloud answers or leaves differently, as text. Each line finds the card's elements as they are now."""
    found = []
    with Ctl(card) as ctl:
        values = ctl.values()
        for words in lines:
            answers = []
            for program in (["amixer"], [ALOUD, "as", "amixer"]):
                answers.append((*run([*program, *words], stdin), ctl.state()))
                ctl.restore(values)
            for what, theirs, ours in zip(("status", "stdout", "stderr", "elements"), *answers, strict=True):
                if theirs != ours:
                    found.append(f"{words} {what}:\n{theirs}\n{ours}")
    return found
