"""The command: prepares a place, measures there what was asked for, prints each figure with its ratio."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import aiohttp

from portal.bench.figures import HEADER, BenchError, Figure, line
from portal.bench.place import Place
from portal.embedded import EmbeddedError, Home
from portal.programs import Ports
from portal.stack import prepare_stack

# In the order in which they run: those that leave many rows behind come last.
BENCHES = {
    "start": "starting the demo, warm against cold",
    "journey": "from Meta's code to a registered number, many customers against one",
    "simulator": "messages calls of the simulator against a constant answer, and its memory",
    "intake": "webhooks stored and answered against an empty application; its promises under load",
    "inbound": "webhooks taking effect, in batches against one by one",
    "waves": "the planner with 500 customers against the first day that fits",
    "claims": "queue rows claimed and finished, in batches against one by one",
    "lists": "queries and time of lists, with many onboardings against few",
}


def main(words: Sequence[str]) -> int:
    """Measure and print; non-zero when something did not work, never because it was slow."""
    options = _options(words)
    asked = [name for name in BENCHES if not options.names or name in options.names]
    say = (lambda text: None) if options.json else _say
    figures: list[dict[str, Any]] = []
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        Path(folder).chmod(0o711)  # the servers of root run as nobody, who must be able to pass
        try:
            with prepare_stack(Home(Path(folder)), Ports.free(), say=say) as stack:
                stack.seed()
                place = Place(stack, is_quick=options.quick, is_long=options.long)
                place.enter_django()
                say(HEADER)
                for figure in _measured(asked, place):
                    figures.append(figure.document())
                    say(line(figure))
        except (BenchError, EmbeddedError, aiohttp.ClientError, RuntimeError, OSError) as error:
            print(f"The bench broke off: {error}", file=sys.stderr)
            return 1
    if options.json:
        print(json.dumps(figures))
    say(f"({time.monotonic() - begun:.0f} s in all)")
    return 0


def _options(words: Sequence[str]) -> argparse.Namespace:
    listed = "\n".join(f"  {name:<10} {text}" for name, text in BENCHES.items())
    parser = argparse.ArgumentParser(
        prog="manage.py bench",
        description="Measure the promises that are numbers, each beside a baseline of the same run.",
        epilog=f"benches:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="BENCH", help="which ones (all)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--long", action="store_true", help="a million calls for the simulator's memory")
    parser.add_argument("--quick", action="store_true", help="a twentieth of everything, to try the benches")
    options = parser.parse_args(words)
    if unknown := set(options.names) - BENCHES.keys():
        parser.error(f"there is no bench {', '.join(sorted(unknown))}")
    return options


def _measured(names: Iterable[str], place: Place) -> Iterator[Figure]:
    for name in names:
        # Their modules import models, which exist only inside Django.
        yield from import_module(f"portal.bench.{name}").measure(place)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
