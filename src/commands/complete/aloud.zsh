#compdef aloud
# Completion of aloud for zsh. `aloud __complete` knows the command line, and the names that the machine has.

_aloud() {
    local -a before answer values descriptions
    local line found=1
    before=("${(@Q)words[2,CURRENT-1]}")
    answer=("${(@f)$(${(Q)~words[1]} __complete zsh "${before[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
    for line in "${answer[@]}"; do
        if [[ $line == :files* ]]; then
            local extensions=${line#:files}
            if [[ -n ${extensions// } ]]; then
                _files -g "*.(#i)(${(j:|:)${(z)extensions}})(-.)" && found=0
            else
                _files && found=0
            fi
        elif [[ $line == *$'\t'* ]]; then
            values+=("${line%%$'\t'*}")
            if [[ -n ${line#*$'\t'} ]]; then
                descriptions+=("${line%%$'\t'*}  -- ${line#*$'\t'}")
            else
                descriptions+=("${line%%$'\t'*}")
            fi
        fi
    done
    (( $#values )) && compadd -l -d descriptions -a values && found=0
    return found
}

if [[ $funcstack[1] == _aloud ]]; then
    _aloud "$@"
else
    compdef _aloud aloud
fi
