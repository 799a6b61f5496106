"""One line of JSON for each log event. No secret reaches a log: nothing that logs holds one in clear."""

from __future__ import annotations

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")
# Django logs the path of a request that went wrong, and a customer's link is a key.
LINK = re.compile(r"(/start/)[^/\s?\"'\\]+")


class JsonFormatter(logging.Formatter):
    """time, level, logger, message, request id, and the traceback of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return LINK.sub(r"\1***", json.dumps(line, ensure_ascii=False))
