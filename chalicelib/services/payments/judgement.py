"""Judges money before it moves: its risk, the bank's policies, and the ceiling of a member of staff.

What one of them holds back becomes a pending transaction with one approval, for one reason or several. The approval
commits with the hold and has the transaction's id, but for the prefix.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from chalicelib import clock, trial
from chalicelib.domain import ids, money
from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.held import WouldWait
from chalicelib.domain.approvals.policy import Reason
from chalicelib.domain.errors import Refusal
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.permissions import Caller
from chalicelib.domain.risk.sent import sum_sent_24h
from chalicelib.models.accounts.account import Account
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.waiting import Allowance, BeyondAllowance, Judge, Wait
from chalicelib.models.risk import profile
from chalicelib.services.approvals import gate, in_force, needs
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.approvals.needs import Need
from chalicelib.services.risk import screening
from chalicelib.services.risk.screening import Profiles, Screening

ACTIONS: Mapping[str, ActionName] = {
    "transfer": "transfer",
    "payment": "transfer",
    "withdrawal": "withdraw",
    "deposit": "deposit",
}
"""The action by the type of the transaction."""
TITLES: Mapping[ActionName, str] = {"transfer": "Transfer", "withdraw": "Pay out", "deposit": "Take in"}


KnownProfiles = Callable[[PreparedMovement], Profiles | None]
"""Returns the profiles of a movement's accounts; None to take those of the snapshot, or to read them."""


def judge(caller: Caller, *, is_approved: bool = False, profiles: KnownProfiles | None = None) -> Judge:
    """Return the judge of a movement by risk, policies and ceilings; of one that `is_approved` already by risk only."""

    def decide(prepared: PreparedMovement) -> Refusal | Wait | Allowance | None:
        found = find_reasons(caller, prepared, is_approved=is_approved, known=profiles(prepared) if profiles else None)
        if isinstance(found, Refusal):
            return found
        return _wait(caller, prepared, found) or (None if is_approved else allow(caller, prepared))

    return decide


def judge_by_rules(caller: Caller) -> Judge:
    """Return the judge of a movement by policies and ceilings: of a deposit, which has no screening.

    What the account has sent today is exact, because the posting is conditioned on it: of two at once, one waits. So is
    what the customer has sent from other accounts: the write has the policy's threshold as its condition.
    """

    def decide(prepared: PreparedMovement) -> Wait | Allowance | None:
        reasons = _reasons(caller, prepared, _count_today(prepared))
        return _wait(caller, prepared, reasons) or allow(caller, prepared)

    return decide


def hold_for(caller: Caller, reasons: tuple[Reason, ...]) -> Judge:
    """Return the judge that holds a movement back for reasons that were found before."""
    return lambda prepared: _wait(caller, prepared, reasons)


def find_reasons(
    caller: Caller, prepared: PreparedMovement, *, is_approved: bool = False, known: Profiles | None = None
) -> Refusal | tuple[Reason, ...]:
    """Return why a movement waits, or nothing, or the refusal of one that is too risky.

    One that `is_approved` already waits for its risk only. A request that is only tried is not screened: whoever moves
    stolen money would learn, unseen, what stops it.
    """
    screened = Screening("clear")
    if not trial.is_on():
        screened = screening.screen(prepared.movement, prepared.snapshot, known)
    if screened.refusal:
        return screened.refusal
    risk: tuple[Reason, ...] = ("risk_review",) if screened.verdict == "review" else ()
    if is_approved:
        return risk
    sent = max(_count_today(prepared), _read_sent_24h(prepared, known or screened.profiles))
    return (*risk, *_reasons(caller, prepared, sent))


def _reasons(caller: Caller, prepared: PreparedMovement, sent_24h: int) -> tuple[Reason, ...]:
    movement = prepared.movement
    return needs.find_reasons(caller, ACTIONS[movement.type], movement.currency, movement.amount, sent_24h)


def _wait(caller: Caller, prepared: PreparedMovement, reasons: tuple[Reason, ...]) -> Wait | None:
    """Return what a movement waits for. Raises NoApprover where nobody could decide, but never for its risk alone.

    Raises WouldWait for a request that is only tried.
    """
    if not reasons:
        return None
    movement = prepared.movement
    action = ACTIONS[movement.type]
    need = _in_time(needs.need_of(action, movement.currency, movement.amount, reasons))
    request = _request(action, prepared)
    if reasons != ("risk_review",):
        gate.require_approver(caller, need.deciding_policy, request.parties)
    if trial.is_on():
        raise WouldWait(need.deciding_policy, reasons)
    approval_id = ids.with_prefix("apr", movement.transaction_id)
    approval = request.to_approval(approval_id, need, caller, prepared.at)
    return Wait("risk_review" if "risk_review" in reasons else "approval", need.until, approval)


def _in_time(need: Need) -> Need:
    """Return a need that ends with the time for a review of the risk, if it is one."""
    if "risk_review" not in need.reasons:
        return need
    until = screening.review_until()
    return replace(need, until=until if need.reasons == ("risk_review",) else min(until, need.until))


def allow(caller: Caller, prepared: PreparedMovement) -> Allowance | None:
    """Return up to what the customer may pay that day before the policy holds this back, from all accounts together,
    and what it counts for a member of staff.
    """
    movement = prepared.movement
    action = ACTIONS[movement.type]
    most = in_force.policy_of(action).free_in_day(movement.currency)
    shares = needs.shares_of_staff(caller, action, movement.amount, movement.currency, prepared.day)
    if most is None and not shares:
        return None

    def wait(again: PreparedMovement, cause: BeyondAllowance) -> Wait | None:
        reasons: tuple[Reason, ...] = ("ceiling",) if cause.is_of_staff else _reasons(caller, again, most or 0)
        return _wait(caller, again, reasons)

    return Allowance(most, wait, shares)


def _request(action: ActionName, prepared: PreparedMovement) -> HeldRequest:
    movement = prepared.movement
    payer, payee = _customers_account(prepared, pays=True), _customers_account(prepared, pays=False)
    amount = money.text(movement.amount, movement.currency)
    words = [f"{TITLES[action]} {amount} {movement.currency}"]
    words += [f"from account {payer.id}"] if payer else []
    words += [f"to account {payee.id}"] if payee else []
    return HeldRequest(
        action,
        f"{' '.join(words)}.",
        resource_id=movement.transaction_id,
        payload={
            "from_account_id": payer.id if payer else None,
            "to_account_id": payee.id if payee else None,
            "amount": amount,
            "currency": movement.currency,
        },
        parties=[person for account in (payer, payee) if account for person in account.access().people()],
        amount=movement.amount,
        currency=movement.currency,
    )


def _customers_account(prepared: PreparedMovement, *, pays: bool) -> Account | None:
    """Return the customer's account that pays or receives; None where it is the bank's own."""
    for leg in prepared.movement.legs:
        if (leg.amount < 0) == pays and not is_general_ledger(leg.account_id):
            return prepared.snapshot.account(leg.account_id)
    return None


def _count_today(prepared: PreparedMovement) -> int:
    """Return what left the paying account on this day of the bank, also to own accounts, in minor units."""
    payer = _customers_account(prepared, pays=True)
    return payer.position().spending_on(prepared.day) if payer else 0


def _read_sent_24h(prepared: PreparedMovement, profiles: Profiles) -> int:
    """Return what the payer's profile knows of the last 24 hours; read only if a policy counts them."""
    payer = _customers_account(prepared, pays=True)
    if payer is None or not in_force.policy_of(ACTIONS[prepared.movement.type]).within_24h:
        return 0
    stored = profiles.get(payer.id) or profile.read([payer.id], consistent=False)[payer.id]
    return sum_sent_24h(stored.folded, int(clock.now().timestamp()))
