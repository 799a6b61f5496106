"""The message catalog: everything found, nothing lost on the way to gettext."""

from __future__ import annotations

import gettext
import io
from pathlib import Path

import pytest

from portal import messages
from portal.messages import Entry, compile_catalog, dump, parse, python_messages, template_messages

CATALOG = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

msgid "Connect WhatsApp"
msgstr "Collega WhatsApp"

msgctxt "month"
msgid "May"
msgstr "Maggio"

#: unfold
msgid "Type to search"
msgstr "Scrivi per "
"cercare"

msgid "%(n)s day"
msgid_plural "%(n)s days"
msgstr[0] "%(n)s giorno"
msgstr[1] "%(n)s giorni"

#, fuzzy
msgid "Guessed"
msgstr "Indovinato"
"""


def test_python_calls_are_found_in_every_spelling() -> None:
    source = """
_("Invite")
gettext_lazy("Long " "text")
translation.pgettext("month", "May")
ngettext_lazy("%(n)s day", "%(n)s days", "n")
_(variable)
other("Not ours")
"""
    assert list(python_messages(source)) == [
        Entry("Invite"),
        Entry("Long text"),
        Entry("May", context="month"),
        Entry("%(n)s day", plural="%(n)s days"),
    ]


def test_template_tags_are_found_as_django_reads_them() -> None:
    source = """{% load i18n %}<a title="{% translate "It's open" %}">{{ _("Live") }}</a>
{% translate "May" context "month" %}{{ name|default:_("nobody") }}
{% blocktranslate count n=days trimmed %}
  One day for {{ who }}
{% plural %}
  {{ n }} days
{% endblocktranslate %}"""
    assert sorted(template_messages(source), key=lambda entry: entry.msgid) == [
        Entry("It's open"),
        Entry("Live"),
        Entry("May", context="month"),
        Entry("One day for %(who)s", plural="%(n)s days"),
        Entry("nobody"),
    ]


def test_a_catalog_survives_reading_and_writing() -> None:
    entries = [entry for entry in parse(CATALOG) if entry.translations]
    assert list(parse(dump(entries))) == sorted(entries, key=lambda one: (one.context or "", one.msgid))
    assert dump(parse(dump(entries))) == dump(entries)


def test_what_is_fuzzy_counts_as_not_translated() -> None:
    [guessed] = [entry for entry in parse(CATALOG) if entry.msgid == "Guessed"]
    assert list(guessed.faults()) == ["not translated: 'Guessed'"]


def test_a_package_keeps_its_strings() -> None:
    assert [entry.msgid for entry in parse(CATALOG) if entry.package == "unfold"] == ["Type to search"]


def test_a_package_keeps_its_strings_run_after_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "ITALIAN", tmp_path)
    (tmp_path / "LC_MESSAGES").mkdir()
    (tmp_path / "LC_MESSAGES" / "django.po").write_text(CATALOG)
    assert [entry.msgid for entry in messages.merged() if entry.package] == ["Type to search"]


@pytest.mark.parametrize("translation", ["giorni", "%(m)s giorni", "{n} giorni"])
def test_a_lost_placeholder_is_a_fault(translation: str) -> None:
    assert list(Entry("%(n)s days", translations=[translation]).faults())


def test_quotes_newlines_and_accents_reach_gettext() -> None:
    entry = Entry('Say "hi"\n\\now', translations=['Di\' "ciao"\n\\però'])
    [read] = parse(dump([entry]))
    compiled = gettext.GNUTranslations(io.BytesIO(compile_catalog([read])))
    assert compiled.gettext(entry.msgid) == entry.translations[0]


def test_gettext_reads_contexts_and_plurals() -> None:
    compiled = gettext.GNUTranslations(io.BytesIO(compile_catalog(parse(CATALOG))))
    assert compiled.gettext("Connect WhatsApp") == "Collega WhatsApp"
    assert compiled.pgettext("month", "May") == "Maggio"
    assert compiled.ngettext("%(n)s day", "%(n)s days", 2) == "%(n)s giorni"
    assert compiled.gettext("Guessed") == "Guessed"
