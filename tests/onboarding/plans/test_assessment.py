"""What answers mean: the guide's numbers, the recommendation, and that worse is never better."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onboarding.models import MigrationPlan, Path, PlanAnswer, Recommendation
from onboarding.plans import refusals, services
from onboarding.plans.assessing import assessment
from onboarding.plans.assessing.asking import BadAnswer, Kind, UnknownQuestion
from onboarding.plans.assessing.considerations import assess
from onboarding.plans.assessing.features import FEATURES
from onboarding.plans.assessing.questions import QUESTIONS, clean, parse, questions_of
from onboarding.plans.assessing.verdicts import Facts, Limits, Mark
from onboarding.states import PlanState
from portal.kernel.models import Limit
from tests.conftest import NOW, Tenant
from tests.factories import PhoneNumberFactory, WabaFactory
from tests.factories.plans import MigrationPlanFactory, PlanLineFactory

STAMP = {"now": NOW, "by": "anna"}
LIMITS = Limits(
    throughput_default=80,
    throughput_guide=250,
    throughput_high=1000,
    throughput_coexistence=20,
    numbers_new=2,
    numbers_raised=20,
    video_mb=16,
    document_mb=100,
    retention_days=30,
    regions=frozenset({"DE", "CH"}),
    tiers={
        "TIER_250": 250,
        "TIER_2K": 2000,
        "TIER_10K": 10_000,
        "TIER_100K": 100_000,
        "TIER_UNLIMITED": None,
    },
)
FACTS = Facts(path="NEW_CUSTOMER", limits=LIMITS, partner_region="DE")
# Answers with which every consideration of every path fits.
BEST: dict[str, Any] = {
    "peak_mps": 5,
    "daily_volume": 1000,
    "media_share": 10,
    "largest_media_mb": 3,
    "requires_gdpr": True,
    "certifications": ["SOC2"],
    "data_region": "DE",
    "retention_days": 30,
    "features_used": ["templates"],
    "other_numbers": 0,
    "business_verified": True,
    "daily_recipients": 100,
    "messaging_limit": "TIER_2K",
    "onprem_running": True,
    "pin_known": True,
    "reuses_media_ids": False,
    "same_business": True,
    "two_step_off": True,
    "on_behalf_of": False,
    "same_currency": True,
    "app_is_current": True,
}


def best(path: str) -> dict[str, Any]:
    """The best answers to what a path asks; nobody who keeps the app has a region of their own."""
    answers = {key: value for key, value in BEST.items() if QUESTIONS[key].is_asked(path)}
    return {**answers, "data_region": "NONE"} if path == "COEXISTENCE" else answers


def verdict(key: str, answers: dict[str, Any], facts: Facts = FACTS) -> Any:
    found = {one.key: one for one in assess(answers, facts).verdicts}
    return found[key]


@pytest.mark.parametrize("path", Path.values)
def test_when_everything_fits_a_customer_moves_now(path: str) -> None:
    found = assess(best(path), replace(FACTS, path=path))
    assert {one.verdict for one in found.verdicts} == {Mark.FITS}
    assert (found.recommendation, found.conditions) == (Recommendation.MOVE_NOW, [])


@pytest.mark.parametrize("path", Path.values)
def test_what_nobody_answered_is_unknown_and_says_what_to_ask(path: str) -> None:
    facts = replace(FACTS, path=path, numbers=3)
    nothing = assess({}, facts)
    assert {one.verdict for one in nothing.verdicts} == {Mark.UNKNOWN}
    assert nothing.recommendation == ""
    one = assess({"peak_mps": 3}, facts)
    assert one.recommendation == Recommendation.MOVE_LATER
    asked = " ".join(one.conditions)
    for key in best(path).keys() - {"peak_mps"}:
        assert str(QUESTIONS[key].title) in asked, key


@pytest.mark.parametrize(
    ("path", "chosen", "rate", "wanted", "is_final"),
    [
        ("NEW_CUSTOMER", None, 64, "FITS", False),
        ("NEW_CUSTOMER", None, 65, "AT_RISK", False),
        ("NEW_CUSTOMER", None, 80, "AT_RISK", False),
        ("NEW_CUSTOMER", None, 81, "EXCEEDS", False),
        ("NEW_CUSTOMER", "GUIDE", 200, "FITS", False),
        ("NEW_CUSTOMER", "GUIDE", 251, "EXCEEDS", False),
        ("NEW_CUSTOMER", "HIGH", 1000, "AT_RISK", False),
        ("NEW_CUSTOMER", None, 1001, "EXCEEDS", True),
        ("COEXISTENCE", "HIGH", 16, "FITS", False),
        ("COEXISTENCE", None, 21, "EXCEEDS", True),
    ],
)
def test_the_peak_against_the_limit_that_was_chosen(
    path: str, chosen: str | None, rate: int, wanted: str, is_final: bool
) -> None:
    found = verdict("peak", {"peak_mps": rate, "throughput_limit": chosen}, replace(FACTS, path=path))
    assert (found.verdict, found.is_final) == (wanted, is_final)
    assert str(rate) in found.why.replace(",", "")


def test_a_multiconnect_client_and_a_raised_number_have_the_higher_limit() -> None:
    on_premises = replace(FACTS, path="ONPREM_TO_CLOUD")
    assert verdict("peak", {"peak_mps": 500}, on_premises).verdict == Mark.EXCEEDS
    assert verdict("peak", {"peak_mps": 500, "onprem_shards": 2}, on_premises).verdict == Mark.FITS
    assert verdict("peak", {"peak_mps": 500}, replace(FACTS, has_high_throughput=True)).verdict == Mark.FITS


def test_a_days_messages_are_judged_by_their_busiest_hour_and_the_busiest_line() -> None:
    assert verdict("daily_volume", {"daily_volume": 900_000}).verdict == Mark.FITS
    assert verdict("daily_volume", {"daily_volume": 1_200_000}).verdict == Mark.EXCEEDS
    busy = replace(FACTS, busiest_line=1_200_000)
    assert verdict("daily_volume", {"daily_volume": 5}, busy).verdict == Mark.EXCEEDS
    assert verdict("daily_volume", {}, busy).verdict == Mark.EXCEEDS


@pytest.mark.parametrize(
    ("facts", "changes", "recommendation", "said"),
    [
        ({}, {"data_region": "OTHER"}, "DO_NOT_MOVE", "countries would do"),
        ({}, {"data_region": "CH"}, "MOVE_LATER", "Set CH"),
        ({}, {"data_region": "EU"}, "MOVE_NOW", ""),
        ({}, {"retention_days": 29}, "MOVE_LATER", "no-storage"),
        ({}, {"certifications": ["OTHER"]}, "MOVE_LATER", "statement"),
        ({}, {"features_used": ["own_servers"]}, "DO_NOT_MOVE", "own servers"),
        ({}, {"features_used": ["contact_check"]}, "MOVE_LATER", "without checking"),
        ({"path": "COEXISTENCE"}, {"features_used": ["groups"]}, "MOVE_LATER", "in the app"),
        ({"numbers": 3}, {}, "MOVE_NOW", ""),
        ({"numbers": 3}, {"business_verified": False}, "MOVE_LATER", "verify"),
        ({"numbers": 12, "numbers_elsewhere": 9}, {}, "MOVE_LATER", "more numbers"),
        ({}, {"daily_recipients": 1601}, "MOVE_LATER", "fewer people"),
        ({"portfolio_limit": "TIER_250"}, {"daily_recipients": 251}, "MOVE_LATER", "fewer people"),
        ({}, {"daily_recipients": 10**8, "messaging_limit": "TIER_UNLIMITED"}, "MOVE_NOW", ""),
        ({}, {"largest_media_mb": 17}, "MOVE_LATER", "only documents"),
        ({"path": "ONPREM_TO_CLOUD"}, {"reuses_media_ids": True}, "MOVE_LATER", "Upload the media again"),
        ({"path": "ONPREM_TO_CLOUD"}, {"pin_known": False}, "MOVE_LATER", "PIN"),
        ({"path": "ONPREM_TO_CLOUD"}, {"onprem_running": False}, "MOVE_LATER", "Start the client"),
        ({"path": "NUMBER_WABA_TO_WABA"}, {"same_business": False}, "DO_NOT_MOVE", "one business"),
        ({"path": "WABA_PARTNER_SWITCH"}, {"on_behalf_of": True}, "DO_NOT_MOVE", "account of the customer"),
        ({"path": "WABA_PARTNER_SWITCH"}, {"same_currency": False}, "MOVE_LATER", "currency"),
        ({"path": "COEXISTENCE"}, {"app_is_current": False}, "MOVE_LATER", "Update"),
    ],
)
def test_one_answer_decides_and_its_condition_says_what_to_do(
    facts: dict[str, Any], changes: dict[str, Any], recommendation: str, said: str
) -> None:
    known = replace(FACTS, **facts)
    found = assess({**best(known.path), **changes}, known)
    assert found.recommendation == recommendation
    assert said in " ".join(found.conditions)
    if recommendation == "DO_NOT_MOVE":
        assert [one.verdict for one in found.verdicts if one.is_final] == [Mark.EXCEEDS]


# Every question from its best answer to its worst.
SCALES: dict[str, list[Any]] = {
    "throughput_limit": ["HIGH", "GUIDE", "DEFAULT"],
    "certifications": [[], ["SOC2"], ["SOC2", "OTHER"]],
    "data_region": ["NONE", "DE", "CH", "OTHER"],
    "features_used": [[], ["templates"], ["templates", "contact_check"], ["contact_check", "own_servers"]],
    "messaging_limit": ["TIER_UNLIMITED", "TIER_100K", "TIER_10K", "TIER_2K", "TIER_250"],
    "retention_days": [365, 30, 29, 0],
    "onprem_shards": [4, 2, 1],
    "largest_media_mb": [1, 16, 17, 100, 101],
    "media_share": [0, 1, 100],
    "other_numbers": [0, 1, 2, 19, 20],
}
WORST_IS_YES = {"on_behalf_of", "reuses_media_ids", "requires_gdpr"}
RANK = {Mark.FITS: 0, Mark.AT_RISK: 1, Mark.EXCEEDS: 2}
BETTER = [Recommendation.MOVE_NOW, Recommendation.MOVE_LATER, Recommendation.DO_NOT_MOVE]


def scale(key: str) -> list[Any]:
    if key in SCALES:
        return SCALES[key]
    if QUESTIONS[key].kind is Kind.YES_NO:
        return [False, True] if key in WORST_IS_YES else [True, False]
    return [0, 1, 16, 17, 64, 80, 250, 1000, 1001, 1_000_000, 2_000_000]


@st.composite
def answered(draw: st.DrawFn) -> tuple[Facts, dict[str, int]]:
    """A path, what is known, and for each of its questions a place on the scale."""
    facts = Facts(
        path=draw(st.sampled_from(Path.values)),
        limits=LIMITS,
        numbers=draw(st.sampled_from([1, 2, 3, 21])),
        has_high_throughput=draw(st.booleans()),
        partner_region=draw(st.sampled_from(["", "DE"])),
    )
    places = {one.key: draw(st.integers(0, len(scale(one.key)) - 1)) for one in questions_of(facts.path)}
    return facts, places


@given(answered(), st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_worse_answer_never_gives_a_better_verdict(
    case: tuple[Facts, dict[str, int]], data: st.DataObject
) -> None:
    facts, places = case
    key = data.draw(st.sampled_from(sorted(places)))
    results = [
        assess({name: scale(name)[at] for name, at in {**places, key: place}.items()}, facts)
        for place in range(len(scale(key)))
    ]
    for better, worse in pairwise(results):
        for before, after in zip(better.verdicts, worse.verdicts, strict=True):
            known = (RANK[before.verdict], before.is_final), (RANK[after.verdict], after.is_final)
            assert known[0] <= known[1], (key, before, after)
        assert BETTER.index(better.recommendation) <= BETTER.index(worse.recommendation)  # type: ignore[arg-type]


@given(
    st.sampled_from(sorted(QUESTIONS)),
    st.one_of(st.none(), st.integers(), st.booleans(), st.text(), st.lists(st.text())),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_value_is_kept_or_refused_with_words(key: str, value: object) -> None:
    path = next(path for path in Path.values if QUESTIONS[key].is_asked(path))
    try:
        kept = clean(key, value, path=path)
    except BadAnswer as refused:
        said = str(refused.message)
    else:
        said = str(QUESTIONS[key].title) if kept == value else ""
    assert str(QUESTIONS[key].title) in said


def test_answers_written_as_text() -> None:
    assert parse("peak_mps", " 80 ", path="NEW_CUSTOMER") == 80
    assert parse("requires_gdpr", "Sì", path="NEW_CUSTOMER") is True
    assert parse("certifications", "iso27001, soc2", path="NEW_CUSTOMER") == ["SOC2", "ISO27001"]
    assert parse("certifications", "none", path="NEW_CUSTOMER") == []
    assert parse("data_region", "ch", path="NEW_CUSTOMER") == "CH"
    assert parse("data_region", "", path="NEW_CUSTOMER") is None
    for key, text in (
        ("peak_mps", "1.000"),
        ("peak_mps", "-1"),
        ("requires_gdpr", "maybe"),
        ("data_region", "DE CH"),
    ):
        with pytest.raises(BadAnswer):
            parse(key, text, path="NEW_CUSTOMER")
    for key in ("favourite_colour", "pin_known"):
        with pytest.raises(UnknownQuestion):
            parse(key, "yes", path="NEW_CUSTOMER")


def test_answers_are_stored_once_with_who_gave_them_and_keep_the_recommendation(tenant: Tenant) -> None:
    with tenant.scope():
        plan = MigrationPlanFactory(app=tenant.world.app, path="NEW_CUSTOMER")
        give = {"plan": plan, "source": "STAFF", **STAMP}
        with pytest.raises(refusals.NothingAssessed):
            services.finish_assessment(plan=plan, **STAMP)
        answers = {key: value for key, value in best("NEW_CUSTOMER").items() if key != "data_region"}
        services.set_answers(answers={**answers, "data_region": "NONE"}, **give)
        assert MigrationPlan.objects.get(pk=plan.pk).recommendation == "MOVE_NOW"
        services.set_answers(
            answers={"data_region": "OTHER", "peak_mps": 5}, **{**give, "source": "CUSTOMER", "by": "link"}
        )
        assert MigrationPlan.objects.get(pk=plan.pk).recommendation == "DO_NOT_MOVE"
        by = dict(PlanAnswer.objects.filter(plan=plan).values_list("key", "answered_by"))
        assert (by["data_region"], by["peak_mps"]) == ("link", "anna"), "what did not change keeps its author"
        with pytest.raises(BadAnswer):
            services.set_answers(answers={"media_share": 101, "peak_mps": 9}, **give)
        assert PlanAnswer.objects.get(plan=plan, key="peak_mps").value == 5, "all or nothing"
        services.set_answers(answers=dict.fromkeys(BEST.keys() & answers.keys() | {"data_region"}), **give)
        assert MigrationPlan.objects.get(pk=plan.pk).recommendation == ""


def test_an_assessment_is_finished_and_taken_up_again(tenant: Tenant) -> None:
    with tenant.scope():
        plan = MigrationPlanFactory(app=tenant.world.app)
        services.set_answers(plan=plan, answers={"peak_mps": 5}, source="API", **STAMP)
        with pytest.raises(refusals.NothingAssessed):
            services.finish_assessment(plan=plan, **STAMP)
        services.add_line(plan=plan, display_phone_number="+39 06 9876 5001", **STAMP)
        services.finish_assessment(plan=plan, **STAMP)
        assert plan.state == PlanState.ASSESSED
        services.reopen_assessment(plan=plan, **STAMP)
        with pytest.raises(refusals.NotAssessed):
            services.reopen_assessment(plan=plan, **STAMP)


def test_what_the_portal_knows_is_not_asked_again(tenant: Tenant) -> None:
    with tenant.scope():
        plan = MigrationPlanFactory(app=tenant.world.app, path="NUMBER_WABA_TO_WABA")
        waba = WabaFactory(customer=plan.customer)
        PhoneNumberFactory(
            waba=waba,
            display_phone_number="+39 06 9876 5001",
            throughput_level="HIGH",
            portfolio_messaging_limit="TIER_2K",
        )
        for _turn in range(2):
            PhoneNumberFactory(waba=waba, platform_type="CLOUD_API")
        line = services.add_line(plan=plan, display_phone_number="+390698765001", daily_volume=70, **STAMP)
        assert line.phone_number is not None
        services.set_answers(
            plan=plan, answers={"peak_mps": 500, "daily_recipients": 1900}, source="STAFF", **STAMP
        )
        found = {one.key: one for one in assessment.assessment_of(plan).verdicts}
    assert found["peak"].verdict == Mark.FITS
    assert found["daily_volume"].verdict == Mark.FITS
    assert found["messaging_limit"].verdict == Mark.AT_RISK
    assert (found["portfolio_numbers"].verdict, found["portfolio_numbers"].why[:1]) == (Mark.UNKNOWN, "T")


def test_an_operators_limit_counts_at_once_and_many_plans_cost_as_one(tenant: Tenant) -> None:
    with tenant.scope():
        plans = [MigrationPlanFactory(app=tenant.world.app) for _turn in range(3)]
        for plan in plans:
            PlanLineFactory(plan=plan)
            services.set_answers(plan=plan, answers={"peak_mps": 100}, source="STAFF", **STAMP)
        with CaptureQueriesContext(connection) as one:
            assessment.assessments_of(plans[:1])
        with CaptureQueriesContext(connection) as many:
            assessment.assessments_of(plans)
        assert len(one) == len(many) <= 5
        Limit.objects.filter(pk="throughput_default").update(value="250")
        try:
            found = assessment.assessment_of(plans[0])
        finally:
            Limit.objects.filter(pk="throughput_default").update(value="80")
    assert {one.key: one.verdict for one in found.verdicts}["peak"] == Mark.FITS


def test_every_feature_that_falls_short_says_what_to_do_or_that_nothing_replaces_it() -> None:
    for feature in FEATURES.values():
        assert {feature.cloud_api, feature.coexistence} <= {"yes", "part", "no"}
        assert feature.source
        for here in (False, True):
            short = feature.support(is_coexistence=here) != "yes"
            assert not short or feature.instead(is_coexistence=here) or feature.key == "own_servers"
