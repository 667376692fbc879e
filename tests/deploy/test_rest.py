"""The server: what it answers, what it refuses and how, and once as a real process."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import jsonschema
import numpy as np
import pytest

from apercu.core.errors import UnknownName, WordsError
from apercu.core.explanation import Reason
from apercu.deploy import rest

from .record import SQLISH, record

KNOWN = ("Contract", "tenure", SQLISH)


class Oracle:
    """A predictor for tests: likely when tenure is short."""

    def predict_rows(self, rows: list[dict[str, Any]], coverage: float | None = None) -> tuple[list[dict[str, Any]], list[str]]:
        for row in rows:
            for name, value in row.items():
                if name not in KNOWN:
                    raise UnknownName("column", name, KNOWN)
                if name == "tenure" and isinstance(value, str):
                    raise WordsError(f"column 'tenure' holds numbers, got {value!r}.")
        lacking = [name for name in KNOWN if any(name not in row for row in rows)]
        p = [np.float64(0.9 if (row.get("tenure") or 0) < 12 else 0.1) for row in rows]
        sure = {} if coverage is None else {"set": ["No", "Yes"] if coverage > 0.9 else ["No"]}
        answers = [{"prediction": "Yes" if q > 0.5 else "No", "probabilities": {"No": 1 - q, "Yes": q}, **sure} for q in p]
        return answers, [f"column {name!r} is missing; it was taken as unknown" for name in lacking]

    def explain_rows(self, rows: list[dict[str, Any]]) -> tuple[list[list[Reason]], list[str]]:
        _, warnings = self.predict_rows(rows)
        return [[Reason("tenure", row.get("tenure"), np.float64(0.8)), Reason("Contract", row.get("Contract"), -0.25)] for row in rows], warnings


class Client:
    """Calls an application in process."""

    def __init__(self, app: Any, base_url: str = "http://127.0.0.1") -> None:
        self.app, self.base_url = app, base_url

    def get(self, path: str, **call: Any) -> httpx.Response:
        return self.send("GET", path, **call)

    def post(self, path: str, **call: Any) -> httpx.Response:
        return self.send("POST", path, **call)

    def send(self, verb: str, path: str, **call: Any) -> httpx.Response:
        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=self.base_url) as client:
                return await client.request(verb, path, **call)

        return asyncio.run(sent())


@pytest.fixture(scope="module")
def study() -> Any:
    return SimpleNamespace(**vars(record()), predictor=Oracle())


@pytest.fixture
def client(study: Any) -> Client:
    return Client(rest.app(study), base_url="http://127.0.0.1")


def test_what_can_be_read(client: Client, study: Any) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    assert "什么在影响 Churn" in client.get("/").text
    whole = client.get("/v1/study").json()
    schema = json.loads((Path(rest.__file__).with_name("study.schema.json")).read_text(encoding="utf-8"))
    jsonschema.validate(whole, schema)
    assert [f["text"]["en"] for f in client.get("/v1/findings").json()["findings"]] == [f.say() for f in study.findings]
    assert client.get("/v1/findings?lang=zh").json()["findings"][0]["text"] == study.findings[0].say("zh")
    assert [c["name"] for c in client.get("/v1/schema").json()["columns"]] == list(study.data.schema.names)


def test_predictions_and_reasons(client: Client) -> None:
    rows = [{"Contract": "One year", "tenure": 3, SQLISH: 0.5}, {"Contract": None, "tenure": 40}]
    told = client.post("/v1/predict", json={"rows": rows}).json()
    assert told["predictions"] == [
        {"prediction": "Yes", "probabilities": {"No": pytest.approx(0.1), "Yes": 0.9}},
        {"prediction": "No", "probabilities": {"No": 0.9, "Yes": 0.1}},
    ]
    assert told["warnings"] == [f"column {SQLISH!r} is missing; it was taken as unknown"]
    explained = client.post("/v1/explain", json={"rows": rows}).json()["explanations"]
    assert explained[0]["reasons"][0] == {
        "column": "tenure",
        "value": 3,
        "contribution": 0.8,
        "text": {
            "en": "tenure: 3 makes Churn = “Yes” likelier (+0.8 log-odds)",
            "zh": "tenure：3 使 Churn 为“Yes”的可能性升高（+0.8 对数几率）",
        },
    }
    assert explained[1]["reasons"][1]["text"]["en"] == "Contract: missing makes Churn = “Yes” less likely (−0.25 log-odds)"
    chinese = client.post("/v1/explain?lang=zh", json={"rows": rows}).json()["explanations"]
    assert chinese[0]["reasons"][1]["text"] == "Contract：“One year” 使 Churn 为“Yes”的可能性降低（−0.25 对数几率）"


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b"{not json", 422, "not JSON"),
        (b"\xff\xfe", 422, "not JSON"),
        (b"", 422, "not JSON"),
        (b"[1]", 422, "got a list"),
        (b'{"row": []}', 422, "'row'"),
        (b'{"rows": {}}', 422, "list of rows"),
        (b'{"rows": []}', 422, "no rows"),
        (b'{"rows": [3]}', 422, "row 1 must be an object"),
        (b'{"rows": [{"tenure": [1]}]}', 422, "'tenure' in row 1"),
        (b'{"rows": [{"tenur": 1}]}', 422, "did you mean 'tenure'?"),
        (b'{"rows": [{"tenure": "long"}]}', 422, "holds numbers, got 'long'"),
        (b'{"rows": [' + b"{}," * 10_000 + b"{}]}", 413, "at most 10,000 rows, got 10,001"),
        (b'{"rows": ["' + b"x" * 1_000_001 + b'"]}', 413, "larger than 1,000,000 bytes"),
        (b"[" * 100_000, 422, "not JSON"),
    ],
)
def test_a_bad_body_gets_a_sentence(client: Client, body: bytes, status: int, sentence: str) -> None:
    answer = client.post("/v1/predict", content=body)
    assert answer.status_code == status
    assert sentence in answer.json()["error"]
    assert len(answer.json()["error"]) < 300


def test_fewer_rows_are_explained_than_predicted(client: Client) -> None:
    answer = client.post("/v1/explain", content=b'{"rows": [' + b"{}," * 200 + b"{}]}")
    assert answer.status_code == 413 and "at most 200 rows, got 201" in answer.json()["error"]


def test_a_body_without_a_length_is_limited_too(client: Client) -> None:
    answer = client.post("/v1/predict", content=_endless())
    assert answer.status_code == 413


async def _endless() -> AsyncIterator[bytes]:
    for _ in range(20):
        yield b"x" * 100_000


def test_other_refusals(client: Client, study: Any) -> None:
    assert client.get("/nothing").json()["error"].startswith("there is nothing at /nothing")
    assert client.get("/v1/predict").json()["error"].startswith("GET is not understood at /v1/predict")
    assert "language 'fr'" in client.get("/?lang=fr").json()["error"]

    class Untargeted(SimpleNamespace):
        @property
        def predictor(self) -> Oracle:
            raise WordsError("this study has no model")

    none = Client(rest.app(Untargeted(**vars(record(held=0)))))
    assert none.get("/").status_code == 200
    assert none.post("/v1/predict", json={"rows": [{}]}).json() == {"error": "this study has no model"}


def test_our_own_faults_tell_nothing_of_the_inside(study: Any) -> None:
    class Broken(Oracle):
        def predict_rows(self, rows: list[dict[str, Any]], coverage: float | None = None) -> tuple[list[dict[str, Any]], list[str]]:
            raise RuntimeError("secret path")

    broken = Client(rest.app(SimpleNamespace(**{**vars(study), "predictor": Broken()})), base_url="http://127.0.0.1")
    answer = broken.post("/v1/predict", json={"rows": [{}]})
    assert answer.status_code == 500
    assert "RuntimeError" in answer.json()["error"]
    assert "secret" not in answer.text


def test_a_coverage_is_handed_on(study: Any) -> None:
    client = Client(rest.app(SimpleNamespace(**{**vars(study), "predictor": Oracle()})))
    row = {"rows": [{"tenure": 1}]}
    assert "set" not in client.post("/v1/predict", json=row).json()["predictions"][0]
    assert client.post("/v1/predict?coverage=0.95", json=row).json()["predictions"][0]["set"] == ["No", "Yes"]
    wrong = client.post("/v1/predict?coverage=much", json=row)
    assert wrong.status_code == 422 and "between 0 and 1" in wrong.json()["error"]


def test_the_token(study: Any) -> None:
    client = Client(rest.app(study, token="sésame"), base_url="http://example.org")
    assert client.get("/health").status_code == 200
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic !!!"}, {"Authorization": "Bearer"}):
        answer = client.get("/v1/study", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert client.get("/v1/study", headers={"Authorization": "Bearer sésame".encode()}).status_code in (200, 401)
    assert client.get("/").headers["www-authenticate"].startswith("Basic")
    word = base64.b64encode("anyone:sésame".encode()).decode()
    assert client.get("/", headers={"Authorization": f"Basic {word}"}).status_code == 200
    plain = Client(rest.app(study, token="secret"), base_url="http://example.org")
    assert plain.get("/v1/schema", headers={"Authorization": "Bearer secret"}).status_code == 200
    assert plain.get("/openapi.json").status_code == 401


def test_without_a_token_only_this_machine_is_answered(study: Any) -> None:
    rebound = Client(rest.app(study), base_url="http://evil.example")
    assert rebound.get("/v1/study").status_code == 403
    for host in ("http://localhost:8000", "http://[::1]:8000"):
        assert Client(rest.app(study), base_url=host).get("/health").status_code == 200


def test_the_lists_of_routes_load_nothing_from_outside(client: Client) -> None:
    docs = client.get("/docs").text
    assert "POST /v1/predict" in docs
    assert "http://" not in docs
    assert "https://" not in docs
    assert set(client.get("/openapi.json").json()["paths"]) == {
        "/health",
        "/",
        "/v1/study",
        "/v1/findings",
        "/v1/schema",
        "/v1/predict",
        "/v1/explain",
    }
    assert client.get("/").headers["content-security-policy"] == "frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("host", "token", "sentence"),
    [
        ("0.0.0.0", None, "token is needed"),
        ("example.org", None, "token is needed"),
        ("", None, "token is needed"),
        ("127.0.0.1", " ", "token is empty"),
    ],
)
def test_serving_others_needs_a_token(study: Any, host: str, token: str | None, sentence: str) -> None:
    with pytest.raises(WordsError, match=sentence):
        rest.serve(study, host, 0, token)


def test_a_taken_port_gets_a_sentence(study: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(WordsError, match="--port"):
            rest.serve(study, "127.0.0.1", taken.getsockname()[1])


def test_a_real_server_answers(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\nfrom deploy.record import record\nfrom deploy.test_rest import Oracle\n"
        "from types import SimpleNamespace\nfrom apercu.deploy import serve\n"
        "serve(SimpleNamespace(**vars(record()), predictor=Oracle()), port=int(sys.argv[2]), token='secret')\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen([sys.executable, "-c", code, str(Path(__file__).parents[1]), str(port)], env=env)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            for _ in range(150):
                try:
                    assert client.get("/health").status_code == 200
                    break
                except httpx.TransportError:
                    assert process.poll() is None
                    time.sleep(0.1)
            told = client.post("/v1/predict", json={"rows": [{"tenure": 2}]}, headers={"Authorization": "Bearer secret"})
            assert told.json()["predictions"][0]["prediction"] == "Yes"
            assert client.post("/v1/predict", json={"rows": [{"tenure": 2}]}).status_code == 401
    finally:
        process.terminate()
        process.wait(10)
