"""The parts of `make bench`, each measured in a process of its own: clients and caches of one know no other's bank."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from bench.imports import Start
from bench.measure import Cost
from bench.price import Tariff
from bench.report import Section


@dataclass(frozen=True)
class Measured:
    """What a part found; costs and starts are what the aims are compared with."""

    sections: Sequence[Section]
    costs: Sequence[Cost] | None = None
    starts: Sequence[Start] | None = None


Part = Callable[[int | None], Measured]
"""Takes the size of the largest run, in accounts, orders or payments; none where the default is meant."""


def measure_apart(part: str, largest: int | None) -> Measured:
    """Measure a part of `PARTS` in a new process, which has loaded nothing of the application."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        return process.submit(PARTS[part], largest).result()


def _imports(_largest: int | None) -> Measured:
    from bench import first_request, imports, sections

    started = imports.starts()
    return Measured([sections.starts(started, imports.dearest_packages()), first_request.section()], starts=started)


def _operations(_largest: int | None) -> Measured:
    from bench import measure, sections
    from bench.stub import running_stub

    tariff = Tariff.load()
    with running_stub() as stub:
        costs = measure.costs(stub)
    found = [sections.work(costs), sections.units(costs), sections.bill(costs, tariff)]
    return Measured([*found, sections.batch(costs), sections.personal(costs, tariff)], costs=costs)


def _peers(_largest: int | None) -> Measured:
    from bench import peer

    return Measured([peer.section(peer.measure())])


def _growth(_largest: int | None) -> Measured:
    from bench import growth

    return Measured([growth.section()])


def _events(_largest: int | None) -> Measured:
    from bench import events

    return Measured(events.sections(Tariff.load()))


def _flood(_largest: int | None) -> Measured:
    from bench import flood

    return Measured([flood.measured_section()])


def _sealing(_largest: int | None) -> Measured:
    from bench import sealing
    from bench.stub import running_stub

    with running_stub() as stub:
        return Measured([sealing.section(sealing.digests(stub), Tariff.load())])


def _verification(_largest: int | None) -> Measured:
    from bench import verification
    from bench.stub import running_stub

    measured = []
    for lived in verification.SANDBOXES:
        with running_stub() as stub:
            measured.append(verification.measure(stub, lived))
    return Measured([verification.section(measured)])


def _interest(largest: int | None) -> Measured:
    from bench import interest

    return Measured(interest.sections(interest.measure(largest)))


def _orders(largest: int | None) -> Measured:
    from bench import orders

    return Measured(orders.sections(orders.measure(largest), Tariff.load()))


def _payments(largest: int | None) -> Measured:
    from bench import payments

    return Measured(payments.sections(payments.measure(largest), Tariff.load()))


def _hot(_largest: int | None) -> Measured:
    from bench import hot, hot_processes

    return Measured([hot.section(hot.measure()), hot_processes.section(hot_processes.measure())])


def _risk(_largest: int | None) -> Measured:
    from bench import risk, risk_cost
    from bench.stub import running_stub

    found = risk.sections()
    with running_stub() as stub:
        return Measured([*found, risk_cost.section(stub)])


def _reports(_largest: int | None) -> Measured:
    from bench import reports

    return Measured(reports.sections(reports.measure(), Tariff.load()))


PARTS: Mapping[str, Part] = {
    "imports": _imports,
    "operations": _operations,
    "peers": _peers,
    "growth": _growth,
    "events": _events,
    "flood": _flood,
    "sealing": _sealing,
    "verification": _verification,
    "interest": _interest,
    "orders": _orders,
    "payments": _payments,
    "hot": _hot,
    "risk": _risk,
    "reports": _reports,
}
