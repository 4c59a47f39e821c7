"""每个片段再跑一次，输出要与记录一致。"""

import pytest
from guide.code.comparing import compare

from .conftest import LIBRARY, run_once


@pytest.mark.parametrize("snippet_path", LIBRARY.paths)
def test_output_is_the_recorded_one(snippet_path: str) -> None:
    recording = LIBRARY.recording(snippet_path)
    assert recording is not None, f"还没有记录：make record SNIPPET={LIBRARY.snippet(snippet_path).name}"
    difference = compare(recording, run_once(snippet_path))
    assert not difference, "\n" + difference


@pytest.mark.parametrize("snippet_path", LIBRARY.paths)
def test_recording_is_fresh(snippet_path: str) -> None:
    assert not LIBRARY.stale(snippet_path)
    assert not LIBRARY.edited(snippet_path)
