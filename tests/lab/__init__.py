"""Helpers for the tests on sound servers (tests/pulse) and on kernel sound cards (tests/kernel, tests/vm)."""
