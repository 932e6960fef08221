# Completion of aloud for bash. `aloud __complete` knows the command line, and the names that the machine has.

_aloud() {
    local -a answer
    mapfile -t answer <<<"$(
        "${COMP_WORDS[0]/#\~\//$HOME/}" __complete bash "$COMP_WORDBREAKS" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null
    )"
    [[ ${answer[0]} != nospace ]] || compopt -o nospace
    COMPREPLY=("${answer[@]:1}")
}

complete -o nosort -F _aloud aloud
