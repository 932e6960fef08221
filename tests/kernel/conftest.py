import os
import random

import pytest


@pytest.fixture
def draw():
    """Random numbers, the same in each run; `SEED=7 tests/kernel/run` draws others."""
    seed = os.environ.get("SEED", "1")
    # pytest shows this if the test fails.
    print(f"SEED={seed}")
    return random.Random(seed)
