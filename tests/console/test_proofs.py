"""Proofs in the browser: what is sealed is proven, what was tampered with is not, and strangers can check the file."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.deploy.digest_setup import seal_now
from tests.console.pages import CALLS_MAX
from tests.stack import Stack
from tests.unit.verification.test_verify_proof import FORGERIES, KEY, STRANGERS_KEY, Sealed, altered, pem
from tests.verifier import run
from tests.workflow.bank import Client

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Route

    from tests.console.screen import Screen

Json = dict[str, Any]
Seal = Callable[[], list[int]]
PROOF = "**/api/v1/accounts/*/proof?*"
KEYS = "**/api/v1/.well-known/digest-keys.json"
SHOWN = {"account_id": "acc_1", "seq": 2, "transaction_id": "txn_2", "amount": "-0.20", "balance_after": "4.80"}
CHECK = """async ([address, proof, next, shown, keys]) => {
  const { checkProof } = await import(address);
  return checkProof(proof, next, shown, keys).then(digest => digest, failure => failure.reason);
}"""


@dataclass
class Payment:
    """A deposit of 25 dollars: `entry` is the second of three of its account."""

    owner: Client
    id: str
    entry: Json

    @property
    def place(self) -> str:
        return f"#/payments/{self.id}"

    def key(self) -> str:
        return str(self.owner.get("/v1/.well-known/digest-keys.json").body["keys"][-1]["public_key"])


@pytest.fixture(scope="module")
def seal(stack: Stack) -> Iterator[Seal]:
    """Seal what there is at once: the function lets nothing settle as long as these tests run."""
    with stack.configured("sealer", DIGEST_DELAY_SECONDS="0"):
        yield lambda: seal_now(stack.cloud, stack.settings.stack_name)


@pytest.fixture
def payment(customer: Client) -> Payment:
    account = customer.open_account(initial_deposit="1.00")
    found = customer.deposit(account["id"], "25.00")
    assert (found.status, customer.deposit(account["id"], "1.00").status) == (201, 201)
    [entry] = customer.get(f"/v1/transactions/{found.body['id']}").body["entries"]
    return Payment(customer, found.body["id"], entry)


def open_and_check(screen: "Screen", payment: Payment) -> "Locator":
    """Open a payment, and ask for the check of its entry. Returns the part of the page that answers."""
    screen.open(payment.place)
    part = screen.page.get_by_role("region", name="Proof of entry 2")
    part.get_by_role("button", name="Check entry 2").click()
    return part


def alert(screen: "Screen", part: "Locator", words: str) -> None:
    part.get_by_role("alert").filter(has_text=words).wait_for()
    screen.expect_none(part.get_by_text("Proven", exact=True))


def look_at(screen: "Screen") -> None:
    """Check the page with the answer on it, on a desk and on a phone."""
    for width in (1280, 320):
        screen.page.set_viewport_size({"width": width, "height": 800})
        assert screen.faults() == [], width


def answering(change: Callable[[Json], object]) -> Callable[["Route"], None]:
    """Change the bank's answer on its way to the page."""

    def handle(route: "Route") -> None:
        body = route.fetch().json()
        change(body)
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    return handle


def test_a_sealed_entry_is_proven_and_its_file_convinces_a_stranger(
    screen: "Screen", payment: Payment, seal: Seal, tmp_path: Path
) -> None:
    number = seal()[-1]
    screen.log_in(payment.owner, payment.place)
    assert not any("proof" in call or "digest-keys" in call for call in screen.calls)
    part = open_and_check(screen, payment)
    part.get_by_role("status").get_by_text("Proven", exact=True).wait_for()
    part.get_by_text(f"By digest {number}, which seals everything up to").wait_for()
    asked = [call for call in screen.calls if "proof" in call or "digest-keys" in call]
    assert len(asked) == CALLS_MAX, "the entry's proof, the keys, and the proof of the next entry"
    look_at(screen)
    with screen.page.expect_download() as saved:
        part.get_by_role("button", name="Download the proof").click()
    file = Path(saved.value.path()).read_text()
    assert saved.value.suggested_filename == f"proof-{payment.entry['account_id']}-2.json"
    ran = run(tmp_path, file, payment.key())
    assert ran.returncode == 0, ran.stderr
    assert f"PROVEN: entry 2 of {payment.entry['account_id']}: deposit {payment.id}" in ran.stdout


def test_the_last_entry_of_a_leaf_is_proven_with_two_calls(screen: "Screen", customer: Client, seal: Seal) -> None:
    account = customer.open_account()
    assert customer.deposit(account["id"], "1.00").status == 201
    found = customer.deposit(account["id"], "25.00").body
    seal()
    screen.log_in(customer)
    part = open_and_check(screen, Payment(customer, found["id"], {}))
    part.get_by_text("Proven", exact=True).wait_for()
    assert len([call for call in screen.calls if "proof" in call or "digest-keys" in call]) == CALLS_MAX - 1


def test_both_entries_of_a_transfer_between_own_accounts_are_proven(
    screen: "Screen", customer: Client, seal: Seal
) -> None:
    payer, payee = (customer.open_account(initial_deposit="30.00") for _ in range(2))
    paid = customer.transfer(payer["id"], payee["id"], "25.00").body
    seal()
    screen.log_in(customer, f"#/payments/{paid['id']}")
    for amount in ("$25.00", "−$25.00"):
        screen.page.get_by_role("button", name=f"Check entry 2 ({amount})").click()
        part = screen.page.get_by_role("region", name=f"Proof of entry 2 ({amount})")
        part.get_by_text("Proven", exact=True).wait_for()
    look_at(screen)


def test_an_entry_that_is_not_sealed_yet_is_no_failure(screen: "Screen", payment: Payment) -> None:
    screen.log_in(payment.owner, payment.place)
    part = open_and_check(screen, payment)
    part.get_by_role("status").filter(has_text="It will be sealed within the hour.").wait_for()
    screen.expect_none(part.get_by_role("button", name="Download the proof"))


def test_an_old_entry_without_a_proof_is_not_excused(screen: "Screen", payment: Payment) -> None:
    screen.log_in(payment.owner)
    screen.page.route(
        f"**/api/v1/transactions/{payment.id}", answering(lambda body: body.update(posted_at="2026-01-01T00:00:00Z"))
    )
    alert(screen, open_and_check(screen, payment), "There is no proof of this entry")


def test_what_was_tampered_with_on_its_way_is_not_proven(screen: "Screen", payment: Payment, seal: Seal) -> None:
    seal()
    screen.log_in(payment.owner)
    tampered: list[tuple[str, Callable[[Json], object], str]] = [
        (PROOF, lambda body: body["entry"].update(text=body["entry"]["text"].replace("2500,", "9900,")), "not among"),
        (PROOF, lambda body: body["digest"].update(text=body["digest"]["text"].replace("leaves", "Leaves")), "signed"),
        (PROOF, lambda body: body["digest"].update(key_id="another"), "has not published the key"),
        (PROOF, lambda body: body.update(entry=None), "cannot be read"),
        (KEYS, lambda body: body["keys"][-1].update(public_key=pem(STRANGERS_KEY)), "has not signed the digest"),
        (f"**/v1/transactions/{payment.id}", lambda body: body["entries"][0].update(amount="99.00"), "not the one on"),
    ]
    for address, change, words in tampered:
        screen.open("#/")
        screen.page.route(address, answering(change))
        part = open_and_check(screen, payment)
        alert(screen, part, words)
        screen.page.unroute(address)
    look_at(screen)


def test_a_signature_of_an_unknown_kind_is_said_to_be_unchecked(screen: "Screen", payment: Payment, seal: Seal) -> None:
    seal()
    screen.log_in(payment.owner)
    screen.page.route(KEYS, answering(lambda body: body["keys"][-1].update(algorithm="ML_DSA_65")))
    part = open_and_check(screen, payment)
    part.get_by_role("status").filter(has_text="signature, which is therefore not checked").wait_for()
    screen.expect_none(part.get_by_text("Proven", exact=True))


def test_a_browser_without_webcrypto_says_that_it_cannot_check(
    own_screen: "Screen", payment: Payment, seal: Seal, tmp_path: Path
) -> None:
    seal()
    own_screen.page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })")
    own_screen.log_in(payment.owner)
    part = open_and_check(own_screen, payment)
    alert(own_screen, part, "This browser cannot check proofs at this address")
    with own_screen.page.expect_download() as saved:
        part.get_by_role("button", name="Download the proof").click()
    assert run(tmp_path, Path(saved.value.path()).read_text(), payment.key()).returncode == 0


def checked(screen: "Screen", proof: Json, following: Json | None, key: Any = KEY, **shown: str) -> Any:
    """Return what the page's own module says of a proof: the digest, or the reason why it proves nothing."""
    for one in (proof, following or proof):
        one["digest"]["key_id"] = "key_1"
    keys = [{"key_id": "key_1", "algorithm": "ECDSA_SHA_256", "public_key": pem(key)}]
    module = f"{screen.address}audit/proof.js"
    return screen.page.evaluate(CHECK, [module, proof, following, SHOWN | shown, keys])


def test_the_module_refuses_what_the_script_refuses(screen: "Screen") -> None:
    """Numbers of JavaScript have no kinds, so that it cannot see the 0.0 of one forgery, which changes nothing."""
    screen.open("#/log-in")
    genuine, following = Sealed().proof(2), Sealed().proof(3)
    following["digest"] = genuine["digest"]
    assert checked(screen, genuine, following) == {"number": 2, "sealedTo": "2027", "isSignatureChecked": True}
    for why, change in FORGERIES.items():
        forged = altered(2, change)
        reason = checked(screen, forged, following)
        same = {**forged, "digest": None} == {**Sealed().proof(2), "digest": None} and "signed" not in why
        assert isinstance(reason, dict if same else str), (why, reason)


def test_the_module_follows_the_chain_and_what_the_page_shows(screen: "Screen") -> None:
    screen.open("#/log-in")

    def proof(seq: int, *amounts: int) -> Json:
        return Sealed(*amounts).proof(seq) | {"digest": sealed["digest"]}

    sealed = Sealed().proof(2)
    assert checked(screen, proof(2), proof(3), STRANGERS_KEY) == "signature"
    for following in (None, proof(1), proof(2), proof(3, 500, -20, 8)):
        assert checked(screen, proof(2), following) == "chain", following
    for field, value in (("amount", "-0.21"), ("balance_after", "4.81")):
        assert checked(screen, proof(2), proof(3), **{field: value}) == "shown"
    assert checked(screen, proof(2), proof(3), transaction_id="txn_1") == "other"
