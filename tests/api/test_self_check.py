"""The alarm as monitoring and receivers see it: not ready, a metric, streams that end, commands refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.live import SAMPLE, Stream, live
from topogroup.topology.tracing.kernels import operating


def test_a_planted_defect_stops_emission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operation whose effect on a neighbour is forgotten: found by the check within seconds, without being asked."""
    with live(tmp_path / "data", SAMPLE, templates=("feeder",)) as service:
        stream = Stream(service)
        service.operate(1, S1_F1_CB=True)
        assert stream.next() is not None
        service.until(lambda: "topogroup_self_checks 0" not in service.get("/metrics").text)
        assert service.get("/readyz").json()["checks"]["self_check"] == "agrees"
        for name in ("move", "inherit", "spread"):
            monkeypatch.setattr(operating, name, lambda *_: None)
        service.operate(2, S1_S2_TIE1=False)
        monkeypatch.undo()
        service.until(lambda: service.get("/readyz").status_code == 503)
        checks = service.get("/readyz").json()["checks"]
        assert (checks["engine"], checks["self_check"]) == ("failed", "differs")
        assert "hang elsewhere by a full recompute" in checks["engine_error"]
        assert "topogroup_self_check_differs 1.0" in service.get("/metrics").text
        answer = service.post(
            "/v1/switching", {"source": "dms", "sequence": 3, "operations": [{"switch": "S1-F1-CB", "open": False}]}
        )
        assert answer.status_code == 503 and answer.json()["code"] == "engine_failed"
        while stream.next() is not None:
            pass
        stream.close()
