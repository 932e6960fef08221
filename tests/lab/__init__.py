"""Helpers for the tests on sound servers (tests/servers) and on kernel sound cards (tests/kernel, tests/vm)."""
