"""Assertions of the shared parts of these tests explain themselves, too."""

import pytest

pytest.register_assert_rewrite("tests.media.stage")
