"""A study over HTTP: its page, its findings, and predictions for new rows.

    serve(study)                                        # http://127.0.0.1:8000, this machine only
    serve(study, "0.0.0.0", token="a long secret")      # anyone who sends Authorization: Bearer a long secret

`study` has the fields of a record and a `predictor` (the Protocol below). Rows travel as JSON and are checked by hand, not by a model class
per row, which would cost more than the prediction. What it does *not* do: TLS (put a proxy before it), or keep anything that it is sent.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
import socket
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from html import escape
from typing import Any, Final, Protocol

import orjson
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from ..core.errors import ApercuError, InputError, UnknownName, WordsError
from ..core.explanation import Reason
from ..words import LANGUAGES, phrases
from ..words.numbers import plain
from .captions import told
from .export import safe, to_json
from .report import page

__all__ = ["Predictor", "app", "serve"]

ROWS: Final = 10_000  # rows in one call
EXPLAINED: Final = 200  # rows that one call may have explained, each of which costs as much as many predictions
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
OPEN: Final = ("/health",)  # tells nothing but that the server runs
SHIELDS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class Predictor(Protocol):
    """What the server asks of a study. Both may be called from several threads at once.

    A column that the table never had raises UnknownName, a value of the wrong type WordsError or InputError; a column that a row lacks is
    taken as missing and told in the warnings.
    """

    def predict_rows(self, records: list[dict[str, Any]], coverage: float | None = None, /) -> tuple[list[dict[str, Any]], list[str]]:
        """(one {"prediction", "probabilities"} per row, warnings); a number has no probabilities.

        With a coverage, which may be any number that a caller sent, a number also has "low" and "high", a class the "set" that it may be.
        """
        ...

    def explain_rows(self, records: list[dict[str, Any]]) -> tuple[list[list[Reason]], list[str]]:
        """(the reasons of each row, largest first, warnings)."""
        ...


class _TooLarge(InputError):
    """A body or a number of rows beyond the limit."""


def app(study: Any, *, token: str | None = None, limit: int = 1_000_000) -> FastAPI:
    """The application. Without a token only requests to this machine's own name are answered, so that no web page can reach it.

    limit: bytes of a request's body.
    """
    server = FastAPI(title="apercu", version=str(study.versions.get("apercu", "")), docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    _guard(server, token)
    _reads(server, study)
    _asks(server, study, limit)

    @server.exception_handler(ApercuError)
    async def refused(_: Request, error: ApercuError) -> Response:
        status = 413 if isinstance(error, _TooLarge) else 422 if isinstance(error, WordsError | InputError) else 500
        return _answer({"error": str(error)}, status)

    @server.exception_handler(HTTPException)
    async def absent(request: Request, error: HTTPException) -> Response:
        what = "there is nothing at" if error.status_code == 404 else f"{request.method} is not understood at"
        return _answer({"error": f"{what} {request.url.path}; /docs lists what there is."}, error.status_code)

    @server.exception_handler(Exception)
    async def failed(_: Request, error: Exception) -> Response:
        return _answer({"error": f"the server failed ({type(error).__name__}); this is our fault, not the request's."}, 500)

    return server


def serve(study: Any, host: str = "127.0.0.1", port: int = 8000, token: str | None = None) -> None:
    """Answers until stopped. Raises WordsError without a token on any address but loopback, or when the port cannot be had."""
    if token is not None and not token.strip():
        raise WordsError("the token is empty; give one of at least a few letters with --token, or none on this machine alone.")
    if token is None and not _is_loopback(host):
        raise WordsError(f"{host} can be reached from other machines, so a token is needed. Give one with --token, or serve on 127.0.0.1.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except (OSError, OverflowError) as error:
            raise WordsError(f"cannot listen on {host}:{port} ({error}). Choose another one with --port or --host.") from error
        config = uvicorn.Config(app(study, token=token), log_level="warning", server_header=False, access_log=False)
        uvicorn.Server(config).run(sockets=[listening])


def _guard(server: FastAPI, token: str | None) -> None:
    expected = None if token is None else hashlib.sha256(token.encode("utf-8")).digest()

    @server.middleware("http")
    async def guarded(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        if expected is None and _host(request) not in LOOPBACK:
            answer = _answer({"error": "without a token this server answers to 127.0.0.1 and localhost only."}, 403)
        elif expected is not None and request.url.path not in OPEN and not hmac.compare_digest(_offered(request), expected):
            answer = _answer({"error": "a token is needed: send the header Authorization: Bearer <token>."}, 401)
            answer.headers["WWW-Authenticate"] = 'Basic realm="apercu", charset="UTF-8"' if request.url.path == "/" else "Bearer"
        else:
            answer = await call(request)
        for name, value in SHIELDS.items():
            answer.headers.setdefault(name, value)
        return answer


def _reads(server: FastAPI, study: Any) -> None:
    """The routes that only read."""

    @cache
    def written() -> bytes:
        return orjson.dumps(to_json(study))

    @cache
    def shown(lang: str) -> str:
        return page(study, None, lang)

    @server.get("/health", summary="Is the server up?")
    async def health() -> Response:
        return _answer({"status": "ok"})

    @server.get("/", summary="The page; ?lang=en or zh", response_class=HTMLResponse)
    async def home(request: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(shown, _language(request)))

    @server.get("/v1/study", summary="The whole study as JSON")
    async def whole() -> Response:
        return Response(await run_in_threadpool(written), media_type="application/json")

    @server.get("/v1/findings", summary="The findings, the best first; ?lang=en or zh for sentences in one language")
    async def findings(request: Request) -> Response:
        listed = orjson.loads(await run_in_threadpool(written))["findings"]
        if "lang" in request.query_params:
            lang = _language(request)
            listed = [{**finding, "text": finding["text"][lang]} for finding in listed]
        return _answer({"findings": listed})

    @server.get("/v1/schema", summary="The columns of the table, and the goal")
    async def schema() -> Response:
        goal = None if study.goal is None else study.goal.to_json()
        return _answer({"columns": [column.to_json() for column in study.data.schema], "goal": goal})

    @server.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(_listing(server))


def _asks(server: FastAPI, study: Any, limit: int) -> None:
    """The routes that take rows."""

    @cache
    def predictor() -> Predictor:
        return study.predictor

    @server.post("/v1/predict", summary="Predictions for rows; ?coverage=0.9 for intervals or sets of classes", openapi_extra=_BODY)
    async def predict(request: Request) -> Response:
        coverage = _coverage(request)
        rows = _rows(await _body(request, limit))
        answers, warnings = await run_in_threadpool(predictor().predict_rows, rows, coverage)
        return _answer({"predictions": answers, "warnings": warnings})

    @server.post("/v1/explain", summary="Reasons for predictions; ?lang=en or zh", openapi_extra=_BODY)
    async def explain(request: Request) -> Response:
        langs = [_language(request)] if "lang" in request.query_params else list(LANGUAGES)
        rows = _rows(await _body(request, limit), EXPLAINED)
        answers, warnings = await run_in_threadpool(predictor().explain_rows, rows)
        told = [[_reason(reason, study, langs) for reason in reasons] for reasons in answers]
        return _answer({"explanations": [{"reasons": reasons} for reasons in told], "warnings": warnings})


_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["rows"],
                    "properties": {
                        "rows": {
                            "type": "array",
                            "maxItems": ROWS,
                            "items": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}},
                        }
                    },
                }
            }
        },
    }
}


def _reason(reason: Reason, study: Any, langs: list[str]) -> dict[str, Any]:
    """A reason as JSON, its sentence in one language or in both."""
    goal, unit = study.goal, "" if study.explanation is None else study.explanation.unit
    key = ("raises" if reason.contribution > 0 else "lowers") + ("_number" if goal.task == "numeric" else "_level")
    sentences = {}
    for lang in langs:
        words = phrases(lang)
        value = told("missing")[lang].lower() if reason.value is None else words.quote(reason.value)
        size = {"size": plain(abs(reason.contribution)), "unit": told("log-odds")[lang] if unit == "log-odds" else unit}
        level = goal.wanted if study.explanation is None or not study.explanation.level else study.explanation.level
        sentences[lang] = told(key, column=reason.column, value=value, target=goal.target, level=level, **size)[lang]
    text = sentences if len(langs) > 1 else sentences[langs[0]]
    return {"column": reason.column, "value": reason.value, "contribution": reason.contribution, "text": text}


async def _body(request: Request, limit: int) -> bytes:
    """The body, read no further than the limit."""
    told = request.headers.get("content-length", "")
    too_large = _TooLarge(f"the body is larger than {limit:,} bytes; send the rows in several calls.")
    if told.isdecimal() and int(told) > limit:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise too_large
    return bytes(body)


def _rows(body: bytes, most: int = ROWS) -> list[dict[str, Any]]:
    """The rows of a body, at most `most`. Raises WordsError with a sentence for whatever is not {"rows": [{column: value}, ...]}."""
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise WordsError(f"the body is not JSON ({error}); expected {_EXAMPLE}.") from error
    if not isinstance(tree, dict) or not isinstance(tree.get("rows"), list):
        got = f"an object with {', '.join(map(repr, list(tree)[:5])) or 'nothing in it'}" if isinstance(tree, dict) else f"a {_kind(tree)}"
        raise WordsError(f"the body must be an object with a list of rows, {_EXAMPLE}; got {got}.")
    rows = tree["rows"]
    if not rows:
        raise WordsError(f"there are no rows in the body; expected {_EXAMPLE}.")
    if len(rows) > most:
        raise _TooLarge(f"one call takes at most {most:,} rows, got {len(rows):,}; send them in several calls.")
    for i, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise WordsError(f'row {i} must be an object of column and value, such as {{"age": 30}}; got a {_kind(row)}.')
        for name, value in row.items():
            if isinstance(value, dict | list):
                raise WordsError(f"the value of {name!r} in row {i} must be text, a number, true, false or null; got a {_kind(value)}.")
            if isinstance(value, float) and not math.isfinite(value):
                raise WordsError(f"the value of {name!r} in row {i} is too large for a number.")
    return rows


_EXAMPLE: Final = '{"rows": [{"age": 30, "city": "Oslo"}]}'


def _kind(value: Any) -> str:
    names = {dict: "object", list: "list", str: "text", bool: "truth value", int: "number", float: "number", type(None): "null"}
    return names.get(type(value), type(value).__name__)


def _language(request: Request) -> str:
    lang = request.query_params.get("lang", "en")
    if lang not in LANGUAGES:
        raise UnknownName("language", lang, LANGUAGES)
    return lang


def _coverage(request: Request) -> float | None:
    """The coverage that is asked for, or None. Raises WordsError for what is no number."""
    asked = request.query_params.get("coverage")
    try:
        return None if asked is None else float(asked)
    except ValueError:
        raise WordsError(f"coverage must be a number between 0 and 1, such as 0.9; got {(asked or '')[:40]!r}.") from None


def _offered(request: Request) -> bytes:
    """SHA-256 of the token that a request carries: of equal length for every token, so that comparing takes equal time.

    A browser that opens the page asks for a password; the token is the password, whatever the name.
    """
    scheme, _, word = request.headers.get("authorization", "").partition(" ")
    token = word.strip() if scheme.lower() == "bearer" else ""
    if scheme.lower() == "basic":
        try:
            token = b64decode(word, validate=True).decode("utf-8").partition(":")[2]
        except (NotBase64, UnicodeDecodeError):
            token = ""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _host(request: Request) -> str:
    host = request.headers.get("host", "").lower()
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _answer(value: Mapping[str, Any], status: int = 200) -> Response:
    try:
        content = orjson.dumps(value)
    except TypeError:  # NumPy numbers, odd keys
        content = orjson.dumps(safe(value))
    return Response(content, status, media_type="application/json")


def _listing(server: FastAPI) -> str:
    """A plain page of the routes: the usual one loads its scripts from outside."""
    lines = [
        f"<tr><td><code>{verb.upper()} {escape(path)}</code></td><td>{escape(told_of.get('summary', ''))}</td></tr>"
        for path, verbs in server.openapi()["paths"].items()
        for verb, told_of in verbs.items()
    ]
    example = f"curl -X POST localhost:8000/v1/predict -H 'Content-Type: application/json' -d '{_EXAMPLE}'"
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    style = (
        "body{font:16px/1.6 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
        "td{padding:.35rem 1.5rem .35rem 0;vertical-align:top}pre{white-space:pre-wrap}"
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>apercu: routes</title><style>{style}</style>'
        f"<h1>Routes</h1><table>{''.join(lines)}</table><h2>Example</h2><pre>{escape(example)}</pre>"
        '<p>The same for machines: <a href="/openapi.json">/openapi.json</a></p></html>'
    )
