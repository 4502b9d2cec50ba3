"""The monthly run of interest: each account's credit has a key made of account and period, so it is paid once."""

from chalicelib import config, resources
from chalicelib.models.interest.run import InterestFailure, InterestPartition, InterestRun
from chalicelib.services.scheduled_runs.periods import Months
from chalicelib.services.scheduled_runs.runs import RunsOnRequest
from chalicelib.services.scheduled_runs.steps import Steps

STEPS = Steps(
    run=InterestRun,
    partition=InterestPartition,
    failure=InterestFailure,
    what="interest run",
    periods=Months(config.interest_hour, "and days are paid when over"),
    failures="InterestAccountsFailed",
    workers=config.interest_workers,
)
RUNS = RunsOnRequest(STEPS, resources.interest_state_machine_arn)
