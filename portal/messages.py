"""Italian for every string people see: `python -m portal.messages [--check]`, without GNU gettext.

Collects the strings of code and templates into locale/it/LC_MESSAGES/django.po, where people translate them,
and compiles django.mo. An entry with a line `#: <package>` translates a string of that package and stays
although our code does not use it.
"""

from __future__ import annotations

import argparse
import ast
import re
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation.template import templatize

CHECKOUT = Path(__file__).resolve().parent.parent
ITALIAN = CHECKOUT / "locale" / "it"
SOURCES = ("portal", "tenants", "webhooks", "messaging", "onboarding")
# The simulator is a program of its own with its own dictionary.
FOREIGN = CHECKOUT / "portal" / "simulator"

# Function name: which argument is the context, the message, its plural.
CALLS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}
LITERAL = r"""u?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
TEMPLATE_CALL = re.compile(rf"\b({'|'.join(CALLS)})\((\s*{LITERAL}(?:\s*,\s*{LITERAL})*)")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
HEADER = """\
Language: it
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
Plural-Forms: nplurals=2; plural=(n != 1);
"""

Key = tuple[str | None, str]


@dataclass(slots=True)
class Entry:
    """One message and its translations; two of them when it has a plural."""

    msgid: str
    context: str | None = None
    plural: str | None = None
    translations: list[str] = field(default_factory=list)
    package: str | None = None

    @property
    def key(self) -> Key:
        return self.context, self.msgid

    def faults(self) -> Iterator[str]:
        """Say what keeps this entry from being shown in Italian."""
        wanted = 2 if self.plural is not None else 1
        if len(self.translations) != wanted or not all(self.translations):
            yield f"not translated: {self.msgid!r}"
            return
        for source, translation in zip((self.msgid, self.plural or ""), self.translations, strict=False):
            if set(PLACEHOLDER.findall(source)) != set(PLACEHOLDER.findall(translation)):
                yield f"other placeholders: {source!r} and {translation!r}"


def collect() -> dict[Key, Entry]:
    """Return every message of our code and templates."""
    found: dict[Key, Entry] = {}
    for entry in (*_python_messages(), *_template_messages()):
        known = found.setdefault(entry.key, entry)
        known.plural = known.plural or entry.plural
    return found


def _python_messages() -> Iterator[Entry]:
    for source in SOURCES:
        for path in sorted((CHECKOUT / source).rglob("*.py")):
            if "migrations" not in path.parts and not path.is_relative_to(FOREIGN):
                yield from python_messages(path.read_text())


def _template_messages() -> Iterator[Entry]:
    for folder in ("", *SOURCES):
        for path in sorted((CHECKOUT / folder / "templates").rglob("*.*")):
            yield from template_messages(path.read_text())


def python_messages(source: str) -> Iterator[Entry]:
    """Find the calls of gettext and its relatives whose words are literals."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        words = [word.value if isinstance(word, ast.Constant) else None for word in node.args]
        yield from _entry(name.removesuffix("_lazy").removesuffix("_noop"), words)


def template_messages(source: str) -> Iterator[Entry]:
    """Find what Django's own lexer finds in a template."""
    for call in TEMPLATE_CALL.finditer(templatize(source)):
        words = ast.literal_eval(f"({call[2]},)")
        yield from _entry(call[1], words)


def _entry(name: str, words: Iterable[object]) -> Iterator[Entry]:
    if name not in CALLS:
        return
    texts = list(words)
    context, message, plural = (None if at is None else _text(texts, at) for at in CALLS[name])
    if message:
        yield Entry(message, context, plural)


def _text(words: list[object], at: int) -> str | None:
    word = words[at] if at < len(words) else None
    return word if isinstance(word, str) else None


def parse(text: str) -> Iterator[Entry]:
    """Read a .po file; the header and what is marked fuzzy are left out."""
    for block in re.split(r"\n\s*\n", text):
        entry, target, fuzzy = Entry(""), "", False
        parts: dict[str, str] = {}
        for line in block.splitlines():
            if line.startswith("#: "):
                entry.package = line.removeprefix("#: ").strip()
            fuzzy |= line.startswith("#,") and "fuzzy" in line
            if match := re.match(r'(?:(msg\w+(?:\[\d\])?)\s+)?(".*")\s*$', line):
                target = match[1] or target
                parts[target] = parts.get(target, "") + ast.literal_eval(match[2])
        entry.msgid, entry.context, entry.plural = (
            parts.get("msgid", ""), parts.get("msgctxt"), parts.get("msgid_plural"),
        )  # fmt: skip
        if entry.msgid:
            entry.translations = [] if fuzzy else [parts[name] for name in parts if name.startswith("msgstr")]
            yield entry


def dump(entries: Iterable[Entry]) -> str:
    """Write a .po file whose order depends on nothing but its messages."""
    blocks = [f'msgid ""\nmsgstr {_quote(HEADER)}']
    for entry in sorted(entries, key=lambda one: (one.context or "", one.msgid)):
        lines = [f"#: {entry.package}"] if entry.package else []
        lines += [f"msgctxt {_quote(entry.context)}"] if entry.context is not None else []
        lines.append(f"msgid {_quote(entry.msgid)}")
        if entry.plural is None:
            lines.append(f"msgstr {_quote(*entry.translations[:1])}")
        else:
            lines.append(f"msgid_plural {_quote(entry.plural)}")
            both = (*entry.translations, "", "")[:2]
            lines += [f"msgstr[{number}] {_quote(text)}" for number, text in enumerate(both)]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _quote(text: str = "") -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")
    return f'"{escaped}"'


def compile_catalog(entries: Iterable[Entry]) -> bytes:
    """Return the .mo file that gettext reads: sorted keys, then texts, each with length and offset."""
    pairs = {"": HEADER}
    for entry in entries:
        if entry.translations and all(entry.translations):
            key = entry.msgid if entry.plural is None else f"{entry.msgid}\0{entry.plural}"
            pairs[key if entry.context is None else f"{entry.context}\4{key}"] = "\0".join(entry.translations)
    rows = sorted((key.encode(), text.encode()) for key, text in pairs.items())
    start = 28 + 16 * len(rows)
    tables, data = [b"", b""], b""
    for column in (0, 1):
        for row in rows:
            tables[column] += struct.pack("<II", len(row[column]), start + len(data))
            data += row[column] + b"\0"
    header = struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, start)
    return header + tables[0] + tables[1] + data


def merged() -> list[Entry]:
    """Return the catalog as it should be: our messages with their translations, and other packages'."""
    wanted = collect()
    ours = set(wanted)
    catalog = ITALIAN / "LC_MESSAGES" / "django.po"
    for entry in parse(catalog.read_text()) if catalog.exists() else ():
        if entry.key in ours:
            wanted[entry.key].translations = entry.translations
        elif entry.package:
            wanted[entry.key] = entry
    return list(wanted.values())


def main() -> int:
    """Write both files, or with --check only say whether they are as they should be."""
    parser = argparse.ArgumentParser(prog="python -m portal.messages")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when something is missing")
    options = parser.parse_args()
    entries = merged()
    faults = [fault for entry in entries for fault in entry.faults()]
    files = {"django.po": dump(entries).encode(), "django.mo": compile_catalog(entries)}
    for name, content in files.items():
        path = ITALIAN / "LC_MESSAGES" / name
        if options.check and (not path.exists() or path.read_bytes() != content):
            faults.append(f"{path.relative_to(CHECKOUT)} is not up to date: run `make messages`")
        elif not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    print("\n".join(faults) if faults else f"{len(entries)} messages, all in Italian.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
