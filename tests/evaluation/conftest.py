from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def brief_ts2vec() -> Iterator[None]:
    """TS2Vec trains for 10 iterations here, not 200; what is learnt is asked where a test asks for more."""
    with pytest.MonkeyPatch.context() as patch:
        for many in ("FEW", "MANY"):
            patch.setattr(f"rcgan.evaluation.distances.ts2vec.{many}", 10)
        yield
