# Completion of aloud for fish. `aloud __complete` knows the command line, and the names that the machine has.

function __aloud_complete
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    $program __complete fish $words[2..] (commandline -ct) 2>/dev/null
end

complete -c aloud -f -a '(__aloud_complete)'
