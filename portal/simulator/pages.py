from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

LANGUAGES = ("it", "en")
Words = Mapping[str, Mapping[str, str]]


def language(request: web.Request) -> str:
    """?locale=it_IT first, then the browser's wish, then English."""
    wishes = [request.query.get("locale", ""), *request.headers.get("Accept-Language", "").split(",")]
    for wish in wishes:
        code = wish.strip()[:2].lower()
        if code in LANGUAGES:
            return code
    return "en"


def render(page: str, words: Words, request: web.Request, *, data: Any = None, **values: str) -> web.Response:
    """Fill {{word}} from the dictionary and the values; {{data}} and {{words}} become JSON for the script."""
    code = language(request)
    chosen = {**words[code], **values, "lang": code}

    def word(match: re.Match[str]) -> str:
        if match[1] in ("data", "words"):
            return _json(data if match[1] == "data" else words[code])
        text = chosen[match[1]]
        return html.escape(text.format(**values) if "{" in text else text)

    return web.Response(text=re.sub(r"\{\{(\w+)\}\}", word, page), content_type="text/html")


def _json(value: Any) -> str:
    """JSON that is safe inside a script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
