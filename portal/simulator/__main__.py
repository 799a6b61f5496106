from __future__ import annotations

import argparse
import logging
from pathlib import Path

import uvloop
from aiohttp import web

from .app import make_app
from .simulator import Simulator


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m portal.simulator", description="A small Meta on this machine."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument(
        "--seed", type=int, default=1, help="the same seed and the same calls give the same ids"
    )
    parser.add_argument("--state", type=Path, help="file to keep the world in, so that it survives a restart")
    parser.add_argument(
        "--follow-clock", default="", metavar="URL", help="address told of every move of the clock"
    )
    parser.add_argument("--follow-token", default="", metavar="TOKEN", help="its X-Sandbox-Token")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    simulator = Simulator(
        seed=options.seed,
        state=options.state,
        follow_clock=options.follow_clock,
        follow_token=options.follow_token,
    )
    web.run_app(
        make_app(simulator),
        host=options.host,
        port=options.port,
        loop=uvloop.new_event_loop(),
        access_log=None,
        shutdown_timeout=2.0,
    )


if __name__ == "__main__":
    main()
