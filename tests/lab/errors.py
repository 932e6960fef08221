"""Checks of errors."""


def assert_error(result, status, kind):
    """Checks the exit status and the kind of error, and returns the error object."""
    assert result.status == status, result.stderr
    assert result.error()["kind"] == kind
    return result.error()


def error_line(result):
    """The line of a text error, which has at most two hints after it."""
    line, *hints = result.stderr.splitlines()
    assert line.startswith("aloud: ")
    assert len(hints) <= 2 and all(hint.startswith("hint: ") for hint in hints)
    return line


def assert_disconnected(result, device):
    """A transfer of half a minute ended early because the card disappeared."""
    error = assert_error(result, 7, "disconnected")
    assert error["device"] == device
    assert device in error["message"]
    assert result.event("end")["why"] == "error"
    assert result.event("end")["frames"] < 25 * 48000
