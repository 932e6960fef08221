# shellcheck shell=bash
# What tests/kernel/run and tests/vm/run share. It is sourced in the checkout's root.
#
# $scratch is a new folder below target/ that the guest may write to; it stays if the run fails:
#   command    the shell command that the guest runs
#   output     what that prints
#   status     its exit status
#   console    what the kernel and its boot print

here=$PWD

# new_scratch STAGE ARGUMENT...: the arguments are pytest's (all tests of the stage if they name no file), or `--` and a
# shell command.
new_scratch() {
    local stage=$1 word files=(tests/"$1")
    shift
    mkdir -p "target/$stage"
    scratch=$(mktemp -d "$here/target/$stage/run.XXXXXX")
    chmod 755 "$scratch"
    touch "$scratch/output"
    if [ "${1:-}" = -- ]; then
        printf '%s\n' "${*:2}" >"$scratch/command"
        return
    fi
    for word; do
        [ ! -e "${word%%::*}" ] || files=()
    done
    set -- "${files[@]}" "$@"
    printf '"%s" -m pytest %s\n' "$here/.cache/venv/bin/python" "${*@Q}" >"$scratch/command"
}

# run_machine SECONDS COMMAND...: shows the output live, and exits with the guest's status.
run_machine() {
    local limit=$1 ended=0 status
    timeout --kill-after=10 "$@" </dev/null >"$scratch/console" 2>&1 &
    machine=$!
    trap 'kill $machine 2>/dev/null || true' EXIT
    tail -n +1 -f --pid=$machine --sleep-interval=0.1 "$scratch/output"
    wait $machine || ended=$?
    if [ ! -s "$scratch/status" ]; then
        [ $ended != 124 ] || echo "$0: stopped after $limit s" >&2
        echo "$0: the guest did not finish; the end of $scratch/console:" >&2
        tail -n 20 "$scratch/console" >&2
        exit 1
    fi
    status=$(cat "$scratch/status")
    [ "$status" != 0 ] || rm -rf "$scratch"
    exit "$status"
}
