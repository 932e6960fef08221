"""What the tests on sound servers (tests/pulse) and on sound cards (tests/vm) share."""
