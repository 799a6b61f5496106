"""The console does what its buttons say."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.simulator.harness import Program
from tests.simulator.test_webhooks import Customer


def test_a_person_travels_writes_decides_and_breaks_things(browser: Browser, program: Program) -> None:
    customer = Customer(program)
    body = [{"type": "BODY", "text": "Il tuo ordine è pronto."}]
    wish = {"name": "ordine", "language": "it", "category": "UTILITY", "components": body}
    customer.post(f"{customer.signed['waba_id']}/message_templates", **wish)
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="it-IT")
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"http://127.0.0.1:{program.port}/")
    page.wait_for_selector("#numbers td")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    page.click("[data-advance='86400']")
    page.fill("#chat [name=text]", "Buongiorno dal telefono")
    page.click("#chat .primary")
    page.wait_for_selector("#lines p.mine")
    page.click("#numbers >> text=Approva il nome")
    page.fill("#faults [name=path]", "POST /{phone_number_id}/register")
    page.click("#faults .primary")
    page.wait_for_selector("#rules td")
    page.click("summary:has-text('Invia un webhook a mano')")
    page.click("#fire .primary")
    program.wait_for(lambda one: b"account_review_update" in one.body)
    page.click("#templates >> text=Rifiuta")
    expect(page.locator("#templates")).to_contain_text("REJECTED")
    page.click("#partners >> text=Ritira")
    expect(page.locator("#partners .bad")).to_have_text("non accettate")

    assert program.ask("GET", "/_sim/clock")["offset_seconds"] == 86_400
    state = program.ask("GET", "/_sim/state")
    assert state["phone_numbers"][0]["name_status"] == "APPROVED"
    (rule,) = program.ask("GET", "/_sim/faults")["rules"]
    assert (rule["method"], rule["path"], rule["times"]) == ("POST", "/{phone_number_id}/register", 1)
    (got,) = program.wait_for(lambda one: b"dal telefono" in one.body)
    assert got.changes[0]["value"]["metadata"]["phone_number_id"] == customer.signed["phone_number_id"]
    assert problems == []
    context.close()
